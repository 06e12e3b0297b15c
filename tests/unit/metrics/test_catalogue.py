import re
from decimal import Decimal
from fractions import Fraction

import pytest

from shadower.domain.metrics.catalogue import METRICS, UnknownMetric, metric_named, needs_of
from shadower.domain.metrics.decimals import Value
from shadower.domain.metrics.definition import Kind, Metric, Unit, WindowMetric
from shadower.domain.metrics.histogram import PlainHistogram, bin_of
from shadower.domain.metrics.tally import Needs, Tally

A_DAY = Fraction(24)

BUSY = Tally(
    events=20,
    executions=10,
    successes=6,
    failures=2,
    cancelled=1,
    duration_count=4,
    duration_sum=10_001,
    duration_min=1,
    duration_max=7_000,
    histogram=PlainHistogram(dict.fromkeys(map(bin_of, (1, 1_000, 2_000, 7_000)), 1)),
    credits=12_000_000,
    cost=5_000_000_000,
    tokens_in=300,
    tokens_out=400,
    execution_credits=2_500_000,
    execution_cost=1_000_000_000,
    users={"ann", "bob"},
    agents={"scribe"},
    sessions={"s1", "s2", "s3"},
)


def value(name: str, tally: Tally, hours: Fraction = A_DAY) -> Value:
    metric = metric_named(name)
    assert isinstance(metric, Metric)
    return metric.compute(tally, hours)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("events", 20),
        ("executions", 10),
        ("successes", 6),
        ("failures", 2),
        ("cancelled", 1),
        ("duration_count", 4),
        ("duration_sum", Decimal("10.001")),
        ("duration_min", Decimal("0.001")),
        ("duration_max", Decimal("7.000")),
        ("credits", Decimal(12)),
        ("cost", Decimal(5)),
        ("tokens_in", 300),
        ("tokens_out", 400),
        ("success_rate", Decimal("0.75")),
        ("error_rate", Decimal("0.25")),
        ("avg_duration", Decimal("2.50025")),
        ("p50", Decimal("1.003")),
        ("p75", Decimal("2.007")),
        ("p90", Decimal("7.000")),
        ("p95", Decimal("7.000")),
        ("p99", Decimal("7.000")),
        ("throughput", Decimal("0.416666666667")),
        ("credits_per_execution", Decimal("0.25")),
        ("cost_per_success", Decimal("0.166666666667")),
        ("active_users", 2),
        ("active_agents", 1),
        ("sessions", 3),
    ],
)
def test_each_metric_says_of_a_tally_what_its_definition_says(name: str, expected: Value) -> None:
    assert value(name, BUSY) == expected


def test_every_metric_has_an_example_above() -> None:
    marks = test_each_metric_says_of_a_tally_what_its_definition_says.pytestmark  # type: ignore[attr-defined]
    shown = {name for name, _ in marks[0].args[1]}
    assert shown | {"dau", "wau", "mau", "stickiness"} == set(METRICS)


@pytest.mark.parametrize("metric", [m for m in METRICS.values() if isinstance(m, Metric)], ids=lambda m: m.name)
def test_without_events_counts_and_sums_are_zero_and_all_else_is_unknown(metric: Metric) -> None:
    extremes = {"duration_min", "duration_max"}
    derived = {"success_rate", "error_rate", "avg_duration", "credits_per_execution", "cost_per_success"}
    percentiles = {"p50", "p75", "p90", "p95", "p99"}
    expected = None if metric.name in extremes | derived | percentiles else 0
    assert metric.compute(Tally(), A_DAY) == expected


def test_counts_are_integers_and_all_else_is_decimal() -> None:
    for metric in METRICS.values():
        if isinstance(metric, Metric):
            wanted = int if metric.unit in {Unit.COUNT, Unit.TOKENS} else Decimal
            assert type(metric.compute(BUSY, A_DAY)) is wanted, metric.name


def test_cancelled_runs_are_in_neither_rate() -> None:
    assert value("success_rate", Tally(executions=3, cancelled=3)) is None
    assert value("success_rate", Tally(executions=4, successes=1, cancelled=3)) == 1


def test_throughput_counts_elapsed_hours() -> None:
    assert value("throughput", Tally(executions=47), Fraction(47, 2)) == 2


def test_what_a_metric_does_not_need_does_not_change_it() -> None:
    parts = {Needs.HISTOGRAM: "histogram", Needs.USERS: "users", Needs.AGENTS: "agents", Needs.SESSIONS: "sessions"}
    names = [name for name in Tally.__dataclass_fields__ if name not in parts.values()]
    for metric in METRICS.values():
        if isinstance(metric, Metric):
            kept = [*names, *(name for need, name in parts.items() if need in metric.needs)]
            lean = Tally(**{name: getattr(BUSY, name) for name in kept})
            assert metric.compute(lean, A_DAY) == metric.compute(BUSY, A_DAY), metric.name


def test_a_question_needs_what_its_metrics_need_together() -> None:
    assert needs_of([]) == Needs.SUMS
    assert needs_of([METRICS["events"], METRICS["p95"], METRICS["wau"]]) == Needs.HISTOGRAM | Needs.USERS


@pytest.mark.parametrize(("name", "days"), [("dau", 1), ("wau", 7), ("mau", 30), ("stickiness", 30)])
def test_rolling_metrics_look_back_over_local_days(name: str, days: int) -> None:
    metric = metric_named(name)
    assert isinstance(metric, WindowMetric)
    assert metric.days == days
    assert list(metric.series([{"ann"}] * (days + 2))) == [1, 1, 1]
    assert metric.needs == Needs.USERS


def test_every_definition_reads_as_one_sentence_and_has_a_version() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.title
        assert re.fullmatch(r"[A-Z][^.]*\.", metric.description), metric.description
        assert metric.version == 1


def test_what_is_summed_over_events_is_base_and_the_rest_is_derived() -> None:
    base = [name for name, metric in METRICS.items() if metric.kind is Kind.BASE]
    assert base == [
        *("events", "executions", "successes", "failures", "cancelled"),
        *("duration_count", "duration_sum", "duration_min", "duration_max"),
        *("credits", "cost", "tokens_in", "tokens_out"),
    ]


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownMetric, match="Did you mean success_rate") as caught:
        metric_named("sucess_rate")
    assert (caught.value.code, caught.value.field) == ("unknown_metric", "metric")


def test_a_very_long_name_is_not_echoed_whole() -> None:
    with pytest.raises(UnknownMetric) as caught:
        metric_named("x" * 100_000)
    assert len(str(caught.value)) < 200
