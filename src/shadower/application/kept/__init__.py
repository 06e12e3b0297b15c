"""Answers from what was counted before, wherever the log tells that it is still true."""
