import numpy as np
import pytest
from pyroaring import BitMap

from shadower.adapters.rollups.id_sets import LARGEST_PLAIN, bitmap, decode_sets, encode_sets, runs
from shadower.adapters.rollups.pages import RollupUnreadable
from shadower.adapters.rollups.table import AGENTS, SESSIONS, USERS, Ints

ONE_PAGE = np.array([0, 2])


def ids(sets: dict[tuple[int, int], set[int]]) -> Ints:
    """From (row, kind) and numbers."""
    return np.array(
        sorted((row << 2 | kind) << 32 | number for (row, kind), found in sets.items() for number in found),
        dtype=np.int64,
    )


def content(blobs: list[bytes], bounds: Ints) -> dict[tuple[int, int], set[int]]:
    small, large = decode_sets(blobs, bounds)
    found = {tag: set(numbers) for tag, numbers in runs(small)}
    found |= {tag: set(bitmap(serialised)) for tag, serialised in large.items()}
    return {(tag >> 2, tag & 3): numbers for tag, numbers in found.items()}


def test_sets_come_back_on_either_side_of_the_size_at_which_they_become_bitmaps() -> None:
    sets = {
        (0, USERS): set(range(1, LARGEST_PLAIN + 1)),
        (0, SESSIONS): set(range(1, LARGEST_PLAIN + 2)),
        (1, AGENTS): {2**32 - 1},
        (3, USERS): {5, 2**31},
    }
    bounds = np.array([0, 2, 2, 4])
    blobs = encode_sets(ids(sets), {}, bounds)
    assert blobs[1] == b""
    assert content(blobs, bounds) == sets
    assert list(decode_sets(blobs, bounds)[1]) == [0 << 2 | SESSIONS]


def test_a_bitmap_takes_in_new_ids() -> None:
    old = {0 << 2 | USERS: BitMap(range(100)).serialize()}
    blobs = encode_sets(ids({(0, USERS): {50, 7_000}, (1, USERS): {1}}), old, ONE_PAGE)
    assert content(blobs, ONE_PAGE) == {(0, USERS): {*range(100), 7_000}, (1, USERS): {1}}


def test_a_set_is_the_same_bytes_however_it_grew() -> None:
    whole = encode_sets(ids({(0, USERS): set(range(1, 200))}), {}, ONE_PAGE)
    half = encode_sets(ids({(0, USERS): set(range(1, 101))}), {}, ONE_PAGE)
    _, bitmaps = decode_sets(half, ONE_PAGE)
    assert encode_sets(ids({(0, USERS): set(range(80, 200))}), bitmaps, ONE_PAGE) == whole


def test_ids_of_a_row_the_page_does_not_have_are_refused() -> None:
    for numbers in ({1}, set(range(100))):
        blobs = encode_sets(ids({(1, USERS): numbers}), {}, ONE_PAGE)
        with pytest.raises(RollupUnreadable, match="does not have"):
            decode_sets(blobs, np.array([0, 1]))


def test_sets_that_are_damaged_are_refused() -> None:
    (blob,) = encode_sets(ids({(0, USERS): set(range(100)), (1, AGENTS): {3}}), {}, ONE_PAGE)
    for damaged in (blob[:-1], blob + b"x", blob[:12], blob[:3], b"\x09" + blob[1:]):
        with pytest.raises(RollupUnreadable):
            decode_sets([damaged], ONE_PAGE)


def test_a_bitmap_that_is_none_is_refused() -> None:
    for damaged in (b"", b"abc", BitMap(range(100)).serialize()[:-1]):
        with pytest.raises(RollupUnreadable):
            bitmap(damaged)
