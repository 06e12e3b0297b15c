"""
The ingest workload: one workspace, 12 agents, 200 users and 900 sessions, with random UUIDs as ids.

`LIVE` events happened within the last minute, `SPREAD` ones within the last six days, in no order.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import time_ns

import msgspec

from shadower.adapters.codec.payload import canonical_json
from shadower.adapters.sql.sorting import event_row
from shadower.adapters.system.secrets import SystemSecrets
from shadower.application.ports.event_log import Batch
from shadower.domain.events.admission import Admission
from shadower.domain.events.event import Event, WorkspaceId
from shadower.entrypoints.reading.events import read_json

LIVE = timedelta(minutes=1)
SPREAD = timedelta(days=6)

AGENTS = 12
USERS = 200
SESSIONS = 900

WORKSPACE = WorkspaceId(1)
"""`default`, the first workspace of every new store."""

_TYPES = {"agent.executed": 70, "agent.failed": 6, "credit.consumed": 10, "user.login": 6, "tool.called": 8}
_SOURCES = {"api": 60, "sdk": 25, "crm": 10, "scheduler": 5}
_MODELS = {"gpt-4o": 40, "gpt-4o-mini": 30, "claude-sonnet-4": 20, "llama-3.1-70b": 10}
_STATUSES = {"success": 92, "failure": 5, "cancelled": 3}
_ERRORS = ("TimeoutError", "RateLimited", "ToolFailed", "ContextTooLong")
_TASKS = ("refund", "triage", "summary", "pricing", "onboarding", "forecast")

_encode = msgspec.json.Encoder().encode

Sent = dict[str, object]
"""An event as a producer writes it."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Events of one round, by chance but for the seed."""

    seed: int
    within: timedelta

    def events(self, count: int) -> Iterator[Sent]:
        """Yield events that happened within the time up to now."""
        chance = random.Random(self.seed)
        now = datetime.now(UTC)
        sessions = [_session(chance, number) for number in range(SESSIONS)]
        for type_name in _drawn(chance, _TYPES, count):
            at = now - self.within * chance.random()
            yield {
                "id": _uuid4(chance),
                "type": type_name,
                "source": _one(chance, _SOURCES),
                "occurred_at": at.isoformat().replace("+00:00", "Z"),
                **chance.choice(sessions),
                **_run(chance, type_name),
            }

    def bodies(self, count: int, per_request: int) -> list[bytes]:
        """Return the bodies of requests that carry so many events, encoded."""
        events = self.events(count)
        return [_encode({"events": [next(events) for _ in range(per_request)]}) for _ in range(count // per_request)]


def admitted(bodies: Sequence[bytes]) -> list[Batch]:
    """Return the batches that the server would make of these bodies."""
    admit = Admission(canonical_json, SystemSecrets().event_id).admit
    now = time_ns() // 1000
    batches = []
    for body in bodies:
        sent = read_json(body).events
        batches.append(a_batch([admit(event, WORKSPACE, now) for event in sent], now))  # type: ignore[arg-type]
    return batches


def a_batch(events: Sequence[Event], received_at: int) -> Batch:
    """Return a batch in which nothing is refused."""
    return Batch(WORKSPACE, received_at, events, sent=lambda _: b"")


def rows(batches: Sequence[Batch]) -> list[tuple[object, ...]]:
    """Return the events as rows of the events table, exactly as the log would write them."""
    in_order = [(batch, event) for batch in batches for event in batch.events]
    return [event_row(position, batch, event) for position, (batch, event) in enumerate(in_order, 1)]


def _session(chance: random.Random, number: int) -> Sent:
    return {
        "user_id": f"user-{chance.randrange(USERS):03d}",
        "agent_id": f"agent-{chance.randrange(AGENTS):02d}",
        "session_id": f"session-{number:04d}",
    }


def _run(chance: random.Random, type_name: str) -> Sent:
    """Return what an event of this type carries beyond who and when."""
    if type_name == "user.login":
        return {}
    if type_name == "credit.consumed":
        return {"credits": round(chance.expovariate(0.5), 4)}
    said: Sent = {
        "duration_ms": round(chance.lognormvariate(6.5, 1.1), 3),
        "model": _one(chance, _MODELS),
        "data": {"task": chance.choice(_TASKS), "step": chance.randrange(20), "retried": chance.random() < 0.1},
    }
    if type_name == "tool.called":
        return said | {"correlation_id": f"call-{chance.getrandbits(40):010x}"}
    tokens_in, tokens_out = chance.randrange(100, 8000), chance.randrange(10, 1500)
    cost = round(tokens_in * 2.5e-6 + tokens_out * 1e-5, 7)
    status = "failure" if type_name == "agent.failed" else _one(chance, _STATUSES)
    said |= {"status": status, "tokens_in": tokens_in, "tokens_out": tokens_out, "cost": cost}
    return said | {"error_type": chance.choice(_ERRORS)} if status == "failure" else said


def _drawn(chance: random.Random, weights: dict[str, int], count: int) -> list[str]:
    return chance.choices(list(weights), list(weights.values()), k=count)


def _one(chance: random.Random, weights: dict[str, int]) -> str:
    return _drawn(chance, weights, 1)[0]


def _uuid4(chance: random.Random) -> str:
    bits = chance.getrandbits(128) & ~(0xF << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
