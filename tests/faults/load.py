"""Clients at work: some send, and send again until they are answered; some ask all the while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import httpx

from tests.faults.batches import Batch, Batches
from tests.faults.ledger import Ledger
from tests.faults.shadower_server import ShadowerServer
from tests.faults.watcher import Watcher
from tests.patience import PATIENCE, eventually

SENDERS = 4
WATCHERS = 2
MANY = 200
"""Batches after which senders take it easier."""
LONGEST_PAUSE = 0.15
"""Seconds between two batches of a sender."""
LOOK_EVERY = 0.3
"""Seconds between two questions of a watcher."""
LONGEST_WAIT = 0.25
"""Seconds until a client tries again, even when it was asked to wait longer."""


class Load:
    """
    Concurrent senders on one ledger.

    With `steady` the server stays up the whole time: then a connection that breaks is an error. With `hang_ups` some
    leave before they are answered, and send again while the server may still be at it.
    """

    def __init__(self, api: httpx.AsyncClient, seed: str, *, steady: bool, hang_ups: bool) -> None:
        self.ledger = Ledger()
        self._api = api
        self._seed = seed
        self._steady = steady
        self._hang_ups = hang_ups
        self._watchers: list[Watcher] = []
        self._stopping = False
        self.no_retry = False
        """Set it when the server is going for good: what it does not answer now it never will."""
        self.refused = 0
        """How often a sender was asked to come back later."""

    @property
    def told(self) -> int:
        """How many questions were answered."""
        return sum(watcher.answers for watcher in self._watchers)

    def stop(self) -> None:
        """Send nothing new; what is under way is sent until it is answered."""
        self._stopping = True

    async def more(self, batches: int) -> None:
        """Wait until so many more batches are answered."""
        wanted = len(self.ledger.answered) + batches
        await eventually(lambda: len(self.ledger.answered) >= wanted)

    async def send(self, number: int) -> None:
        """Be one sender."""
        chance = Random(f"{self._seed}/sender/{number}")
        batches = Batches(f"{self._seed}-{number}", self.ledger.stored)
        while not self._stopping:
            await self._deliver(batches.next(), chance)
            # On a slow machine everything takes long: then fewer are sent in that time, not more altogether.
            await asyncio.sleep(chance.uniform(0, LONGEST_PAUSE) * (1 + len(self.ledger.answered) / MANY))

    async def watch(self, number: int) -> None:
        """Be one of those who ask."""
        watcher = Watcher(self._api, self.ledger, Random(f"{self._seed}/watcher/{number}"), steady=self._steady)
        self._watchers.append(watcher)
        while not self._stopping:
            await watcher.ask()
            await asyncio.sleep(LOOK_EVERY)

    async def _deliver(self, batch: Batch, chance: Random) -> None:
        gives_up = chance.random() < 0.03
        impatient = self._hang_ups and chance.random() < 0.05
        while True:
            self.ledger.sending(batch)
            try:
                async with asyncio.timeout(chance.uniform(0, 0.1) if impatient else None):
                    answer = await self._api.post(batch.path, content=batch.body, headers=batch.headers)
            except TimeoutError:
                impatient = False
                continue
            except httpx.TransportError:
                if self._steady:
                    raise
                if gives_up or self.no_retry:
                    return
                await asyncio.sleep(chance.uniform(0, LONGEST_WAIT))
                continue
            if answer.status_code == 503:
                self.refused += 1
                await asyncio.sleep(min(_wait_of(answer), chance.uniform(0, LONGEST_WAIT)))
                continue
            assert answer.status_code == 200, f"{batch.name}: {answer.status_code} {answer.text}"
            self.ledger.acknowledge(batch, answer.json())
            return


@asynccontextmanager
async def load(
    server: ShadowerServer, seed: str, *, steady: bool = False, hang_ups: bool = True, senders: int = SENDERS
) -> AsyncIterator[Load]:
    """Put a server under load; on leaving, every sender has been answered."""
    async with server.client() as api, asyncio.timeout(3 * PATIENCE):
        clients = Load(api, seed, steady=steady, hang_ups=hang_ups)
        async with asyncio.TaskGroup() as group:
            for number in range(senders):
                group.create_task(clients.send(number))
            for number in range(WATCHERS):
                group.create_task(clients.watch(number))
            try:
                yield clients
            finally:
                clients.stop()
        assert clients.told > 0


def _wait_of(answer: httpx.Response) -> int:
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= 5
    return wait
