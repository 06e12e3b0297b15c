"""`shadower projections`, beside a server that runs them and without one."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shadower.entrypoints.cli import main
from tests.cli.conftest import Shadower, eventually

BOOTSTRAP = "projections-tests-admin-key-0123456789abcdef"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prompt(folder: Path, *words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=answer, env={"SHADOWER_DATA_DIR": str(folder / "data")})


def rows(told: str) -> dict[str, list[str]]:
    """Name → the other columns, of a table without long texts."""
    lines = [line.split() for line in told.splitlines()[1:]]
    return {line[0]: line[1:] for line in lines}


def test_a_new_store_has_projections_that_nobody_runs(folder: Path) -> None:
    told = prompt(folder, "projections", "list")
    assert told.exit_code == 0, told.output
    assert told.stdout.splitlines()[0].split()[:4] == ["NAME", "STATE", "LAG", "WAITS"]
    assert rows(told.stdout)["rollups"] == ["running", "0", "0", "nobody", "0", "0"]


def test_a_projection_that_is_not_there_is_named_with_those_that_are(folder: Path) -> None:
    for words in (("pause",), ("resume",), ("reset", "--yes"), ("replay", "--from", "1", "--yes")):
        told = prompt(folder, "projections", *words, "mails")
        assert (told.exit_code, told.stdout) == (1, "")
        assert "'mails'" in told.stderr
        assert "rollups" in told.stderr


@pytest.mark.parametrize("words", [("reset",), ("replay", "--from", "1")])
def test_what_cannot_be_taken_back_is_asked_for(folder: Path, words: tuple[str, ...]) -> None:
    told = prompt(folder, "projections", *words, "rollups", answer="n\n")
    assert told.exit_code == 1
    assert "rollups" in told.output
    assert "Aborted" in told.output


def test_rollups_are_reset_and_never_replayed(folder: Path) -> None:
    assert prompt(folder, "projections", "reset", "rollups", answer="y\n").exit_code == 0
    told = prompt(folder, "projections", "replay", "rollups", "--from", "1", "--yes")
    assert told.exit_code == 1
    assert "reset it" in told.stderr


def test_every_subcommand_explains_itself(folder: Path) -> None:
    for command in ("list", "pause", "resume", "reset", "replay"):
        told = prompt(folder, "projections", command, "--help")
        assert told.exit_code == 0
        assert len(told.stdout.splitlines()) > 5


def test_a_running_server_heeds_what_commands_say(shadower: Shadower) -> None:
    with shadower.running("serve", BOOTSTRAP_KEY=BOOTSTRAP) as server:
        server.line("Shadower is at ")

        def lag() -> int:
            return int(rows(shadower("projections", "list").stdout)["rollups"][1])

        def send() -> None:
            status, _ = server.ask("/api/v1/events", BOOTSTRAP, [{"type": "user.login"}] * 10)
            assert status == 200

        def catch_up() -> None:
            eventually(lambda: lag() == 0)

        send()
        catch_up()
        assert "nobody" not in shadower("projections", "list").stdout
        assert shadower("projections", "pause", "rollups").returncode == 0
        send()
        time.sleep(2)
        assert lag() == 10
        assert rows(shadower("projections", "list").stdout)["rollups"][0] == "paused"
        assert shadower("projections", "resume", "rollups").returncode == 0
        catch_up()
        assert shadower("projections", "reset", "rollups", "--yes").returncode == 0
        send()
        catch_up()
        assert shadower("verify").returncode == 0
