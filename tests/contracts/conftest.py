"""Every suite here runs over every store."""

from tests.buses import bus
from tests.stores import emptied_postgres, migrated_sqlite, new_bundle, store

__all__ = ["bus", "emptied_postgres", "migrated_sqlite", "new_bundle", "store"]
