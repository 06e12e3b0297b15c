"""How events get from the log onto the bus, and from the bus to their handlers."""
