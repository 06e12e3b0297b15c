"""What is done again and again: one schedule a file, each listed in the container's `schedules`."""
