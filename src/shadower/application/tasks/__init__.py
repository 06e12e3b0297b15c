"""What is done in the background: one task a file, each listed in the container's `tasks`."""
