import numpy as np
import pytest

from shadower.adapters.rollups.codec import decode_rows, encode_rows
from shadower.adapters.rollups.pages import RollupUnreadable


def encoded(*pages: list[list[int]]) -> list[bytes]:
    rows = np.array([row for page in pages for row in page], dtype=np.int64).reshape(-1, 2)
    return encode_rows(rows, np.cumsum([0, *map(len, pages)]))


@pytest.mark.parametrize("largest", [1, 2**16 - 1, 2**16, 2**32 - 1, 2**32, 2**63 - 1])
@pytest.mark.parametrize("rows", [1, 500])
def test_rows_come_back_whatever_the_width_of_their_numbers(largest: int, rows: int) -> None:
    page = [[number, largest] for number in range(rows)]
    found, bounds = decode_rows(encoded(page), 2)
    assert found.tolist() == page
    assert bounds.tolist() == [0, rows]


def test_pages_of_every_width_and_none_keep_their_order() -> None:
    pages = [[[1, 2]] * 300, [], [[3, 2**40]], [[5, 2**20]] * 70, [], [[1, 1]]]
    found, bounds = decode_rows(encoded(*pages), 2)
    assert found.tolist() == [row for page in pages for row in page]
    assert bounds.tolist() == [0, 300, 300, 301, 371, 371, 372]


def test_no_rows_are_no_bytes() -> None:
    assert encoded([], []) == [b"", b""]
    assert decode_rows([b"", b""], 2)[1].tolist() == [0, 0, 0]


def test_large_blobs_are_compressed_and_small_ones_are_not() -> None:
    large, small = encoded([[7, 7]] * 1000, [[7, 7]] * 10)
    assert len(large) < 100
    assert small[2:] == np.full(20, 7, dtype="<u2").tobytes()


@pytest.mark.parametrize(
    ("blob", "says"),
    [
        (b"\x02\x00\x01\x00\x01\x00", "begins with 0200"),
        (b"\x01\x07\x01\x00\x01\x00", "begins with 0107"),
        (b"\x01", "begins with 01"),
        (b"\x01\x00\x01\x00\x01", "ends within a row"),
        (b"\x01\x80nonsense", "does not decompress"),
    ],
)
def test_what_is_no_blob_of_this_version_is_refused(blob: bytes, says: str) -> None:
    with pytest.raises(RollupUnreadable, match=says):
        decode_rows([blob], 2)


def test_a_blob_cut_short_is_refused() -> None:
    (blob,) = encoded([[number, number * number] for number in range(400)])
    with pytest.raises(RollupUnreadable):
        decode_rows([blob[:-5]], 2)
