"""Trying again while there is hope, and no faster than the other side wants."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from shadower.application.ports.event_sink import EventSink, Receipt
from shadower.domain.errors import Unavailable

_T = TypeVar("_T")

_GROWTH = 1.5
_SHORTEST = 0.2
_LONGEST = 10.0
"""Seconds that waits grow to; longer only if the other side asks for it."""

Waiting = Callable[[Unavailable, float], None]
"""Told what is in the way and for how many seconds nothing will be tried."""


class Patience:
    """
    Repeats work that fails with Unavailable, until it succeeds.

    Gives up, raising what came last, once it has waited for `seconds` altogether. Waits at least as long as the error
    says, longer from time to time, and never in step with others.
    """

    def __init__(self, seconds: float, waiting: Waiting) -> None:
        self._seconds = seconds
        self._waiting = waiting

    async def __call__(self, work: Callable[[], Awaitable[_T]]) -> _T:
        waited = 0.0
        growth = 1.0
        while True:
            try:
                return await work()
            except Unavailable as error:
                wait = _wait(error, growth)
                if waited + wait > self._seconds:
                    raise
                self._waiting(error, wait)
            await asyncio.sleep(wait)
            waited += wait
            growth *= _GROWTH


class PatientSink(EventSink):
    """A sink whose absences are waited out."""

    def __init__(self, sink: EventSink, patience: Patience) -> None:
        self._sink = sink
        self._patience = patience

    async def send(self, events: Sequence[Mapping[str, object]]) -> Receipt:
        return await self._patience(lambda: self._sink.send(events))


def _wait(error: Unavailable, growth: float) -> float:
    told = float(error.retry_after)
    grown = min(max(told, _SHORTEST) * growth, _LONGEST)
    return max(told, grown) + random.uniform(0, _SHORTEST)  # noqa: S311 - to spread load, not to hide anything
