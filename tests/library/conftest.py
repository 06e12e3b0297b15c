"""A PostgreSQL database as an operator prepares it."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from shadower.entrypoints.cli import main


@pytest.fixture
def migrated_postgres_url(postgres_database: Callable[..., str]) -> str:
    """The URL of a database with the schema and the workspace `default`."""
    url: str = postgres_database()
    environment = {"SHADOWER_DATABASE_URL": url, "SHADOWER_PROFILE": "production"}
    for words in (["migrate"], ["workspaces", "create", "default"]):
        told = CliRunner().invoke(main, words, env=environment)
        assert told.exit_code == 0, told.output
    return url
