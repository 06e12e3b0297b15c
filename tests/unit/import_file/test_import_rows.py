"""Whatever happens to an import or to its file, each row is one event."""

import json
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadower.application.import_file.errors import ColumnUnknown, FileChanged, PlanChanged
from shadower.application.import_file.import_rows import ImportRows, SinkMiscounted
from shadower.application.import_file.plan import ImportPlan
from shadower.application.ingest_events import Receipt
from shadower.application.ports.event_sink import EventSink
from shadower.application.ports.import_checkpoints import CheckpointUnreadable
from shadower.application.ports.rejected_rows import RejectedRowsMisplaced
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import Outcome
from shadower.entrypoints.wiring.importing import FileFormat, Reading, opened_rows
from tests.unit.import_file.stages import PowerCut, Shelf, Stage

PLAN = ImportPlan(constants={"type": "agent.executed"})
AGENTS = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus"]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write(tmp_path / "runs.csv", AGENTS)


def write(path: Path, agents: list[str], column: str = "agent_id") -> Path:
    path.write_text("\n".join([column, *agents, ""]))
    return path


def agents_on(shelf: Shelf) -> list[object]:
    return [event["agent_id"] for event in shelf.events.values()]


def rejected(stage: Stage) -> list[dict[str, object]]:
    path = stage.rejects.path
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def test_every_row_is_one_event(stage: Stage, runs: Path) -> None:
    summary = await stage.run(runs, PLAN)

    assert agents_on(stage.shelf) == AGENTS
    assert summary.counts()[Outcome.STORED] == len(AGENTS)


async def test_identical_rows_are_distinct_events(stage: Stage, tmp_path: Path) -> None:
    await stage.run(write(tmp_path / "runs.csv", ["ada", "ada", "ada"]), PLAN)

    assert agents_on(stage.shelf) == ["ada", "ada", "ada"]


async def test_a_second_import_sends_nothing(stage: Stage, runs: Path) -> None:
    await stage.run(runs, PLAN)
    summary = await stage.run(runs, PLAN)

    assert (summary.rows, summary.before.rows, stage.shelf.sent) == (0, len(AGENTS), len(AGENTS))


async def test_a_file_that_grew_adds_only_its_new_rows(stage: Stage, runs: Path) -> None:
    await stage.run(runs, PLAN)
    write(runs, [*AGENTS, "hal", "ian"])
    summary = await stage.run(runs, PLAN)

    assert agents_on(stage.shelf) == [*AGENTS, "hal", "ian"]
    assert (summary.rows, summary.counts()[Outcome.STORED]) == (2, 2)


async def test_a_file_that_grew_behind_a_last_line_without_end_adds_only_its_new_rows(
    stage: Stage, tmp_path: Path
) -> None:
    runs = tmp_path / "runs.csv"
    runs.write_text("agent_id\nada\nbob")
    await stage.run(runs, PLAN)
    runs.write_text("agent_id\nada\nbob\ncyd")
    await stage.run(runs, PLAN)

    assert agents_on(stage.shelf) == ["ada", "bob", "cyd"]


async def test_without_its_checkpoint_an_import_repeated_finds_duplicates(stage: Stage, runs: Path) -> None:
    await stage.run(runs, PLAN)
    (stage.folder / "checkpoint.json").unlink()
    summary = await stage.run(runs, PLAN)

    assert summary.counts()[Outcome.DUPLICATE] == len(AGENTS)


async def test_an_import_that_breaks_off_goes_on_behind_the_last_batch_decided(stage: Stage, runs: Path) -> None:
    def break_off() -> None:
        if stage.shelf.sent >= 4:
            raise StoreUnavailable("The store is away.")

    stage.shelf.before_storing = break_off
    with pytest.raises(StoreUnavailable):
        await stage.run(runs, PLAN)
    stage.shelf.before_storing = lambda: None
    summary = await stage.run(runs, PLAN)

    assert agents_on(stage.shelf) == AGENTS
    assert (summary.before.rows, summary.rows) == (4, 3)


