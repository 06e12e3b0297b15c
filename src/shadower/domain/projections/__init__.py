"""What follows the log: who may move its cursor, and what becomes of an event it cannot take."""
