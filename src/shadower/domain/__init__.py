"""Rules and values: standard library only, no input or output, no clock, no randomness."""
