"""Commands: what they print, where, and with which exit code they end."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shadower.entrypoints.cli import main
from shadower.entrypoints.cli.root import COMMANDS


class Prompt:
    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def __call__(self, *words: str, **settings: str) -> Result:
        environment = self._environment | {f"SHADOWER_{name}": text for name, text in settings.items()}
        return CliRunner().invoke(main, words, env=environment)


@pytest.fixture
def prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prompt:
    monkeypatch.chdir(tmp_path)
    return Prompt({"SHADOWER_DATA_DIR": str(tmp_path / "data")})


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(prompt: Prompt, command: str) -> None:
    told = prompt(command, "--help")
    assert told.exit_code == 0, told.output
    assert len(told.stdout.splitlines()) > 5


def test_help_lists_every_command_without_loading_any(prompt: Prompt) -> None:
    told = prompt("--help")
    assert [name for name in COMMANDS if f"\n  {name} " not in told.stdout] == []


def test_a_misspelt_setting_ends_any_command_with_2_and_names_the_right_one(prompt: Prompt) -> None:
    told = prompt("workspaces", "list", PROT="1")
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr == "Error: SHADOWER_PROT is no setting. Did you mean SHADOWER_PORT?\n"


def test_config_shows_what_holds_and_where_it_comes_from(prompt: Prompt) -> None:
    told = prompt("config", DATABASE_URL="postgresql://me:hunter2@h/d", BOOTSTRAP_KEY="k" * 40)
    rows = {line.split()[0]: line.split()[1:] for line in told.stdout.splitlines()}
    assert rows["SHADOWER_DATABASE_URL"] == ["postgresql://me:***@h/d", "environment"]
    assert rows["SHADOWER_BOOTSTRAP_KEY"] == ["***", "environment"]
    assert rows["SHADOWER_PORT"] == ["8000", "default"]


def test_a_workspace_is_made_listed_and_never_made_twice(prompt: Prompt) -> None:
    assert prompt("workspaces", "create", "acme", "--time-zone", "Asia/Kathmandu", "--name", "Acme").exit_code == 0
    assert prompt("workspaces", "list").stdout == "acme\tAsia/Kathmandu\tAcme\n"
    again = prompt("workspaces", "create", "acme")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.startswith("Error: ")
    assert again.stderr.count("\n") == 1


def test_a_time_zone_that_does_not_exist_is_answered_with_the_nearest(prompt: Prompt) -> None:
    told = prompt("workspaces", "create", "acme", "--time-zone", "Europe/Berlinn")
    assert told.exit_code == 1
    assert "Europe/Berlin" in told.stderr
    assert prompt("workspaces", "list").stdout == ""


def test_a_key_goes_to_standard_output_alone(prompt: Prompt) -> None:
    prompt("workspaces", "create", "acme")
    told = prompt("keys", "create", "--workspace", "acme", "--scope", "ingest", "--scope", "read", "--name", "crm")
    assert told.exit_code == 0
    assert told.stdout.startswith("shd_")
    assert len(told.stdout) == len("shd_") + 43 + 1
    assert told.stdout.strip() not in told.stderr
    (row,) = prompt("keys", "list", "--workspace", "acme").stdout.splitlines()
    number, prefix, scopes, name, used = row.split("\t")
    assert (prefix, scopes, name, used) == (told.stdout[:12] + "…", "ingest,read", "crm", "never used")
    assert prompt("keys", "revoke", "--workspace", "acme", number).exit_code == 0
    assert "\trevoked 2" in prompt("keys", "list", "--workspace", "acme").stdout


@pytest.mark.parametrize("scopes", [("--scope", "ingest", "read"), ("--scope", "ingest,read")])
def test_scopes_may_be_given_in_one_go(prompt: Prompt, scopes: tuple[str, ...]) -> None:
    prompt("workspaces", "create", "acme")
    assert prompt("keys", "create", "--workspace", "acme", *scopes).exit_code == 0
    assert "\tingest,read\t" in prompt("keys", "list", "--workspace", "acme").stdout


def test_a_key_needs_a_scope_there_is(prompt: Prompt) -> None:
    told = prompt("keys", "create", "--workspace", "acme", "--scope", "write")
    assert told.exit_code == 2
    assert "'write' is none of ingest, read, admin" in told.stderr


def test_a_key_needs_a_workspace_there_is(prompt: Prompt) -> None:
    told = prompt("keys", "create", "--workspace", "nobody", "--scope", "read")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "nobody" in told.stderr


def test_a_key_of_another_workspace_cannot_be_revoked(prompt: Prompt) -> None:
    for name in ("ours", "theirs"):
        prompt("workspaces", "create", name)
    prompt("keys", "create", "--workspace", "theirs", "--scope", "read")
    number = prompt("keys", "list", "--workspace", "theirs").stdout.split("\t")[0]
    assert prompt("keys", "revoke", "--workspace", "ours", number).exit_code == 1
    assert "revoked" not in prompt("keys", "list", "--workspace", "theirs").stdout


def test_a_new_store_is_migrated_verified_and_rebuilt(prompt: Prompt) -> None:
    migrated = prompt("migrate")
    assert migrated.exit_code == 0, migrated.output
    assert migrated.stderr.startswith("The schema is at ")
    for command in ("migrate", "rebuild", "verify"):
        assert prompt(command).exit_code == 0


def test_schedules_are_listed_and_run_out_of_turn(prompt: Prompt) -> None:
    prompt("workspaces", "create", "acme", "--time-zone", "Asia/Kathmandu")
    listed = prompt("schedules", "list", "--workspace", "acme")
    assert listed.exit_code == 0, listed.stderr
    row = listed.stdout.splitlines()[-1]
    name, cron, zone, kind, missed, following, last = row.split("\t")
    assert (name, cron, zone, kind, missed) == ("store-upkeep", "7 * * * *", "UTC", "store.keep", "missed: last")
    assert following.endswith(":07:00Z")
    assert last == "last never"
    told = prompt("schedules", "run", "store-upkeep")
    assert (told.exit_code, told.stdout) == (0, "1\n")
    unknown = prompt("schedules", "run", "nothing")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "store-upkeep" in unknown.stderr


def test_where_migrating_is_switched_off_a_command_says_what_to_do(prompt: Prompt) -> None:
    told = prompt("workspaces", "list", MIGRATE="off")
    assert told.exit_code == 1
    assert "shadower migrate" in told.stderr
    assert prompt("migrate", MIGRATE="off").exit_code == 0
    assert prompt("workspaces", "list", MIGRATE="off").exit_code == 0


def test_the_store_in_memory_has_nothing_for_commands_to_do(prompt: Prompt) -> None:
    assert prompt("workspaces", "list", PROFILE="memory").exit_code == 2


def test_a_store_that_cannot_be_reached_is_one_clear_line(prompt: Prompt) -> None:
    told = prompt("workspaces", "list", DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/d")
    assert told.exit_code == 1
    assert told.stderr.startswith("Error: ")
    assert told.stderr.count("\n") == 1
    assert "hunter2" not in told.stderr


def test_a_data_directory_that_cannot_be_made_is_one_clear_line(prompt: Prompt) -> None:
    told = prompt("workspaces", "list", DATA_DIR="/proc/nowhere")
    assert told.exit_code == 1
    assert told.stderr.count("\n") == 1
    assert "/proc/nowhere" in told.stderr
