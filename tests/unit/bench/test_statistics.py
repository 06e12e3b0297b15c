"""The arithmetic of figures."""

import pytest

from bench.statistics import Round, median, median_round, quantile


def test_p95_of_a_hundred_values_is_the_95th() -> None:
    assert quantile(range(100, 0, -1), 0.95) == 95


@pytest.mark.parametrize(("count", "rank"), [(1, 1), (19, 19), (20, 19), (21, 20), (200, 190)])
def test_a_quantile_is_the_smallest_value_that_enough_do_not_exceed(count: int, rank: int) -> None:
    assert quantile([float(n) for n in range(1, count + 1)], 0.95) == rank


def test_a_share_that_binary_cannot_write_picks_the_rank_that_was_meant() -> None:
    assert quantile(range(1, 101), 0.07) == 7


def test_there_is_no_quantile_of_nothing() -> None:
    with pytest.raises(ValueError, match="0 values"):
        quantile([], 0.5)


def test_the_median_of_an_even_number_of_values_lies_between_the_middle_two() -> None:
    assert median([4, 1, 3, 2]) == 2.5


def test_the_median_round_is_shown_whole_so_that_its_numbers_belong_together() -> None:
    shown = median_round([Round(10, 100), Round(90, 100), Round(40, 80)])
    assert (shown.value, shown.reference, shown.ratio) == (40, 80, 0.5)


def test_of_an_even_number_of_rounds_the_lower_middle_one_is_shown() -> None:
    assert median_round([Round(4, 1), Round(1, 1), Round(3, 1), Round(2, 1)]).ratio == 2


def test_a_duration_is_so_many_times_shorter_than_its_reference() -> None:
    assert Round(5, 500, times_faster=True).ratio == 100
