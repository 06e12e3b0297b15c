"""
The store in memory: as atomic and as isolated as the databases, gone with the process.

For one event loop. What is not awaited happens at once, so committing is a plain sequence of assignments; what units of
work have to wait for is each other's locks.
"""
