"""Which schema is there, which is wanted, and the way between them. Alembic is imported only to migrate."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

WANTED: Final = "0009"
"""The revision this version works with; a test holds it against the migrations."""

_SCRIPTS = Path(__file__).with_name("migrations")


def current_version(connection: Connection) -> str | None:
    """Return the revision the store is at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the schema up to a revision, within the connection's transaction."""
    from alembic import command  # noqa: PLC0415 - 0.2 s that only a migration should cost

    _ensure_transaction(connection)
    command.upgrade(_config(connection), to)


def downgrade(connection: Connection, to: str = "base") -> None:
    """Take the schema down to a revision, within the connection's transaction."""
    from alembic import command  # noqa: PLC0415 - as above

    _ensure_transaction(connection)
    command.downgrade(_config(connection), to)


def _ensure_transaction(connection: Connection) -> None:
    # Alembic would begin one of its own and commit it, were none begun yet.
    if not connection.in_transaction():
        connection.begin()


def _config(connection: Connection):  # type: ignore[no-untyped-def]  # noqa: ANN202 - Alembic's, imported late
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config
