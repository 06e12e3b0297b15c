"""Workers on this process's own loop."""
