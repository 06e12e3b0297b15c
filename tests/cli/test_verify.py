"""`shadower verify` where something is wrong."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import shadower
from shadower.entrypoints.cli import main


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with rollups of a thousand events."""
    file = tmp_path / "x.db"
    with shadower.connect(f"sqlite:///{file}") as sh:
        sh.ingest([{"type": "agent.executed", "status": "success", "agent_id": "a"} for _ in range(1_000)])
        sh.rebuild()
    return file


def test_a_rollup_that_is_not_a_recount_is_found_and_mended(store: Path) -> None:
    environment = {"SHADOWER_DATABASE_URL": f"sqlite:///{store}"}
    assert CliRunner().invoke(main, ["verify"], env=environment).exit_code == 0
    with closing(sqlite3.connect(store)) as raw, raw:
        assert raw.execute("DELETE FROM pages WHERE rowid = (SELECT min(rowid) FROM pages)").rowcount == 1
    told = CliRunner().invoke(main, ["verify"], env=environment)
    assert told.exit_code == 1
    assert len(told.stdout.splitlines()) >= 1
    assert "shadower rebuild" in told.stderr
    assert CliRunner().invoke(main, ["rebuild"], env=environment).exit_code == 0
    assert CliRunner().invoke(main, ["verify"], env=environment).exit_code == 0
