"""What can be subscribed to: a file each, and a line in `registry`."""
