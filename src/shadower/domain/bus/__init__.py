"""The event bus: who takes part in it, how far each has come, and what could not be handled."""
