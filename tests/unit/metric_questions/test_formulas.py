"""Computing many metrics at once, and ranking by them."""

from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from shadower.domain.events.moments import DAY
from shadower.domain.metrics.calendar import Bucket
from shadower.domain.metrics.catalogue import METRICS
from shadower.domain.metrics.cells import Cells, cut_frame, whole_frame
from shadower.domain.metrics.definition import Metric
from shadower.domain.metrics.formulas import Formulas
from shadower.domain.metrics.periods import Range
from shadower.domain.metrics.ranking import by_key, by_value
from shadower.domain.metrics.tally import Tally
from shadower.testing import NOW, an_event

UTC = ZoneInfo("UTC")
PLAIN = [metric for metric in METRICS.values() if isinstance(metric, Metric)]


def a_tally(*durations: int) -> Tally:
    tally = Tally()
    for duration in durations:
        tally.count(an_event(duration_us=duration, user_id=f"u{duration}"))
    return tally


def test_all_metrics_at_once_are_what_each_definition_says_alone() -> None:
    tally = a_tally(*(n * n * 1000 for n in range(200)))
    frame = whole_frame(Range(NOW - DAY, NOW), 0, UTC)
    values = Formulas(PLAIN).totals(frame, Cells({0: tally}))
    assert values == {metric.name: metric.compute(tally, Fraction(24)) for metric in PLAIN}


def test_a_bucket_without_events_has_the_values_of_nothing_and_one_without_time_has_none() -> None:
    buckets = [Bucket(0, NOW - DAY, NOW - 1), Bucket(0, NOW - 1, NOW), Bucket(0, NOW, NOW)]
    formulas = Formulas([METRICS["events"], METRICS["throughput"], METRICS["p99"]])
    frame = cut_frame(Range(NOW - DAY, NOW), buckets, 0, UTC)
    values = formulas.over_time(frame, Cells({0: a_tally(5000)}))
    assert values["events"] == [1, 0, None]
    assert values["throughput"][1:] == [Decimal(0), None]
    assert values["p99"] == [Decimal(5), None, None]


def test_adding_cells_leaves_those_added_as_they_were() -> None:
    one, two, rest = Cells({0: a_tally(1)}), Cells({0: a_tally(2, 3), 1: a_tally(4)}), Cells()
    rest.add(one)
    rest.add(two)
    assert (rest.total().events, rest.buckets[0].users, rest.total().users) == (
        4,
        {"u1", "u2", "u3"},
        {"u1", "u2", "u3", "u4"},
    )
    assert (one.total(), two.buckets[0]) == (a_tally(1), a_tally(2, 3))


def test_groups_are_ranked_exactly_however_large_their_sums_are() -> None:
    large, larger, largest = (Decimal(10**40 + more) for more in range(3))
    values = {"b": large, "a": larger, "d": None, None: larger, "c": largest}
    assert by_value(values) == ["c", "a", None, "b", "d"]
    assert by_value(values, descending=False) == ["b", "a", None, "c", "d"]


def test_groups_come_by_code_points_and_the_missing_one_last() -> None:
    groups = ["b", None, "ä", "Z", "a"]
    assert by_key(groups) == ["Z", "a", "b", "ä", None]
    assert by_key(groups, descending=True) == ["ä", "b", "a", "Z", None]
