"""A session as its events tell it."""

from collections.abc import Iterable, Sequence

from shadower.application.ports.snapshot import Order, Session
from shadower.domain.events.event import EXECUTION_TYPES, RecordedEvent, Status

_NAMED = 10


def session_of(session_id: str, recorded: Sequence[RecordedEvent], order: Order = Order.NEWEST) -> Session:
    """Sum up a session from its events, of which there is at least one."""
    first = min(recorded, key=_moment)
    last = max(recorded, key=_moment)
    runs = [one.event for one in recorded if one.event.type in EXECUTION_TYPES]
    return Session(
        id=session_id,
        started_at=first.event.occurred_at,
        ended_at=last.event.occurred_at,
        last_position=(last if order is Order.NEWEST else first).position,
        events=len(recorded),
        executions=len(runs),
        failures=sum(run.status == Status.FAILURE for run in runs),
        users=_names(one.event.user_id for one in recorded),
        agents=_names(one.event.agent_id for one in recorded),
    )


def _moment(one: RecordedEvent) -> tuple[int, int]:
    return one.event.occurred_at, one.position


def _names(ids: Iterable[str | None]) -> Sequence[str]:
    return tuple(sorted({one for one in ids if one is not None})[:_NAMED])
