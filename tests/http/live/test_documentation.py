"""`docs/api.md` and `docs/operating.md`, where they speak of being told: what they show works, what they say is so."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import websockets

from shadower.application.live import outbox, subscriptions
from shadower.application.live.arrivals import MOST_KEPT
from shadower.application.live.listener import LONGEST_IDLE
from shadower.application.live.messages import Ending
from shadower.domain.live import pulse
from shadower.entrypoints.http.live import asked, socket
from shadower.entrypoints.http.live.topics.registry import TOPICS
from shadower.entrypoints.settings import RULES
from tests.http.conftest import ADMIN_KEY
from tests.http.live.conftest import WITHIN, send, stream
from tests.http.served import Listening
from tests.http.test_documentation import commands

DOCS = Path(__file__).parents[3] / "docs"
API = (DOCS / "api.md").read_text()
SECTION = API.partition("\n## Being told\n")[2].partition("\n## ")[0]


async def test_the_streams_that_are_shown_begin(listening: Listening) -> None:
    shown = [arguments[2] for arguments in commands() if "-N" in arguments]
    assert len(shown) == 2
    for path in shown:
        parameters = parse_qs(urlsplit(path).query)
        async with stream(listening, **parameters) as told:
            await send(listening, "triage")
            await told.next()


async def test_the_program_that_is_shown_follows_through_every_break(listening: Listening) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
    names: dict[str, Any] = {
        "asyncio": asyncio,
        "json": json,
        "websockets": websockets,
        "AsyncIterator": AsyncIterator,
        "Any": Any,
    }
    exec(program, names)  # noqa: S102 - it is ours
    follow: Callable[[str, str, int], AsyncIterator[dict[str, Any]]] = names["follow"]
    seen: list[int] = []
    await send(listening, "a", "b")
    async with asyncio.timeout(3 * WITHIN):
        async for event in follow(f"http://127.0.0.1:{listening.port}", ADMIN_KEY, 0):
            seen.append(event["position"])
            if len(seen) == 12:
                break
            if len(seen) % 2 == 0:
                for listener in list(listening.container.live()._listeners):
                    listener.end(Ending.STUCK)
                await send(listening, "c", "d")
    assert seen == list(range(1, 13))


def test_every_topic_and_message_is_explained() -> None:
    assert [topic.name for topic in TOPICS if f"| `{topic.name}` | `{topic.scope}` |" not in SECTION] == []
    types = ("welcome", "subscribed", "unsubscribed", "events", "gap", "heartbeat", "problem", "close")
    assert [name for name in types if f"`{name}`" not in SECTION] == []


def test_the_bounds_are_those_that_hold() -> None:
    said = " ".join(SECTION.split())
    assert f"up to `wait` seconds ({asked.USUAL_WAIT:g})" in said
    assert f"holds at most {subscriptions.MOST_SUBSCRIPTIONS}." in said
    assert f"to be told for {pulse.HEARTBEAT:g} seconds" in said
    assert f"more than {socket.MESSAGES_A_SECOND} messages a second ({socket.MESSAGES_AT_ONCE} at once)" in said
    assert f"({socket.SUBSCRIPTIONS_AT_ONCE} at once)" in said
    assert f"longer than {socket.LONGEST_MESSAGE // 1024} KiB" in said
    assert f"its {RULES['live_connections_per_key'].default} connections" in said
    assert LONGEST_IDLE == pulse.LONGEST_SEND == 60
    decision = " ".join((DOCS / "adr" / "0015-one-hub-and-a-position.md").read_text().split())
    assert f"the newest {MOST_KEPT:,} events" in decision
    assert f"room for {outbox.MOST_WAITING} messages and {outbox.MOST_WEIGHT // 2**20} MiB" in decision
