"""What is sent under load: batches of chance sizes in every form, with what has to become of each event in them."""

import gzip
import json
import uuid
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from random import Random
from typing import Any

import zstandard

Event = dict[str, Any]

START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=48)
"""Everything under load has happened within two days, so that one range holds it all."""
END = START + timedelta(hours=60)

HOURS = (0, 1, 23, 24, 46)
"""When it has happened, after the start: in a few hours of different days."""

AGENTS = [f"agent-{number}" for number in range(6)]
USERS = [f"user-{number}" for number in range(12)]
LARGEST = 200
COMPRESSED: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
}


class Kind(Enum):
    """What has to become of a sent event, whenever and however often it is sent."""

    FRESH = "stored"
    REPEAT = "duplicates"
    CONFLICT = "conflicts"
    REFUSED = "rejected"


@dataclass(frozen=True, slots=True)
class Element:
    """One event of a batch."""

    kind: Kind
    raw: bytes
    """As it is sent."""
    event: Event = field(default_factory=dict)
    """What it says; empty if it is no event at all."""
    code: str = ""
    """Under which it has to be refused."""


@dataclass(slots=True)
class Batch:
    """One request. Its body never changes, however often it has to be sent."""

    name: str
    """The correlation id of its new events."""
    elements: Sequence[Element]
    body: bytes
    headers: Mapping[str, str]
    path: str
    attempts: int = 0

    def of_kind(self, kind: Kind) -> list[Element]:
        return [element for element in self.elements if element.kind is kind]

    def new_events(self) -> list[Event]:
        return [element.event for element in self.of_kind(Kind.FRESH)]


class Batches:
    """Makes batches out of a seed; `stored` returns an event known to be in the log, once there is one."""

    def __init__(self, seed: str, stored: Callable[[Random], Event | None]) -> None:
        self._chance = Random(seed)
        self._stored = stored
        self._name = seed
        self._made = 0

    def next(self) -> Batch:
        """Make a batch: mostly small, sometimes large, now and then with repeats, conflicts and nonsense in it."""
        chance = self._chance
        self._made += 1
        name = f"{self._name}/{self._made}"
        size = chance.choice((1, chance.randint(2, 20), chance.randint(2, 60), chance.randint(60, LARGEST)))
        elements = [_fresh(self._new_event(name)) for _ in range(size)]
        lines = chance.random() < 1 / 3
        if chance.random() < 0.3:
            for _ in range(chance.randint(1, 5)):
                elements.insert(chance.randrange(len(elements) + 1), self._odd(elements, lines=lines))
        return self._packed(name, elements, lines=lines)

    def _new_event(self, batch: str) -> Event:
        chance = self._chance
        status = chance.choice(("success", "success", "failure", "cancelled"))
        text = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        event: Event = {
            "id": text.upper() if chance.random() < 0.1 else text,
            "type": "agent.executed",
            "source": "load",
            "agent_id": chance.choice(AGENTS),
            "user_id": chance.choice(USERS),
            "session_id": batch,
            "correlation_id": batch,
            "status": status,
            "duration_ms": chance.randrange(60_000),
            "cost": f"0.{chance.randrange(10**9):09}",
            "credits": f"{chance.randrange(10)}.{chance.randrange(10**6):06}",
            "tokens_in": chance.randrange(5_000),
            "tokens_out": chance.randrange(5_000),
            "model": chance.choice(("small", "large")),
        }
        # Without a time the server takes its own: a later repeat is still the same event.
        if chance.random() < 0.9:
            at = START + timedelta(hours=chance.choice(HOURS), microseconds=chance.randrange(3_600 * 10**6))
            event["occurred_at"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if chance.random() < 0.2:
            event["data"] = {"task": "é" * chance.randrange(40), "step": chance.randrange(9)}
        return event

    def _odd(self, elements: Sequence[Element], *, lines: bool) -> Element:
        """Make an event that must not be stored, because it is there already or is refused."""
        there = self._stored(self._chance)
        what = self._chance.randrange(8)
        if there is not None and what < 2:
            return Element(Kind.REPEAT, _json(there), there)
        if there is not None and what < 4:
            changed = there | {"user_id": f"somebody-else-{self._chance.getrandbits(64):x}"}
            return Element(Kind.CONFLICT, _json(changed), changed, "id_conflict")
        return self._refused(what, lines=lines)

    def _refused(self, what: int, *, lines: bool) -> Element:
        event = self._new_event("refused")
        if lines and what == 7:
            return Element(Kind.REFUSED, _json(event)[:-9], code="malformed_json")
        faults: list[tuple[Event, str]] = [
            ({"occurred_at": "2026-01-31T09:30:00"}, "timestamp_without_offset"),
            ({"colour": "red"}, "unknown_field"),
            ({"status": "splendid"}, "status_unknown"),
            ({"user_id": "nul\0"}, "forbidden_character"),
        ]
        fault, code = self._chance.choice(faults)
        return Element(Kind.REFUSED, _json(event | fault), event | fault, code)

    def _packed(self, name: str, elements: Sequence[Element], *, lines: bool) -> Batch:
        raw = [element.raw for element in elements]
        headers = {"Content-Type": "application/x-ndjson" if lines else "application/json"}
        if lines:
            body = b"\n".join(raw)
        elif self._chance.random() < 0.5:
            body = b"[" + b",".join(raw) + b"]"
        else:
            body = b'{"events":[' + b", ".join(raw) + b"]}"
        encoding = self._chance.choice(("", "", "gzip", self._chance.choice(list(COMPRESSED))))
        if encoding:
            headers["Content-Encoding"] = encoding
            body = COMPRESSED[encoding](body)
        return Batch(name, elements, body, headers, self._chance.choice(("/events", "/events/")))


def _fresh(event: Event) -> Element:
    return Element(Kind.FRESH, _json(event), event)


def _json(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()
