"""Handing events to a projection that has its effect outside."""

from collections.abc import Sequence

from shadower.application.ports.projection import OutsideProjection
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import RecordedEvent
from shadower.domain.projections.set_aside import said_of


class ReceiverUnavailable(Unavailable):
    """What a projection delivers to does not answer."""

    code = "receiver_unavailable"


async def deliver(projection: OutsideProjection, events: Sequence[RecordedEvent]) -> None:
    """Hand over the events. Raises ReceiverUnavailable for an OSError, and whatever else the projection raises."""
    try:
        await projection.deliver(events)
    except OSError as error:
        raise ReceiverUnavailable(
            f"What the projection {projection.name} delivers to does not answer: {said_of(error)}."
        ) from error
