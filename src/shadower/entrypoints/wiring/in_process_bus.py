"""The event bus within this process."""

from shadower.adapters.memory.event_bus import MemoryEventBus
from shadower.application.ports.event_bus import EventBus
from shadower.entrypoints.settings import Settings


def event_bus(settings: Settings) -> EventBus:
    """Return a new bus."""
    return memory_bus(settings.bus_limit_bytes)


def memory_bus(limit_bytes: int) -> EventBus:
    """Return a new bus; `limit_bytes` bounds the events on it."""
    return MemoryEventBus(limit_bytes)
