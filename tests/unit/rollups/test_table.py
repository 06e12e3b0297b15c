import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shadower.adapters.rollups.fold import bins_of
from shadower.adapters.rollups.table import grouped, packed, summed
from shadower.domain.metrics.histogram import bin_of

numbers = st.integers(0, 3) | st.integers(0, 2**62)
rows = st.lists(st.tuples(numbers, numbers, numbers), max_size=30)


@given(rows)
def test_packed_rows_compare_as_the_rows_do(found: list[tuple[int, int, int]]) -> None:
    key = packed(np.array(found, dtype=np.int64).reshape(-1, 3)).tolist()
    for mine, left in zip(key, found, strict=True):
        for other, right in zip(key, found, strict=True):
            assert (mine < other, mine == other) == (left < right, left == right)


@given(rows)
def test_groups_are_the_distinct_rows_in_order(found: list[tuple[int, int, int]]) -> None:
    order, starts, row_of = grouped(packed(np.array(found, dtype=np.int64).reshape(-1, 3)))
    distinct = sorted(set(found))
    assert [found[order[start]] for start in starts] == distinct
    assert [distinct[group] for group in row_of] == found


@given(st.lists(st.tuples(st.integers(0, 20) | st.integers(0, 2**60), st.integers(1, 2**40)), max_size=60))
def test_counts_of_equal_keys_are_added_whether_the_keys_are_dense_or_sparse(pairs: list[tuple[int, int]]) -> None:
    expected: dict[int, int] = {}
    for key, count in sorted(pairs):
        expected[key] = expected.get(key, 0) + count
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    keys, counts = summed(columns[:, 0], columns[:, 1])
    assert list(zip(keys.tolist(), counts.tolist(), strict=True)) == list(expected.items())


@given(st.lists(st.integers(0, 300) | st.integers(0, 2**53 - 1), min_size=1))
def test_bins_are_those_of_the_histogram(durations: list[int]) -> None:
    edges = [edge for bits in range(53) for edge in (2**bits - 1, 2**bits)]
    found = bins_of(np.array([*durations, *edges], dtype=np.int64)).tolist()
    assert found == [bin_of(duration) for duration in [*durations, *edges]]
