from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from shadower.domain.metrics.histogram import PlainHistogram, bin_of, bounds, midpoint, quantile

LONGEST = 10**13

# Durations of very different sizes: a number of bits first, then a number of so many bits.
durations = st.integers(0, 43).flatmap(lambda bits: st.integers((1 << bits) >> 1, min(1 << bits, LONGEST)))
quantiles = st.fractions(0, 1) | st.sampled_from([Fraction(n, 100) for n in (50, 75, 90, 95, 99)])


def histogram_of(values: Sequence[int]) -> PlainHistogram:
    return PlainHistogram(Counter(map(bin_of, values)))


@given(durations)
def test_a_value_lies_in_its_bin(value: int) -> None:
    low, high = bounds(bin_of(value))
    assert low <= value < high


@given(durations, durations)
def test_bins_are_ordered_as_their_values(one: int, other: int) -> None:
    assert (one <= other) <= (bin_of(one) <= bin_of(other))


@given(durations)
@example(LONGEST)
def test_the_midpoint_is_within_one_part_in_128_of_every_value_of_its_bin(value: int) -> None:
    assert abs(midpoint(bin_of(value)) - value) * 128 <= value


@given(st.lists(durations, min_size=1), quantiles)
def test_a_quantile_is_within_one_percent_of_the_exact_nearest_rank(values: list[int], q: Fraction) -> None:
    exact = sorted(values)[max(1, ceil(q * len(values))) - 1]
    found = quantile(histogram_of(values), q, min(values), max(values))
    assert found is not None
    assert abs(found - exact) * 100 <= exact
    assert min(values) <= found <= max(values)


@given(st.lists(durations, min_size=1), st.lists(quantiles, min_size=2))
def test_quantiles_never_cross(values: list[int], qs: list[Fraction]) -> None:
    histogram = histogram_of(values)
    found = [quantile(histogram, q, min(values), max(values)) or 0 for q in sorted(qs)]
    assert found == sorted(found)


@given(st.lists(durations, min_size=1), quantiles, st.randoms(use_true_random=False))
def test_a_quantile_does_not_depend_on_the_order_of_bins(values: list[int], q: Fraction, random: Random) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    assert quantile(histogram_of(values), q) == quantile(histogram_of(shuffled), q)
