"""What the system can do: one use case per file, and the ports they need."""
