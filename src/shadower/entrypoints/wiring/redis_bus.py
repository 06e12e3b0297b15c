"""The event bus on Redis."""

from shadower.adapters.redis.event_bus import RedisEventBus
from shadower.application.ports.event_bus import EventBus
from shadower.entrypoints.settings import Settings


def event_bus(settings: Settings) -> EventBus:
    """Return the bus on the server that the settings name."""
    return redis_bus(str(settings.redis_url), settings.bus_limit_bytes)


def redis_bus(url: str, limit_bytes: int) -> EventBus:
    """Return the bus on this server, not yet connected; `limit_bytes` bounds the events on it."""
    return RedisEventBus(url, limit_bytes)
