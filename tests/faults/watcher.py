"""Somebody who asks while everything falls: each answer is exact, or says that there is none."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import httpx

from tests.faults.batches import AGENTS, END, START
from tests.faults.ledger import EVERYTHING, Ledger

RANGE = {"from": START.isoformat(), "to": END.isoformat()}


class Watcher:
    """Holds each count against what was acknowledged before it asked, and what was sent before it was told."""

    def __init__(self, api: httpx.AsyncClient, ledger: Ledger, chance: Random, *, steady: bool) -> None:
        self._api = api
        self._ledger = ledger
        self._chance = chance
        self._steady = steady
        self._seen: Counter[str] = Counter()
        self.answers = 0

    async def ask(self) -> None:
        """Ask one thing."""
        ask = self._chance.choice((self._summary, self._summary, self._summary, self._timeseries, self._batch))
        await ask()

    async def _summary(self) -> None:
        agent = self._chance.choice((EVERYTHING, *AGENTS))
        asked = {"metric": "events,executions"} | ({} if agent == EVERYTHING else {"agent_id": agent})
        at_least = self._at_least(agent)
        told = await self._get("/metrics/summary", asked | RANGE)
        if told is not None:
            assert told["exact"]
            counts = {name: metric["value"] for name, metric in told["metrics"].items()}
            assert counts["events"] == counts["executions"]
            self._check(agent, 0 if told["degraded"] else at_least, counts["events"])

    async def _timeseries(self) -> None:
        at_least = self._at_least(EVERYTHING)
        asked = {"metric": "events", "interval": "hour", "group_by": "agent_id"}
        told = await self._get("/metrics/timeseries", asked | RANGE)
        if told is not None:
            points = [point["value"] for series in told["series"] for point in series["points"]]
            self._check(EVERYTHING, 0 if told["degraded"] else at_least, sum(points))

    async def _batch(self) -> None:
        """A batch is seen as a whole or not at all, and once it is acknowledged always."""
        batch = _any_of(self._chance, [*self._ledger.answered.values(), *self._ledger.under_way.values()])
        if batch is None:
            return
        acknowledged = batch.name in self._ledger.answered
        told = await self._get("/events", {"correlation_id": batch.name, "limit": 1000})
        if told is not None:
            ids = sorted(event["id"] for event in told["items"])
            expected = sorted(event["id"].lower() for event in batch.new_events())
            assert ids == expected or (not ids and not acknowledged)

    def _at_least(self, agent: str) -> int:
        return max(self._seen[agent], self._ledger.acknowledged[agent])

    def _check(self, agent: str, at_least: int, count: int) -> None:
        assert at_least <= count <= self._ledger.sent[agent], f"{agent}: {count} events"
        self._seen[agent] = max(self._seen[agent], count)

    async def _get(self, path: str, asked: dict[str, Any]) -> dict[str, Any] | None:
        try:
            answer = await self._api.get(path, params=asked)
        except httpx.TransportError:
            if self._steady:
                raise
            return None
        if answer.status_code == 503:
            assert 1 <= int(answer.headers["Retry-After"]) <= 5
            return None
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        self.answers += 1
        told: dict[str, Any] = answer.json()
        return told


def _any_of(chance: Random, batches: Sequence[Any]) -> Any:  # noqa: ANN401 - one of them
    return chance.choice(batches) if batches else None
