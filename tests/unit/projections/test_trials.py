"""Finding the events that a projection cannot take, without trying anything more often than it has to be."""

from hypothesis import given
from hypothesis import strategies as st

from shadower.domain.events.event import Position
from shadower.domain.projections.trial import Patience, Trial

PATIENT = Patience(tries=3, first_wait=1, longest_wait=5)


def run(length: int, batch: int, poison: set[int], patience: Patience) -> tuple[list[int], list[int], list[int]]:
    """Return what was taken, what was given up, and how many events were tried each time."""
    taken: list[int] = []
    given_up: list[int] = []
    tried: list[int] = []
    cursor, trial = Position(0), Trial(batch)
    while cursor < length:
        events = list(range(cursor + 1, min(cursor + trial.most, length) + 1))
        tried.append(len(events))
        assert len(tried) < 100_000, "it goes on for ever"
        if not poison & set(events):
            taken += events
            cursor = Position(events[-1])
            trial = trial.after_success(cursor, batch)
            continue
        following = trial.after_failure(len(events), Position(events[-1]), patience)
        if following is None:
            given_up += events
            cursor, trial = Position(events[-1]), Trial(batch)
        else:
            trial = following
    return taken, given_up, tried


@given(
    st.integers(1, 200),
    st.integers(1, 60),
    st.sets(st.integers(1, 200), max_size=8),
    st.integers(1, 4),
)
def test_whatever_is_poison_is_given_up_and_everything_else_taken_once_in_order(
    length: int, batch: int, poison: set[int], tries: int
) -> None:
    taken, given_up, tried = run(length, batch, poison, Patience(tries=tries))
    assert given_up == sorted(number for number in poison if number <= length)
    assert taken == [number for number in range(1, length + 1) if number not in poison]
    most_for_each = 2 * tries + 2 * batch.bit_length() + 1
    assert len(tried) <= len(given_up) * most_for_each + length // batch + 1


def test_a_batch_is_tried_as_it_is_before_it_is_halved_and_the_one_before_it_is_given_up() -> None:
    taken, given_up, tried = run(16, 16, {6}, PATIENT)
    assert given_up == [6]
    assert tried == [16, 16, 16, 8, 4, 4, 2, 1, 1, 1, 1, 10]
    assert len(taken) == 15


def test_a_batch_that_grew_meanwhile_is_tried_as_it_was() -> None:
    trial = Trial(500).after_failure(3, Position(3), PATIENT)
    assert trial is not None
    assert trial.most == 3


def test_waits_double_up_to_the_longest_and_a_first_try_waits_for_nothing() -> None:
    assert [PATIENT.wait(failures) for failures in range(6)] == [0, 1, 2, 4, 5, 5]
