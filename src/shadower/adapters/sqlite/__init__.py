"""One SQLite file: WAL, full durability, one writer and many readers."""
