from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest

from shadower.domain.metrics.histogram import PlainHistogram, bin_of, bounds, midpoint, quantile

TEN_MILLION_SECONDS = 10**13
"""The longest duration an event may have, in microseconds."""


def test_bins_follow_each_other_without_gap_or_overlap() -> None:
    edges = [bounds(number) for number in range(bin_of(TEN_MILLION_SECONDS) + 1)]
    assert edges[0][0] == 0
    assert all(high == low for (_, high), (low, _) in pairwise(edges))
    assert edges[-1][0] <= TEN_MILLION_SECONDS < edges[-1][1]


def test_the_longest_duration_needs_no_more_than_2500_bins() -> None:
    assert bin_of(TEN_MILLION_SECONDS) < 2_500


@pytest.mark.parametrize(
    ("value", "number"), [(0, 0), (63, 63), (64, 64), (127, 127), (128, 128), (129, 128), (256, 192)]
)
def test_bin_numbers_are_the_ones_stored_pages_were_written_with(value: int, number: int) -> None:
    assert bin_of(value) == number


def test_values_below_128_microseconds_are_kept_exactly() -> None:
    assert [midpoint(bin_of(value)) for value in range(128)] == list(range(128))


def test_a_negative_duration_has_no_bin() -> None:
    with pytest.raises(ValueError, match="negative"):
        bin_of(-1)


def test_an_empty_histogram_has_no_quantile() -> None:
    assert quantile(PlainHistogram(), Fraction(1, 2)) is None


def test_the_only_value_is_every_quantile_exactly() -> None:
    value = 1_234_567
    assert {quantile(PlainHistogram({bin_of(value): 1}), Fraction(n, 100), value, value) for n in range(101)} == {value}


def test_the_nearest_rank_is_an_observed_value_and_never_between_two() -> None:
    histogram = PlainHistogram({10: 1, 20: 1})
    assert quantile(histogram, Fraction(1, 2)) == 10
    assert quantile(histogram, Fraction(51, 100)) == 20


def test_a_decimal_quantile_has_no_rounding_of_its_own() -> None:
    histogram = PlainHistogram(dict.fromkeys(range(100), 10))
    assert quantile(histogram, Decimal("0.29")) == 28


def test_the_highest_rank_is_exactly_the_maximum() -> None:
    histogram = PlainHistogram({bin_of(1_000_000): 2})
    assert quantile(histogram, Fraction(1), 999_500, 1_000_100) == 1_000_100
    assert quantile(histogram, Fraction(0), 999_500, 1_000_100) == 999_500


@pytest.mark.parametrize("q", [Fraction(-1, 100), Decimal("1.01")])
def test_a_quantile_outside_zero_and_one_is_refused(q: Fraction | Decimal) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile({1: 1}, q)
