"""Every suite here runs over every store."""

from tests.bus_world import world
from tests.buses import bus
from tests.stores import emptied_postgres, migrated_sqlite, new_bundle, store

__all__ = ["bus", "emptied_postgres", "migrated_sqlite", "new_bundle", "store", "world"]
