"""Telling what happens while it happens: one reader of the log, many listeners, and bounds for all of them."""
