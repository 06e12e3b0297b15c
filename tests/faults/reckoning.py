"""Afterwards: everything acknowledged is there, once and as it was sent, and every number follows from it."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import httpx

from tests.faults.batches import AGENTS, Event, Kind
from tests.faults.ledger import Ledger
from tests.faults.shadower_server import ShadowerServer
from tests.faults.watcher import RANGE

SUMS = ("credits", "cost", "tokens_in", "tokens_out")
DECIMALS = ("duration_ms", "credits", "cost")


async def reckon(server: ShadowerServer, ledger: Ledger, *, forgiven: str = "\n") -> None:
    """Hold a server that is up against the ledger, then let it recount itself, up and stopped."""
    async with server.client() as api:
        kept = await check_events(api, ledger)
        await check_quarantine(api, ledger)
        await check_answers(api, kept)
        await check_intake(api, len(kept))
    await verify(server)
    await asyncio.to_thread(server.stop)
    await verify(server)
    server.check_log(forgiven=forgiven)


async def verify(server: ShadowerServer) -> None:
    """`shadower verify` finds nothing."""
    told = await asyncio.to_thread(server.run, "verify")
    assert (told.returncode, told.stdout) == (0, ""), told.stderr


async def check_events(api: httpx.AsyncClient, ledger: Ledger) -> Sequence[Event]:
    """Return the events that are kept, as they were sent, having compared each."""
    found = await everything(api, "/events", order="oldest")
    there = Counter(event["id"] for event in found)
    doubles = [event_id for event_id, times in there.items() if times > 1]
    assert not doubles, doubles
    assert sorted(event["position"] for event in found) == list(range(1, len(found) + 1))
    kept: list[Event] = [event for batch in ledger.answered.values() for event in batch.new_events()]
    for batch in ledger.under_way.values():
        events = batch.new_events()
        stored = [event for event in events if event["id"].lower() in there]
        assert stored in ([], events), f"half of {batch.name} is there"
        kept.extend(stored)
    by_id = {event["id"].lower(): event for event in kept}
    assert there.keys() == by_id.keys(), _difference(there.keys(), by_id.keys())
    changed = [event for event in found if not _is_as_sent(event, by_id[event["id"]])]
    assert not changed, changed[:3]
    return kept


async def check_quarantine(api: httpx.AsyncClient, ledger: Ledger) -> None:
    """What was refused is kept with its code, one entry for the same bytes however often they came."""
    entries = await everything(api, "/quarantine", state="open")
    there = Counter((entry["code"], entry["sent"].encode()) for entry in entries)
    wanted = {mark for batch in ledger.answered.values() for mark in _refused(batch.of_kind)}
    perhaps = {mark for batch in ledger.under_way.values() for mark in _refused(batch.of_kind)}
    assert set(there.values()) <= {1}
    assert wanted <= there.keys() <= wanted | perhaps


async def check_answers(api: httpx.AsyncClient, kept: Sequence[Event]) -> None:
    """Metrics equal a plain count of the events, the whole and each agent's."""
    metrics = ("events", "executions", "successes", "failures", "cancelled", "duration_sum", *SUMS)
    asked = RANGE | {"metric": ",".join((*metrics, "active_users", "active_agents", "sessions"))}
    for agent in (None, *AGENTS):
        mine = [event for event in kept if agent in {None, event["agent_id"]}]
        answer = await api.get("/metrics/summary", params=asked | ({"agent_id": agent} if agent else {}))
        told = answer.raise_for_status().json()["metrics"]
        counted = {name: Decimal(metric["value"]) for name, metric in told.items()}
        assert counted == _counted(mine), f"{agent}: {counted} are not {_counted(mine)}"
    statistics = (await api.get("/events/statistics")).raise_for_status().json()
    assert statistics["events"] == len(kept)


async def check_intake(api: httpx.AsyncClient, kept: int) -> None:
    """The counts of what came in are written with the events: not one more or less."""
    told = (await api.get("/health/data")).raise_for_status().json()
    assert told["totals"]["stored"] == kept
    assert sum(source["events"] for source in told["sources"]) == kept


async def everything(api: httpx.AsyncClient, path: str, **asked: str) -> list[Event]:
    """Return all items of a list, page by page."""
    found: list[Event] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await api.get(path, params={"limit": "1000"} | asked | cursor)
        page = answer.raise_for_status().json()
        found.extend(page["items"])
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def _refused(of_kind: Any) -> Iterable[tuple[str, bytes]]:  # noqa: ANN401 - Batch.of_kind
    return ((element.code, element.raw) for kind in (Kind.CONFLICT, Kind.REFUSED) for element in of_kind(kind))


def _is_as_sent(found: Event, sent: Event) -> bool:
    return all(_plain(name, found[name]) == _plain(name, value) for name, value in sent.items())


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    if name in DECIMALS:
        return Decimal(value)
    if name == "id":
        return value.lower()
    return value.rstrip("Z").ljust(26, "0") if name == "occurred_at" and "." in value else value


def _counted(events: Sequence[Event]) -> dict[str, Decimal]:
    status = Counter(event["status"] for event in events)
    numbers: dict[str, Decimal | int] = {
        "events": len(events),
        "executions": len(events),
        "successes": status["success"],
        "failures": status["failure"],
        "cancelled": status["cancelled"],
        "duration_sum": sum(event["duration_ms"] for event in events),
        "active_users": len({event["user_id"] for event in events}),
        "active_agents": len({event["agent_id"] for event in events}),
        "sessions": len({event["session_id"] for event in events}),
    }
    numbers |= {name: sum((Decimal(event[name]) for event in events), Decimal()) for name in SUMS}
    return {name: Decimal(number) for name, number in numbers.items()}


def _difference(there: Iterable[str], wanted: Iterable[str]) -> str:
    lost, unknown = set(wanted) - set(there), set(there) - set(wanted)
    return f"lost {len(lost)}: {sorted(lost)[:5]}; never acknowledged {len(unknown)}: {sorted(unknown)[:5]}"
