"""How far a group has come while its events are finished in any order."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shadower.domain.bus.reach import Reach
from shadower.domain.events.event import Position


def test_what_is_not_begun_yet_is_not_acknowledged() -> None:
    reach = Reach(Position(7))
    assert (reach.acknowledged, reach.taken, reach.open) == (7, 7, 0)


def test_everything_up_to_the_first_unfinished_event_is_acknowledged() -> None:
    reach = Reach(Position(7))
    for position in (8, 9, 12):
        assert reach.begin(Position(position))
    reach.finish(Position(9))
    assert (reach.acknowledged, reach.open) == (7, 2)
    reach.finish(Position(8))
    assert (reach.acknowledged, reach.open) == (11, 1)
    reach.finish(Position(12))
    assert (reach.acknowledged, reach.open) == (12, 0)


def test_what_nobody_wants_is_passed_by() -> None:
    reach = Reach(Position(0))
    reach.begin(Position(3))
    reach.pass_by(Position(9))
    assert (reach.acknowledged, reach.taken) == (2, 9)
    reach.finish(Position(3))
    reach.pass_by(Position(5))
    assert reach.acknowledged == 9


def test_an_event_is_begun_once() -> None:
    reach = Reach(Position(5))
    assert not reach.begin(Position(5))
    assert reach.begin(Position(6))
    assert not reach.begin(Position(6))
    assert (reach.is_open(Position(6)), reach.is_open(Position(5))) == (True, False)
    reach.finish(Position(6))
    assert not reach.begin(Position(6))
    assert not reach.is_open(Position(6))


@given(st.sets(st.integers(1, 60), min_size=1), st.randoms(use_true_random=False), st.integers(0, 60))
def test_the_acknowledged_position_never_covers_an_unfinished_event(
    positions: set[int], chance: Random, done: int
) -> None:
    reach = Reach(Position(0))
    for position in sorted(positions):
        reach.begin(Position(position))
    order = sorted(positions)
    chance.shuffle(order)
    finished, highest = order[:done], 0
    for position in finished:
        reach.finish(Position(position))
        assert reach.acknowledged >= highest
        highest = reach.acknowledged
    unfinished = sorted(positions - set(finished))
    assert reach.acknowledged == (unfinished[0] - 1 if unfinished else max(positions))
    assert reach.open == len(unfinished)
