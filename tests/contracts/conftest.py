"""Every suite here runs over every store."""

from tests.stores import emptied_postgres, migrated_sqlite, new_bundle, store

__all__ = ["emptied_postgres", "migrated_sqlite", "new_bundle", "store"]
