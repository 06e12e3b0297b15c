"""Ids and tokens against RFC 9562 and RFC 4648."""

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import time_ns
from uuid import RFC_4122, UUID

import pytest

from shadower.adapters.system.clock import SystemClock
from shadower.adapters.system.secrets import SystemSecrets
from shadower.domain.events.identity import as_uuid, moment_in
from shadower.testing import NOW


@pytest.fixture
def new_id() -> Callable[[int], str]:
    return SystemSecrets().event_id


def test_an_event_id_is_a_uuid_of_version_7_in_canonical_text(new_id: Callable[[int], str]) -> None:
    for _ in range(1_000):
        text = new_id(NOW)
        parsed = UUID(text)
        assert (parsed.version, parsed.variant) == (7, RFC_4122)
        assert str(parsed) == text == as_uuid(text)


@pytest.mark.parametrize("now", [0, 999, 1_000, NOW, NOW + 999, 253_402_300_799_999_999])
def test_an_event_id_carries_its_millisecond(new_id: Callable[[int], str], now: int) -> None:
    assert moment_in(new_id(now)) == now - now % 1_000


def test_ids_of_one_millisecond_ascend(new_id: Callable[[int], str]) -> None:
    ids = [new_id(NOW + step % 1_000) for step in range(20_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_ids_of_later_milliseconds_sort_later(new_id: Callable[[int], str]) -> None:
    ids = [new_id(NOW + step * 1_000) for step in range(1_000)]
    assert ids == sorted(ids)


def test_every_random_bit_is_used(new_id: Callable[[int], str]) -> None:
    """The first id of a millisecond is random in all but one of its 74 bits; that one is kept for counting up."""
    numbers = [UUID(new_id(NOW + step * 1_000)).int for step in range(400)]
    seen = low = high = 0
    for number in numbers:
        tail = ((number >> 64) & 0xFFF) << 62 | number & (1 << 62) - 1
        seen += 1
        high |= tail
        low |= ~tail & (1 << 74) - 1
    assert high == low & high == (1 << 73) - 1
    assert seen == 400


def test_ids_made_in_many_threads_are_all_different(new_id: Callable[[int], str]) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: [new_id(NOW) for _ in range(2_000)], range(8)))
    ids = [one for some in made for one in some]
    assert len(set(ids)) == len(ids)
    assert all(some == sorted(some) for some in made)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_copy_of_the_process_makes_other_ids(new_id: Callable[[int], str]) -> None:
    new_id(NOW)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, new_id(NOW).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(read, 36).decode()
    os.close(read)
    os.close(write)
    mine = [new_id(NOW) for _ in range(3)]
    assert len(theirs) == 36
    assert theirs not in mine
    # Were the copy to go on from the same place, it would differ by one step, in the last 32 bits alone.
    assert all(theirs[:26] != one[:26] for one in mine)


def test_a_token_is_256_random_bits_in_url_safe_characters() -> None:
    tokens = {SystemSecrets().token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)


def test_the_clock_tells_micros_since_1970() -> None:
    before = time_ns() // 1_000
    assert before <= SystemClock().now() <= time_ns() // 1_000