async def test_a_batch_whose_answer_was_lost_is_sent_again_and_counts_as_duplicates(stage: Stage, runs: Path) -> None:
    def cut() -> None:
        raise PowerCut

    stage.shelf.after_storing = cut
    with pytest.raises(PowerCut):
        await stage.run(runs, PLAN)
    stage.shelf.after_storing = lambda: None
    summary = await stage.run(runs, PLAN)

    assert agents_on(stage.shelf) == AGENTS
    assert summary.counts()[Outcome.DUPLICATE] == 2


async def test_another_mapping_of_a_file_that_was_imported_is_noticed_before_anything_is_sent(
    stage: Stage, runs: Path
) -> None:
    await stage.run(runs, PLAN)
    write(runs, [*AGENTS, "hal"])
    other = ImportPlan(constants={"type": "agent.failed"}, mapped={"user_id": "agent_id"})

    with pytest.raises(PlanChanged) as caught:
        await stage.run(runs, other)

    assert "--set type was agent.executed, is now agent.failed" in str(caught.value)
    assert "--map user_id was not given, is now agent_id" in str(caught.value)
    assert "--restart" in str(caught.value)
    assert stage.shelf.sent == len(AGENTS)


async def test_restarting_with_another_mapping_tells_each_conflict_and_changes_nothing(
    stage: Stage, runs: Path
) -> None:
    await stage.run(runs, PLAN)
    before = dict(stage.shelf.events)
    summary = await stage.run(runs, ImportPlan(constants={"type": "agent.failed"}), restart=True)

    assert stage.shelf.events == before
    assert summary.counts()[Outcome.CONFLICT] == len(AGENTS)
    assert [(row["row"], row["outcome"], row["text"]) for row in rejected(stage)][:2] == [
        (1, "conflict", "ada"),
        (2, "conflict", "bob"),
    ]


async def test_another_source_makes_other_events(stage: Stage, runs: Path) -> None:
    await stage.run(runs, PLAN)
    (stage.folder / "checkpoint.json").unlink()
    await stage.run(runs, PLAN, source="other")

    assert agents_on(stage.shelf) == AGENTS * 2


async def test_a_mapping_by_which_nothing_was_stored_may_be_mended_freely(stage: Stage, runs: Path) -> None:
    summary = await stage.run(runs, ImportPlan())
    assert summary.counts()[Outcome.REJECTED] == len(AGENTS)

    await stage.run(runs, PLAN)

    assert agents_on(stage.shelf) == AGENTS
    assert rejected(stage) == []


@pytest.mark.parametrize(
    "agents",
    [["ada", "BOB", *AGENTS[2:]], AGENTS[:-1], ["zoe", *AGENTS], []],
    ids=["a row changed", "the last row gone", "a row in front", "emptied"],
)
async def test_a_change_in_what_was_imported_is_noticed_before_anything_is_sent(
    stage: Stage, runs: Path, agents: list[str]
) -> None:
    await stage.run(runs, PLAN)
    write(runs, agents)

    with pytest.raises(FileChanged, match="--restart"):
        await stage.run(runs, PLAN)
    assert stage.shelf.sent == len(AGENTS)


async def test_another_header_is_noticed(stage: Stage, runs: Path) -> None:
    await stage.run(runs, PLAN)
    write(runs, AGENTS, column="user_id")

    with pytest.raises(FileChanged):
        await stage.run(runs, PLAN)


async def test_restarting_with_mended_rows_stores_those_alone(stage: Stage, tmp_path: Path) -> None:
    runs = tmp_path / "runs.csv"
    runs.write_text("type,agent_id\nagent.executed,ada\n,bob\nagent.executed,cyd,\n")
    first = await stage.run(runs, ImportPlan())
    assert [(row["row"], row["code"], row["field"]) for row in rejected(stage)] == [
        (2, "missing_field", "type"),
        (3, "row_wrong_width", None),
    ]
    runs.write_text("type,agent_id\nagent.executed,ada\nagent.executed,bob\nagent.executed,cyd\n")
    second = await stage.run(runs, ImportPlan(), restart=True)

    assert first.counts()[Outcome.REJECTED] == 2
    assert (second.counts()[Outcome.DUPLICATE], second.counts()[Outcome.STORED]) == (1, 2)
    assert sorted(map(str, agents_on(stage.shelf))) == ["ada", "bob", "cyd"]
    assert rejected(stage) == []


