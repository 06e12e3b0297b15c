"""What adapters share to stand failing dependencies."""
