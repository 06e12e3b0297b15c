"""What was refused, kept as it was sent."""
