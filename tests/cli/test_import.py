"""`shadower import` and `shadower convert`: files become events, each row once, whatever happens in between."""

import gzip
import json
import re
import shlex
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from shadower.entrypoints.cli import main
from tests.cli.conftest import Shadower, ask, eventually

KEY = "a-bootstrap-key_of-forty-characters-0002"
ROWS = "when,bot,ok,ms\n2026-01-02 10:00:00,ada,success,12.5\n2026-01-02 11:00:00,bob,failure,7\n"
MAPPED = "--map occurred_at=when --map agent_id=bot --map status=ok --map duration_ms=ms --set type=agent.executed"
WHOLE = (*MAPPED.split(), "--time-zone", "Europe/Berlin")
TO_DEFAULT = ("--workspace", "default")

REAL = Path(__file__).parents[2].parent / "shared" / "data"
AZURE = REAL / "azure_llm_inference_conv_2023.csv"
TAU_BENCH = REAL / "tau_bench_airline_gpt4o.json"


class Desk:
    """A folder with files, and commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, *words: str | Path, **settings: str) -> Result:
        given = {"DATA_DIR": str(self.folder / "data")} | settings
        environment = {f"SHADOWER_{name}": text for name, text in given.items()}
        return CliRunner().invoke(main, [str(word) for word in words], env=environment)

    def events(self) -> list[dict[str, Any]]:
        return stored_in(self.folder / "data")


def stored_in(data: Path) -> list[dict[str, Any]]:
    connection = sqlite3.connect(f"file:{data / 'shadower.sqlite3'}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute("SELECT * FROM events ORDER BY position")]
    finally:
        connection.close()


def counts(told: str) -> dict[str, int]:
    return {name: int(figure) for name, figure in (line.split() for line in told.splitlines())}


def stored(rows: int) -> dict[str, int]:
    return {"stored": rows, "duplicates": 0, "conflicts": 0, "rejected": 0}


def many_rows(rows: int) -> str:
    lines = (f"2026-01-02T10:00:{n % 60:02d}Z,agent.executed,bot-{n % 9},{n}" for n in range(rows))
    return "\n".join(["occurred_at,type,agent_id,tokens_in", *lines, ""])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path)


def test_rows_become_events_at_the_times_of_their_zone(desk: Desk) -> None:
    told = desk.run("import", desk.file("runs.csv", ROWS), *TO_DEFAULT, *WHOLE)

    assert (told.exit_code, counts(told.stdout)) == (0, stored(2)), told.stderr
    first, second = desk.events()
    assert (first["agent_id"], first["status"], first["duration_us"], first["source"]) == (
        "ada",
        "success",
        12_500,
        "runs.csv",
    )
    assert (first["occurred_at"], second["occurred_at"]) == (1_767_344_400_000_000, 1_767_348_000_000_000)


def test_doing_it_again_sends_nothing_and_a_grown_file_only_what_is_new(desk: Desk) -> None:
    desk.run("import", desk.file("runs.csv", ROWS), *TO_DEFAULT, *WHOLE)
    again = desk.run("import", desk.file("runs.csv", ROWS), *TO_DEFAULT, *WHOLE)
    grown = ROWS + "2026-01-02 11:00:00,bob,failure,7\n"
    after = desk.run("import", desk.file("runs.csv.gz", gzip.compress(grown.encode())), *TO_DEFAULT, *WHOLE)

    assert (again.exit_code, counts(again.stdout)) == (0, stored(0))
    assert "2 rows were imported earlier" in again.stderr
    assert counts(after.stdout) == stored(1)
    assert len(desk.events()) == 3


def test_rows_that_are_no_events_are_set_aside_with_reasons(desk: Desk) -> None:
    bad = ROWS + "2026-01-02 10:00:00,ada,OK,1\n2026-01-02 10:00:00,ada\n2026-03-29 02:30:00,ada,success,1\n"
    told = desk.run("import", desk.file("runs.csv", bad), *TO_DEFAULT, *WHOLE, "--rejects", "bad.ndjson")

    assert (told.exit_code, counts(told.stdout)) == (3, {**stored(2), "rejected": 3})
    rows = [json.loads(line) for line in (desk.folder / "bad.ndjson").read_text().splitlines()]
    assert [(row["row"], row["code"], row["field"], row["text"]) for row in rows] == [
        (3, "status_unknown", "status", "2026-01-02 10:00:00,ada,OK,1"),
        (4, "row_wrong_width", None, "2026-01-02 10:00:00,ada"),
        (5, "local_time_nonexistent", "occurred_at", "2026-03-29 02:30:00,ada,success,1"),
    ]


def test_times_without_an_offset_need_a_zone_which_may_be_given_later(desk: Desk) -> None:
    runs = desk.file("runs.csv", ROWS)
    without = desk.run("import", runs, *TO_DEFAULT, *MAPPED.split())
    assert (without.exit_code, counts(without.stdout)["rejected"]) == (3, 2)
    assert "timestamp_without_offset" in without.stderr
    assert "--time-zone" in without.stderr

    assert desk.run("import", runs, *TO_DEFAULT, *WHOLE).exit_code == 0
    assert len(desk.events()) == 2


def test_another_mapping_is_noticed_before_anything_is_sent(desk: Desk) -> None:
    runs = desk.file("runs.csv", ROWS)
    desk.run("import", runs, *TO_DEFAULT, *WHOLE)

    told = desk.run("import", runs, *TO_DEFAULT, *WHOLE[:-1], "UTC")
    assert (told.exit_code, told.stdout) == (2, "")
    assert "--time-zone was Europe/Berlin, is now UTC" in told.stderr
    assert "--restart" in told.stderr
    assert counts(desk.run("import", runs, *TO_DEFAULT, *WHOLE[:-1], "UTC", "--restart").stdout)["conflicts"] == 2
    assert len(desk.events()) == 2


def test_a_dry_run_shows_events_and_reasons_and_leaves_nothing_behind(desk: Desk) -> None:
    runs = desk.file("runs.csv", ROWS + "2026-01-02 10:00:00,ada,OK,1\n")
    told = desk.run("import", runs, *WHOLE, "--dry-run")

    assert told.exit_code == 3
    first, *_ = [json.loads(line) for line in told.stdout.splitlines()]
    assert (first["occurred_at"], first["agent_id"], first["duration_ms"]) == ("2026-01-02T09:00:00Z", "ada", "12.5")
    assert "row 3: status_unknown" in told.stderr
    assert "Nothing was sent." in told.stderr
    assert [path.name for path in desk.folder.iterdir()] == ["runs.csv"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--map", "agent=bot"), "Did you mean agent_id?"),
        (("--map", "agent_id=bto"), "Did you mean bot?"),
        (("--map", "agent_id"), "--map FIELD=COLUMN"),
        (("--set", "id=1"), "id of its own"),
        (("--time-zone", "Europe/Berln"), "Did you mean Europe/Berlin"),
        (("--time-format", "iso"), "unix_ms"),
        (("--delimiter", ";;"), "one character"),
        (("--encoding", "utf-9"), "utf-9"),
        (("--source", "shadower"), "cannot be a source"),
        (("--format", "json"), "--records PATH"),
        (("--workspace", "nowhere"), "no workspace 'nowhere'"),
        (("--url", "http://127.0.0.1:9"), "--key"),
        (("--rejects", "runs.csv"), "to be imported"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_what_is_not_right_is_told_before_anything_is_sent(desk: Desk, words: tuple[str, ...], told: str) -> None:
    result = desk.run("import", desk.file("runs.csv", ROWS), *TO_DEFAULT, "--set", "type=agent.executed", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert (desk.folder / "runs.csv").read_text() == ROWS


def test_without_a_workspace_or_a_lasting_store_nothing_begins(desk: Desk) -> None:
    runs = desk.file("runs.csv", ROWS)

    assert "--workspace" in desk.run("import", runs, *WHOLE).stderr
    assert desk.run("import", runs, *TO_DEFAULT, *WHOLE, PROFILE="memory").exit_code == 2


def test_ndjson_and_json_are_taken_by_the_names_they_use(desk: Desk) -> None:
    event = {
        "type": "agent.executed",
        "occurred_at": "2026-01-02T10:00:00Z",
        "cost": 0.1,
        "data": {"n": 1.10},
        "id": "a",
    }
    lines = desk.file("runs.ndjson", json.dumps(event) + "\n")
    document = desk.file("runs.json", json.dumps({"events": [event]}))

    assert counts(desk.run("import", lines, *TO_DEFAULT, "--map", "id=id").stdout) == stored(1)
    assert counts(desk.run("import", document, *TO_DEFAULT).stdout) == stored(1)
    first, second = desk.events()
    assert (first["client_id"], second["client_id"].startswith("row-1-")) == ("a", True)
    assert (first["cost"], first["data"]) == (second["cost"], second["data"]) == (100_000_000, '{"n":1.1}')


def test_a_document_that_breaks_off_keeps_what_came_before(desk: Desk) -> None:
    rows = ",".join(['{"type": "user.login"}'] * 3)
    told = desk.run("import", desk.file("runs.json", f"[{rows}, {{"), *TO_DEFAULT, "--batch", "2")

    assert told.exit_code == 1
    assert "not JSON behind row 3" in told.stderr
    assert "The rows up to 2 are done" in told.stderr


def test_results_of_tau_bench_are_converted_and_imported(desk: Desk) -> None:
    run = {"task_id": 1, "trial": 0, "reward": 1.0, "info": {"task": {"user_id": "u"}}, "traj": [{"role": "user"}]}
    results = desk.file("results.json", json.dumps([run]))

    converted = desk.run("convert", "tau-bench", results, "events.ndjson", "--start", "2026-01-02T00:00:00+01:00")
    told = desk.run("import", "events.ndjson", *TO_DEFAULT, "--map", "id=id")

    assert (converted.exit_code, told.exit_code) == (0, 0), converted.output + told.output
    (event,) = desk.events()
    assert (event["client_id"], event["source"], event["status"]) == ("results/task-1-trial-0", "tau-bench", "success")
    assert event["occurred_at"] == 1_767_308_400_000_000


@pytest.mark.parametrize(
    ("content", "start", "exit_code"), [("[{}]", "2026-01-02T00:00:00Z", 1), ("[]", "2026-01-02", 2)]
)
def test_a_conversion_that_fails_leaves_no_file(desk: Desk, content: str, start: str, exit_code: int) -> None:
    told = desk.run("convert", "tau-bench", desk.file("results.json", content), "events.ndjson", "--start", start)

    assert told.exit_code == exit_code
    assert [path.name for path in desk.folder.iterdir()] == ["results.json"]


@pytest.mark.slow
@pytest.mark.faults
def test_an_import_killed_in_the_middle_and_repeated_has_every_row_once(shadower: Shadower) -> None:
    runs = shadower.folder / "runs.csv"
    runs.write_text(many_rows(8_000))
    words = ("import", str(runs), *TO_DEFAULT, "--batch", "50")

    for _ in range(3):
        before = rows_done(shadower)
        with shadower.running(*words) as importing:
            eventually(lambda: rows_done(shadower) > before)  # noqa: B023 - called at once
            importing.process.kill()
    told = shadower(*words)

    assert told.returncode == 0, told.stderr
    assert counts(told.stdout)["stored"] < 8_000
    assert sorted(event["tokens_in"] for event in stored_in(shadower.folder / "data")) == list(range(8_000))
    assert shadower("verify").returncode == 0


@pytest.mark.slow
def test_an_interrupted_import_says_how_to_go_on(shadower: Shadower) -> None:
    runs = shadower.folder / "runs.csv"
    runs.write_text(many_rows(8_000))
    words = ("import", str(runs), *TO_DEFAULT, "--batch", "50")

    with shadower.running(*words) as importing:
        eventually(lambda: rows_done(shadower) > 0)
        assert importing.stop(signal.SIGINT) == 130
    assert "the same command goes on from there" in (shadower.folder / "log").read_text()
    done = rows_done(shadower)
    told = shadower(*words)

    assert 0 < done < 8_000
    assert f"Before them, {done:,} rows were imported earlier." in told.stderr
    assert len(stored_in(shadower.folder / "data")) == 8_000


@pytest.mark.slow
@pytest.mark.faults
def test_a_server_killed_during_an_import_and_started_again_gets_every_row_once(shadower: Shadower) -> None:
    elsewhere = Shadower(shadower.folder)
    elsewhere.environment["SHADOWER_DATA_DIR"] = str(shadower.folder / "elsewhere")
    runs = shadower.folder / "runs.csv"
    runs.write_text(many_rows(8_000))
    words = ("import", str(runs), "--batch", "50", "--url", shadower.url, "--key", KEY)

    with shadower.running("serve", BOOTSTRAP_KEY=KEY) as server:
        server.line("Shadower is at ")
        importing = elsewhere.running(*words)
        process = importing.__enter__().process
        eventually(lambda: rows_done(elsewhere) > 0)
        server.process.kill()
    with shadower.running("serve") as server:
        server.line("Shadower is at ")
        assert process.wait(120) == 0, (elsewhere.folder / "log").read_text()
        importing.__exit__(None, None, None)
        _, statistics = server.ask("/api/v1/events/statistics", KEY)
        _, summary = server.ask("/api/v1/metrics/summary?metric=tokens_in&from=2026-01-02&to=2026-01-03", KEY)
    assert statistics["events"] == 8_000
    assert summary["metrics"]["tokens_in"]["value"] == sum(range(8_000))


@pytest.mark.slow
def test_a_server_takes_only_the_key_and_workspace_that_are_meant(shadower: Shadower) -> None:
    runs = shadower.folder / "runs.csv"
    runs.write_text(ROWS)
    (shadower.folder / "key").write_text(KEY + "\n")

    def to_server(*words: str) -> tuple[int, str]:
        told = shadower("import", str(runs), *WHOLE, "--url", shadower.url, *words)
        return told.returncode, told.stderr

    with shadower.running("serve", BOOTSTRAP_KEY=KEY) as server:
        server.line("Shadower is at ")
        assert to_server("--key", "no-key-of-this-server")[0] == 2
        code, told = to_server("--key", "@key", "--workspace", "acme")
        assert (code, "belongs to the workspace 'default'" in told) == (2, True)
        sender = shadower("keys", "create", "--workspace", "default", "--scope", "ingest").stdout.strip()
        assert to_server("--key", sender)[0] == 0
        assert to_server("--key", "@key")[0] == 0
        shadower("workspaces", "create", "acme", "--name", "Acme Ltd")
        theirs = shadower("keys", "create", "--workspace", "acme", "--scope", "admin").stdout.strip()
        assert to_server("--key", theirs, "--workspace", "acme")[0] == 0
        _, imported = ask(f"{shadower.url}/api/v1/events?type=agent.executed", KEY)
        beside = shadower("import", str(runs), *WHOLE, *TO_DEFAULT, "--source", "beside")
        assert (len(imported["items"]), beside.returncode) == (2, 0)


@pytest.mark.postgres
def test_an_import_goes_to_postgresql_as_well(desk: Desk, postgres_url: str) -> None:
    settings = {"DATABASE_URL": postgres_url}
    assert desk.run("migrate", **settings).exit_code == 0
    runs = desk.file("runs.csv", ROWS)

    first = desk.run("import", runs, *TO_DEFAULT, *WHOLE, **settings)
    again = desk.run("import", runs, *TO_DEFAULT, *WHOLE, "--restart", **settings)

    assert (first.exit_code, counts(first.stdout)) == (0, stored(2)), first.stderr
    assert counts(again.stdout)["duplicates"] == 2


if AZURE.exists():

    def test_the_requests_of_a_real_service_become_events_with_the_right_totals(desk: Desk) -> None:
        mapped = "--map occurred_at=TIMESTAMP --map tokens_in=ContextTokens --map tokens_out=GeneratedTokens"
        told = desk.run(
            "import", AZURE, *TO_DEFAULT, *mapped.split(), "--set", "type=agent.executed", "--time-zone", "UTC"
        )

        assert (told.exit_code, counts(told.stdout)) == (0, stored(19_366)), told.stderr
        events = desk.events()
        assert sum(event["tokens_in"] for event in events) == 22_361_870
        assert sum(event["tokens_out"] for event in events) == 4_088_665
        assert events[0]["occurred_at"] == 1_700_158_546_680_590


if TAU_BENCH.exists():

    def test_the_published_runs_of_tau_bench_become_events(desk: Desk) -> None:
        desk.run("convert", "tau-bench", TAU_BENCH, "events.ndjson")
        told = desk.run("import", "events.ndjson", *TO_DEFAULT, "--map", "id=id")

        assert (told.exit_code, counts(told.stdout)) == (0, stored(1_364)), told.stderr
        runs = [event for event in desk.events() if event["type"] == "agent.executed"]
        assert (len(runs), sum(run["status"] == "success" for run in runs)) == (200, 84)


def test_the_examples_of_the_documentation_run_as_they_stand(desk: Desk) -> None:
    text = (Path(__file__).parents[2] / "docs" / "importing.md").read_text("utf-8")
    (runs,) = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    rehearsal, import_ = re.findall(r"```sh\nshadower (.*?)\n```", text)
    (summary,) = re.findall(r"```text\n(stored .*?)```", text, re.DOTALL)
    desk.file("runs.csv", runs)

    assert desk.run(*shlex.split(rehearsal)).exit_code == 0
    told = desk.run(*shlex.split(import_))
    assert (told.exit_code, told.stdout) == (0, summary)
    assert [event["data"] for event in desk.events()] == ['{"region":"eu"}', '{"region":"eu"}', '{"region":"us"}']


def rows_done(shadower: Shadower) -> int:
    folder = Path(shadower.environment["SHADOWER_DATA_DIR"]) / "imports"
    return sum(json.loads(path.read_text())["rows"] for path in folder.glob("*.checkpoint.json"))