async def test_a_column_that_is_missing_is_noticed_before_anything_is_sent(stage: Stage, runs: Path) -> None:
    with pytest.raises(ColumnUnknown):
        await stage.run(runs, ImportPlan(mapped={"user_id": "usr"}))
    assert stage.shelf.sent == 0


async def test_rejected_rows_never_replace_a_file_of_somebody_else(stage: Stage, runs: Path) -> None:
    stage.rejects.path.write_text("my notes")

    with pytest.raises(RejectedRowsMisplaced):
        await stage.run(runs, PLAN)
    assert (stage.rejects.path.read_text(), stage.shelf.sent) == ("my notes", 0)


async def test_a_checkpoint_that_cannot_be_read_is_told_and_can_be_overcome(stage: Stage, runs: Path) -> None:
    (stage.folder / "checkpoint.json").write_text('{"plan": ')

    with pytest.raises(CheckpointUnreadable, match="--restart"):
        await stage.run(runs, PLAN)
    await stage.run(runs, PLAN, restart=True)

    assert agents_on(stage.shelf) == AGENTS


async def test_an_answer_that_forgets_an_event_does_not_move_the_checkpoint(stage: Stage, runs: Path) -> None:
    async def forgetful(_: object) -> Receipt:
        return Receipt(stored=1)

    stage.shelf.send = forgetful  # type: ignore[assignment, method-assign]
    with pytest.raises(SinkMiscounted):
        await stage.run(runs, PLAN)
    assert stage.checkpoints.find() is None


@given(
    agents=st.lists(st.sampled_from(["ada", "bob", "cyd,"]), max_size=12),
    cuts=st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(1, 5), st.integers(0, 12)), max_size=5),
)
@settings(max_examples=60, deadline=None)
async def test_no_power_cut_at_any_moment_loses_or_doubles_a_row(
    agents: list[str], cuts: list[tuple[int, bool, int, int]]
) -> None:
    """Each cut: after so many batches, with the last one stored or not, of a batch size, with the file so long."""
    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        written = 0
        for batches, stored, size, length in cuts:
            written = max(written, min(length, len(agents)))
            runs = write(stage.folder / "runs.csv", agents[:written])
            stage.shelf.before_storing, stage.shelf.after_storing = power_cut_after(batches, stored=stored)
            with suppress(PowerCut):
                await stage.run(runs, PLAN, batch=size)
        stage.shelf.before_storing = stage.shelf.after_storing = lambda: None
        await stage.run(write(stage.folder / "runs.csv", agents), PLAN)

        assert sorted(map(str, agents_on(stage.shelf))) == sorted(agent for agent in agents if agent != "cyd,")
        assert [row["row"] for row in rejected(stage)] == [n for n, agent in enumerate(agents, 1) if agent == "cyd,"]


def power_cut_after(batches: int, *, stored: bool) -> tuple[Callable[[], None], Callable[[], None]]:
    """What to do before and after storing a batch."""
    seen = 0

    def count(*, here: bool) -> None:
        nonlocal seen
        if seen >= batches and here:
            raise PowerCut

    def before() -> None:
        count(here=not stored)

    def after() -> None:
        nonlocal seen
        count(here=stored)
        seen += 1

    return before, after


class Sieve(EventSink):
    """Stores everything and keeps nothing."""

    async def send(self, events: Sequence[Mapping[str, object]]) -> Receipt:
        return Receipt(stored=len(events))


@pytest.mark.slow
async def test_memory_does_not_grow_with_the_file(stage: Stage, tmp_path: Path) -> None:
    async def peak(rows: int) -> int:
        runs = tmp_path / f"{rows}.csv"
        with runs.open("w") as file:
            file.write("agent_id,tokens_in\n")
            file.writelines(f"agent-{number},{number}\n" for number in range(rows))
        tracemalloc.reset_peak()
        with opened_rows(runs, Reading(FileFormat.CSV)) as reader:
            use_case = ImportRows(reader, Sieve(), stage.checkpoints, stage.rejects, lambda _: None)
            summary = await use_case(PLAN, source="runs", batch_size=1_000, restart=True)
        assert summary.counts()[Outcome.STORED] == rows
        return tracemalloc.get_traced_memory()[1]

    await peak(10)
    tracemalloc.start()
    try:
        few, many = await peak(3_000), await peak(100_000)
    finally:
        tracemalloc.stop()
    assert many < few * 1.2
