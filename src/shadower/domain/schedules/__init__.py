"""What is done again and again, and which of the moments for it count."""
