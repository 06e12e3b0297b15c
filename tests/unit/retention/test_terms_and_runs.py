"""How long events are kept, and when somebody should look at a run."""

import pytest

from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import DAY
from shadower.domain.retention.removed import Removed
from shadower.domain.retention.run import LONGEST_DETAIL, OVERDUE, SILENCE, RetentionRun, RunId, RunState
from shadower.domain.retention.term import FOREVER, RetentionDaysInvalid, Term
from shadower.testing import NOW

RUN = RetentionRun(RunId(1), WorkspaceId(1), NOW - 30 * DAY, dry_run=False, started_at=NOW, touched_at=NOW)


def test_a_term_counts_back_from_now() -> None:
    assert Term(30).cutoff(NOW) == NOW - 30 * DAY
    assert FOREVER.cutoff(NOW) is None


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_term_is_a_day_to_a_hundred_years(days: int) -> None:
    with pytest.raises(RetentionDaysInvalid, match="1 to 36,500") as refused:
        Term(days)
    assert refused.value.field == "retention_days"


def test_a_run_that_says_nothing_for_long_is_dead_and_alarming() -> None:
    assert not RUN.is_dead(NOW + SILENCE)
    assert RUN.is_dead(NOW + SILENCE + 1)
    assert not RUN.is_alarming(NOW + SILENCE)
    assert RUN.is_alarming(NOW + SILENCE + 1)
    assert not RUN.finished(RunState.SUCCEEDED, NOW, removed=0).is_dead(NOW + 2 * SILENCE)


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.HELD_BACK, RunState.INTERRUPTED])
def test_a_run_that_did_not_succeed_is_alarming_at_once(state: RunState) -> None:
    assert RUN.finished(state, NOW, removed=0).is_alarming(NOW)


def test_a_run_that_succeeded_is_alarming_once_the_next_is_overdue() -> None:
    succeeded = RUN.finished(RunState.SUCCEEDED, NOW, removed=0)
    assert not succeeded.is_alarming(NOW + OVERDUE)
    assert succeeded.is_alarming(NOW + OVERDUE + 1)


def test_what_a_run_says_is_cut() -> None:
    assert RUN.finished(RunState.FAILED, NOW, removed=0, detail="x" * 5_000).detail == "x" * LONGEST_DETAIL


@pytest.mark.parametrize(
    ("kept", "whole"), [(None, (10, 20)), ((12, 15), (10, 20)), ((5, 15), (5, 20)), ((15, 25), (10, 25))]
)
def test_the_extent_of_a_workspace_takes_in_what_is_gone(kept: tuple[int, int] | None, whole: tuple[int, int]) -> None:
    assert Removed(3, 100, 10, 20).extent(kept) == whole
