"""Some of these properties hold over every store."""

from tests.stores import emptied_postgres, migrated_sqlite, new_bundle

__all__ = ["emptied_postgres", "migrated_sqlite", "new_bundle"]
