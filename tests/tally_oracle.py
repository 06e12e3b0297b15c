"""What a tally must say: a loop over all events and the definitions, sharing no code with the stores."""

from collections import Counter
from collections.abc import Sequence

from shadower.domain.events.event import Event
from shadower.domain.events.filters import Filters, OneOf
from shadower.domain.metrics.histogram import bin_of
from shadower.domain.metrics.question import Aggregation, Group, Tallies
from shadower.domain.metrics.tally import Needs, Tally

AMOUNTS = ("credits", "cost", "tokens_in", "tokens_out")
SUMS = (
    *("events", "executions", "successes", "failures", "cancelled"),
    *("duration_count", "duration_sum", "duration_min", "duration_max"),
    *AMOUNTS,
    *("execution_credits", "execution_cost"),
)
IDS = ((Needs.USERS, "users"), (Needs.AGENTS, "agents"), (Needs.SESSIONS, "sessions"))


def cuts(start: int, end: int, width: int) -> list[int]:
    return [*range(start, end, width), end]


def brute_force(events: Sequence[Event], asked: Aggregation) -> dict[Group, dict[int, list[Event]]]:
    """Put each event asked for into its group and bucket, by comparing it with every cut."""
    found: dict[Group, dict[int, list[Event]]] = {}
    for event in events:
        if meant(event, asked.filters):
            group = None if asked.group_by is None else getattr(event, asked.group_by)
            for bucket in range(len(asked.cuts) - 1):
                if asked.cuts[bucket] <= event.occurred_at < asked.cuts[bucket + 1]:
                    found.setdefault(group, {}).setdefault(bucket, []).append(event)
    return found


def meant(event: Event, filters: Filters) -> bool:
    """Compare each field with everything that is asked of it."""
    for field, wanted in filters.items():
        value = getattr(event, field)
        if isinstance(wanted, OneOf):
            if not any(value == one for one in wanted.values):
                return False
        elif value is None:
            return False
    return True


def counted(events: Sequence[Event], needs: Needs) -> dict[str, object]:
    """Say from the definitions what some events add up to."""
    runs = [event for event in events if event.type in ("agent.executed", "agent.failed")]
    durations = [run.duration_us for run in runs if run.duration_us is not None]
    active = [event for event in events if event.source != "shadower"]
    told: dict[str, object] = {
        "events": len(events),
        "executions": len(runs),
        "successes": sum(run.status == "success" for run in runs),
        "failures": sum(run.status == "failure" for run in runs),
        "cancelled": sum(run.status == "cancelled" for run in runs),
        "duration_count": len(durations),
        "duration_sum": sum(durations),
        "duration_min": min(durations, default=None),
        "duration_max": max(durations, default=None),
        "execution_credits": sum(run.credits or 0 for run in runs),
        "execution_cost": sum(run.cost or 0 for run in runs),
    }
    told |= {name: sum(getattr(event, name) or 0 for event in events) for name in AMOUNTS}
    if Needs.HISTOGRAM in needs:
        told["histogram"] = dict(Counter(map(bin_of, durations)))
    for need, name in IDS:
        if need in needs:
            told[name] = len({getattr(event, f"{name[:-1]}_id") for event in active} - {None})
    return told


def plain(tally: Tally, needs: Needs) -> dict[str, object]:
    """Return what is asked of a tally, sets as their sizes."""
    told: dict[str, object] = {name: getattr(tally, name) for name in SUMS}
    if Needs.HISTOGRAM in needs:
        told["histogram"] = dict(tally.histogram.items())
    for need, name in IDS:
        if need in needs:
            told[name] = len(getattr(tally, name) or ())
    return told


def plain_tallies(tallies: Tallies, needs: Needs) -> dict[Group, dict[int, dict[str, object]]]:
    told = {
        group: {bucket: plain(tally, needs) for bucket, tally in buckets.items()} for group, buckets in tallies.items()
    }
    return {group: buckets for group, buckets in told.items() if buckets}
