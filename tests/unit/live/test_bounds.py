import pytest

from shadower.domain.keys.key import KeyId
from shadower.domain.live.allowance import Allowance
from shadower.domain.live.pulse import HEARTBEAT, LONGEST_SEND, Pulse
from shadower.domain.live.seats import LiveFull, Seats, TooManyConnections, Transport

ADA, BEN = KeyId(1), KeyId(2)
SOCKET, STREAM = Transport.SOCKET, Transport.STREAM


def test_a_burst_is_allowed_and_one_more_is_not() -> None:
    allowance = Allowance(per_second=2, burst=5)
    assert [allowance.spend(10.0) for _ in range(6)] == [True] * 5 + [False]


def test_what_was_spent_comes_back_with_time_and_never_beyond_the_burst() -> None:
    allowance = Allowance(per_second=2, burst=5)
    assert all(allowance.spend(10.0) for _ in range(5))
    assert not allowance.spend(10.4)
    assert allowance.spend(10.5)
    assert not allowance.spend(10.5)
    assert [allowance.spend(1_000.0) for _ in range(6)] == [True] * 5 + [False]


def test_the_last_seat_is_given_and_no_further_one() -> None:
    seats = Seats(most=3, most_sockets=3, most_per_key=9)
    for transport in (SOCKET, STREAM, STREAM):
        seats.take(ADA, transport)
    for transport in Transport:
        with pytest.raises(LiveFull):
            seats.take(BEN, transport)
    seats.leave(ADA, STREAM)
    seats.take(BEN, SOCKET)
    assert (seats.taken(SOCKET), seats.taken(STREAM)) == (2, 1)


def test_when_there_are_enough_websockets_there_is_room_for_streams() -> None:
    seats = Seats(most=9, most_sockets=2, most_per_key=9)
    seats.take(ADA, SOCKET)
    seats.take(ADA, SOCKET)
    with pytest.raises(LiveFull, match="event stream"):
        seats.take(BEN, SOCKET)
    seats.take(BEN, STREAM)


def test_a_key_has_its_share_and_takes_none_of_anothers() -> None:
    seats = Seats(most=9, most_sockets=9, most_per_key=2)
    seats.take(ADA, SOCKET)
    seats.take(ADA, STREAM)
    with pytest.raises(TooManyConnections):
        seats.take(ADA, STREAM)
    seats.take(BEN, STREAM)
    seats.leave(ADA, SOCKET)
    seats.take(ADA, STREAM)


def test_a_machine_that_gives_less_lowers_the_number_of_seats() -> None:
    seats = Seats(most=9, most_sockets=9, most_per_key=9)
    seats.lower(1)
    seats.lower(5)
    seats.take(ADA, STREAM)
    with pytest.raises(LiveFull):
        seats.take(BEN, STREAM)


def test_a_connection_is_silent_only_while_nothing_is_being_said() -> None:
    pulse = Pulse(100.0)
    assert not pulse.is_silent(100.0 + HEARTBEAT - 0.1)
    assert pulse.is_silent(100.0 + HEARTBEAT)
    pulse.saying(200.0)
    assert not pulse.is_silent(200.0 + HEARTBEAT)
    pulse.said(201.0)
    assert not pulse.is_silent(200.0 + HEARTBEAT)


def test_a_connection_is_stuck_when_a_message_is_not_taken_in() -> None:
    pulse = Pulse(100.0)
    assert not pulse.is_stuck(1_000.0)
    pulse.saying(1_000.0)
    assert not pulse.is_stuck(1_000.0 + LONGEST_SEND - 0.1)
    assert pulse.is_stuck(1_000.0 + LONGEST_SEND)
    pulse.said(1_061.0)
    assert not pulse.is_stuck(2_000.0)
