"""How many live connections there is room for."""

import resource

import pytest
from structlog.testing import capture_logs

from shadower.domain.keys.key import KeyId
from shadower.domain.live.seats import LiveFull, Seats, Transport
from shadower.entrypoints.open_files import make_room

LIVE = 10
NEEDED = LIVE + 2048 + 256


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The soft and the hard limit, as the system would keep them."""
    held = [0, 0]

    def change(_: int, to: tuple[int, int]) -> None:
        held[:] = to

    monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(held))
    monkeypatch.setattr(resource, "setrlimit", change)
    return held


def room_after(limits: list[int], *, soft: int, hard: int) -> tuple[int, list[object]]:
    """Return how many seats there are then, and what was said about it."""
    limits[:] = soft, hard
    seats = Seats(most=LIVE, most_sockets=LIVE, most_per_key=LIVE)
    with capture_logs() as said:
        make_room(seats, LIVE)
    for taken in range(LIVE):
        try:
            seats.take(KeyId(1), Transport.STREAM)
        except LiveFull:
            return taken, [line["live_connections"] for line in said]
    return LIVE, [line["live_connections"] for line in said]


def test_the_limit_is_raised_as_far_as_is_needed(limits: list[int]) -> None:
    assert room_after(limits, soft=1024, hard=NEEDED) == (LIVE, [])
    assert limits == [NEEDED, NEEDED]
    assert room_after(limits, soft=1024, hard=resource.RLIM_INFINITY) == (LIVE, [])
    assert limits == [NEEDED, resource.RLIM_INFINITY]


def test_one_file_too_few_is_one_connection_less(limits: list[int]) -> None:
    assert room_after(limits, soft=1024, hard=NEEDED - 1) == (LIVE - 1, [LIVE - 1])
    assert limits == [NEEDED - 1, NEEDED - 1]


def test_with_hardly_any_files_there_is_no_room_at_all(limits: list[int]) -> None:
    assert room_after(limits, soft=256, hard=256) == (0, [0])


def test_a_limit_that_is_high_enough_is_left_alone(limits: list[int]) -> None:
    assert room_after(limits, soft=NEEDED, hard=NEEDED + 5) == (LIVE, [])
    assert limits == [NEEDED, NEEDED + 5]
