"""The charts of the overview, by name."""

from shadower.application.charts.scales import Unit
from shadower.application.charts.spec import Series, Spec
from shadower.application.charts.timeseries import lines, percentile_band, stacked_bars

STATUSES = (
    Series("Success", "success"),
    Series("Failure", "failure"),
    Series("Cancelled", "cancelled"),
    Series("No status", "none"),
)


def overview_charts() -> dict[str, Spec]:
    """What the overview draws: executions by status, duration, success rate, credits and cost."""
    return {
        "executions": stacked_bars(STATUSES, unit=Unit.COUNT, description="Executions over time by status"),
        "duration": percentile_band(
            Series("p50", "low"),
            Series("p95", "middle"),
            Series("p99", "high"),
            unit=Unit.MILLISECONDS,
            description="Duration of executions over time: 50th, 95th and 99th percentile",
        ),
        "success_rate": lines(
            [Series("Success rate", "accent")], unit=Unit.RATIO, description="Success rate over time"
        ),
        "credits": stacked_bars([Series("Credits", "accent")], unit=Unit.AMOUNT, description="Credits over time"),
        "cost": stacked_bars([Series("Cost", "accent")], unit=Unit.AMOUNT, description="Cost over time"),
    }


def events_charts() -> dict[str, Spec]:
    """What the explorer draws: how many events match, over time."""
    return {"events": stacked_bars([Series("Events", "accent")], unit=Unit.COUNT, description="Events over time")}


def health_charts() -> dict[str, Spec]:
    """What data health draws: events received per minute, by outcome."""
    outcomes = (
        Series("Stored", "success"),
        Series("Duplicates", "none"),
        Series("Conflicts", "cancelled"),
        Series("Rejected", "failure"),
    )
    return {"ingest": stacked_bars(outcomes, unit=Unit.COUNT, description="Events received per minute, by outcome")}
