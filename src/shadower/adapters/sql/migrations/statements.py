"""The SQL of a migration, which stands beside it, one file per dialect."""

from pathlib import Path

from alembic import op


def execute(migration: str) -> None:
    """Run every statement in the dialect's file beside the migration, given that one's `__file__`."""
    dialect = op.get_bind().dialect.name
    for statement in Path(migration).with_suffix(f".{dialect}.sql").read_text().split(";\n"):
        if statement.strip():
            op.execute(statement)
