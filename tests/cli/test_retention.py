"""`shadower retention`."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import shadower
from shadower.domain.events.moments import DAY
from shadower.entrypoints.cli import main


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with five events, three of which came in 30 days ago."""
    file = tmp_path / "x.db"
    with shadower.connect(f"sqlite:///{file}") as sh:
        sh.ingest([{"type": "agent.executed", "status": "success", "agent_id": "a"} for _ in range(5)])
        with closing(sqlite3.connect(file)) as raw, raw:
            for table, column in (("events", "occurred_at"), ("events", "received_at"), ("identities", "received_at")):
                raw.execute(f"UPDATE {table} SET {column} = {column} - ? WHERE position <= 3", (30 * DAY,))
        sh.rebuild()
    return file


def retention(store: Path, *words: str) -> Result:
    environment = {"SHADOWER_DATABASE_URL": f"sqlite:///{store}"}
    return CliRunner().invoke(main, ["retention", *words], env=environment)


def test_everything_is_kept_for_ever_until_somebody_says_otherwise(store: Path) -> None:
    assert retention(store, "show").stdout == "default\tforever\t0\t-\t-\t-\n"
    told = retention(store, "run")
    assert (told.exit_code, told.stdout) == (0, "")
    assert "kept for ever" in told.stderr


def test_a_term_is_set_tried_and_applied(store: Path) -> None:
    assert "kept for 7 days" in retention(store, "set", "default", "7").stderr
    assert retention(store, "run", "--dry-run").stdout == "default\tsucceeded\t3\t0\t-\n"
    assert retention(store, "show").stdout == "default\t7\t0\t-\t-\t-\n"
    told = retention(store, "run", "--workspace", "default")
    assert (told.exit_code, told.stdout) == (0, "default\tsucceeded\t3\t3\t-\n")
    name, days, removed, before, state, detail = retention(store, "show").stdout.strip("\n").split("\t")
    assert (name, days, removed, state, detail) == ("default", "7", "3", "succeeded", "-")
    assert before.endswith("Z")
    environment = {"SHADOWER_DATABASE_URL": f"sqlite:///{store}"}
    for command in ("verify", "rebuild", "verify"):
        assert CliRunner().invoke(main, [command], env=environment).exit_code == 0
    assert "kept for ever" in retention(store, "set", "default", "Forever").stderr
    assert retention(store, "show").stdout.startswith("default\tforever\t3\t")


def test_what_holds_it_back_is_told_and_the_exit_code_says_so(store: Path) -> None:
    retention(store, "set", "default", "7")
    with closing(sqlite3.connect(store)) as raw, raw:
        raw.execute("UPDATE projections SET cursor = 1")
    told = retention(store, "run")
    assert told.exit_code == 1
    assert told.stdout == "default\theld_back\t3\t1\t2 events stay until they are taken in by rollups.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "nobody", "7"), "nobody"),
        (("set", "default", "0"), "1 to 36,500"),
        (("set", "default", "soon"), "neither a number of days nor forever"),
        (("run", "--workspace", "nobody"), "nobody"),
        (("show", "--workspace", "nobody"), "nobody"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(store: Path, words: tuple[str, ...], said: str) -> None:
    told = retention(store, *words)
    assert told.exit_code != 0
    assert said in told.stderr
    assert "Traceback" not in told.output
