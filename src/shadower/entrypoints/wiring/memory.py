"""The store in memory."""

from shadower.adapters.memory.store import MemoryStore
from shadower.application.ports.clock import Clock
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.wiring.bundle import StoreBundle


def store_bundle(settings: Settings, clock: Clock) -> StoreBundle:
    """Return a new, empty store."""
    store = MemoryStore(clock, quarantine_limit=settings.quarantine_limit_bytes)
    return StoreBundle(store, store.log, store.snapshot, store.begin, store.rollups, store.removal)
