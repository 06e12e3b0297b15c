"""Whether a log is the one that was looked at: restored from a copy, or cut short, it is another."""

from collections.abc import Collection, Mapping

import pytest

from shadower.application.kept import touches as touches_module
from shadower.application.kept.touches import Touches
from shadower.application.ports.snapshot import Snapshot
from shadower.application.ports.tally_codec import KeptHead
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.moments import HOUR

WORKSPACE = WorkspaceId(1)


class Log:
    """Events by position: the hour of each, and a name that no other log gives it."""

    def __init__(self, name: str, *hours: int) -> None:
        self.name = name
        self.hours = list(hours)
        self.asked = 0

    def snapshot(self, position: int | None = None) -> "Seen":
        return Seen(self, len(self.hours) if position is None else position)

    def copy(self, until: int, name: str) -> "Log":
        """As it was; what comes in from here on is other events."""
        log = Log(name, *self.hours[:until])
        log.marks = {position: self.mark(position) for position in range(1, until + 1)}
        return log

    marks: Mapping[int, str] = {}

    def mark(self, position: int) -> str:
        return self.marks.get(position, f"{self.name}-{position}")


class Seen(Snapshot):
    def __init__(self, log: Log, position: int) -> None:
        self.position = Position(position)
        self._log = log

    async def touched(self, after: Position, until: Position) -> Mapping[int, Position]:
        self._log.asked += 1
        places = range(after + 1, min(until, self.position) + 1)
        return {self._log.hours[place - 1] * HOUR: Position(place) for place in places}

    async def marks(self, positions: Collection[Position]) -> Mapping[Position, str]:
        found = {place: self._log.mark(place) for place in positions if 0 < place <= self.position}
        return {place: mark for place, mark in found.items() if mark}


for _name in Seen.__abstractmethods__ - {"touched", "marks"}:
    setattr(Seen, _name, None)
Seen.__abstractmethods__ = frozenset()


@pytest.fixture
def touches() -> Touches:
    return Touches()


async def is_true(touches: Touches, seen: Seen, kept: KeptHead, hours: tuple[int, int] = (0, 100)) -> bool:
    return await touches.look(WORKSPACE, seen) and await touches.is_untouched(
        WORKSPACE, kept, hours[0] * HOUR, hours[1] * HOUR, seen
    )


async def kept_at(touches: Touches, seen: Seen) -> KeptHead:
    assert await touches.look(WORKSPACE, seen)
    return KeptHead(seen.position, touches.mark_at(seen.position) or "")


async def test_only_hours_that_were_touched_since_have_to_be_counted_anew(touches: Touches) -> None:
    log = Log("a", 1, 2, 3)
    kept = await kept_at(touches, log.snapshot())
    log.hours += [5, 7]
    assert await is_true(touches, log.snapshot(), kept, (0, 5))
    assert not await is_true(touches, log.snapshot(), kept, (5, 6))
    assert await is_true(touches, log.snapshot(), kept, (6, 7))
    assert not await is_true(touches, log.snapshot(), kept, (0, 100))


async def test_as_long_as_the_log_stands_still_no_hours_are_asked_for(touches: Touches) -> None:
    log = Log("a", 1, 2, 3)
    kept = await kept_at(touches, log.snapshot())
    asked = log.asked
    assert await is_true(touches, log.snapshot(), kept)
    assert log.asked == asked


async def test_another_log_is_told_apart_though_it_is_as_long(touches: Touches) -> None:
    log = Log("a", 1, 2, 3)
    kept = await kept_at(touches, log.snapshot())
    restored = log.copy(2, "b")
    restored.hours.append(3)
    assert not await is_true(touches, restored.snapshot(), kept)
    assert not await is_true(touches, restored.snapshot(), kept)


async def test_where_nothing_tells_logs_apart_none_is_known(touches: Touches) -> None:
    log = Log("a", 1, 2)
    log.marks = {2: ""}
    assert not await touches.look(WORKSPACE, log.snapshot())
    assert touches.mark_at(Position(2)) is None


async def test_what_another_process_kept_is_taken_if_its_log_is_ours(touches: Touches) -> None:
    log = Log("a", 1, 2, 3, 4)
    theirs = KeptHead(Position(3), "a-3")
    assert await is_true(touches, log.snapshot(), theirs, (0, 4))
    assert not await is_true(touches, log.snapshot(), theirs, (4, 5))
    assert not await is_true(touches, log.snapshot(), KeptHead(Position(3), "b-3"), (0, 4))
    assert not await is_true(touches, log.snapshot(), KeptHead(Position(9), "a-9"), (0, 4))


async def test_nothing_kept_of_another_log_is_true(touches: Touches) -> None:
    log = Log("a", 1, 2, 3, 4)
    kept = await kept_at(touches, log.snapshot())
    restored = log.copy(2, "b")
    restored.hours += [1, 1, 1]
    assert not await is_true(touches, restored.snapshot(), kept)
    assert not await is_true(touches, restored.snapshot(), kept)
    assert await kept_at(touches, restored.snapshot())


async def test_what_was_kept_before_two_logs_parted_is_true_of_both_but_for_what_came_since(touches: Touches) -> None:
    log = Log("a", 1, 2)
    kept = await kept_at(touches, log.snapshot())
    log.hours += [3, 3]
    await kept_at(touches, log.snapshot())
    restored = log.copy(2, "b")
    restored.hours += [7, 7, 7]
    assert not await is_true(touches, restored.snapshot(), kept, (0, 3))
    assert await is_true(touches, restored.snapshot(), kept, (0, 7))
    assert not await is_true(touches, restored.snapshot(), kept, (7, 8))


async def test_a_log_cut_short_is_found_out_though_it_never_grows_again(touches: Touches) -> None:
    log = Log("a", 1, 2, 3, 4)
    await kept_at(touches, log.snapshot())
    cut = log.copy(2, "b")
    cut.hours.append(1)
    for _ in range(touches_module.MOST_STRANGE + 1):
        assert not await touches.look(WORKSPACE, cut.snapshot())
    assert await touches.look(WORKSPACE, cut.snapshot())


async def test_an_older_snapshot_that_was_looked_at_is_known(touches: Touches) -> None:
    log = Log("a", 1, 2, 3)
    older = log.snapshot()
    kept = await kept_at(touches, older)
    log.hours += [1]
    await kept_at(touches, log.snapshot())
    assert await is_true(touches, older, kept)
    assert not await is_true(touches, older, KeptHead(Position(4), "a-4"), (0, 2))
    assert await is_true(touches, older, KeptHead(Position(4), "a-4"), (2, 9))


async def test_marks_that_are_forgotten_are_asked_for_again(touches: Touches, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touches_module, "MOST_MARKS", 2)
    log = Log("a")
    kept = []
    for hour in range(5):
        log.hours.append(hour)
        kept.append(await kept_at(touches, log.snapshot()))
    for position, one in enumerate(kept):
        assert await is_true(touches, log.snapshot(), one, (0, position + 1))


async def test_an_empty_log_is_the_beginning_of_every_log(touches: Touches) -> None:
    kept = await kept_at(touches, Log("a").snapshot())
    log = Log("b", 3)
    assert await is_true(touches, log.snapshot(), kept, (0, 3))
    assert not await is_true(touches, log.snapshot(), kept, (3, 4))
