"""Telling what happens as it happens: over HTTP, as any producer would."""

import asyncio
from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import msgspec
import structlog

from shadower.application.ports.clock import Clock
from shadower.domain.events.moments import MINUTE
from shadower.entrypoints.demo.simulation import LONGEST_SESSION, Happening, Simulation
from shadower.entrypoints.reading.sent import EventIn

TICK = 0.4
"""Seconds."""
MOST_AT_ONCE = 1_000

_log = structlog.stdlib.get_logger("shadower.demo")


class Producer:
    """Sends events with a key, again and again until they are taken."""

    def __init__(self, url: str, key: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    async def send(self, events: Sequence[EventIn]) -> None:
        """Return once they are decided. The ids are theirs, so sending again makes no double."""
        body = msgspec.json.encode({"events": events})
        while (answer := await asyncio.to_thread(self._post, body)) != 200:
            _log.warning("the demo could not send its events, and will try again", answer=answer)
            await asyncio.sleep(2)

    def _post(self, body: bytes) -> int | str:
        try:
            self._connection.request("POST", "/api/v1/events", body, self._headers)
            response = self._connection.getresponse()
            response.read()
            return response.status
        except (OSError, HTTPException) as error:
            self._connection.close()
            return str(error) or type(error).__name__


class Present:
    """One company from now on, until cancelled."""

    def __init__(self, simulation: Simulation, producer: Producer, clock: Clock) -> None:
        self._simulation = simulation
        self._producer = producer
        self._clock = clock
        self._ahead: list[Happening] = []

    async def __call__(self, since: int) -> None:
        """Send everything that happens after `since` (micros), each when its moment comes."""
        minute = (since - LONGEST_SESSION) // MINUTE * MINUTE
        due: deque[EventIn] = deque()
        while True:
            now = self._clock.now()
            while minute <= now:
                for happening in self._simulation.minute(minute, live=True):
                    if happening.at > since:
                        heappush(self._ahead, happening)
                minute += MINUTE
            while self._ahead and self._ahead[0].at <= now:
                due.append(heappop(self._ahead).event)
            while due:
                await self._producer.send([due.popleft() for _ in range(min(len(due), MOST_AT_ONCE))])
            await asyncio.sleep(TICK)
