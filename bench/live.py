"""
The live side of one process: what idle connections weigh, and how soon everybody is told.

The cap per key is raised; the rest is as anybody starts it. Both kinds of connection are there in the numbers in which
a process takes them by default, since a WebSocket weighs several times what a stream does.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.listeners import Listeners, Told, listeners
from bench.options import Options
from bench.progress import say
from bench.servers import KEY, BroadcastServer, ShadowerServer
from bench.start import pss
from bench.statistics import Round, median
from bench.stores import new_sqlite

MEMORY_LIMIT = 1_000.0
"""MB of 10^6 bytes."""
DELAY_LIMIT = 250.0
"""ms."""

IDLE_SECONDS = 10.0
TELLINGS = 10
"""Events in a round, one after the other; the first few only warm up."""
WARM = 3

Mix = Mapping[str, int]
"""Kind of connection → how many of it."""

USUAL: Mix = {"websocket": 3_000, "stream": 7_000}
SOCKETS: Mix = {"websocket": 10_000}
SUBSCRIBERS: Mix = {"websocket": 1_000}


def idle(mix: Mix) -> Callable[[Options], Iterator[Round]]:
    """Memory with so many idle connections, against the limit."""

    def measure(options: Options) -> Iterator[Round]:
        for _ in range(options.rounds):
            with _server(options, mix) as server, listeners(server.port, KEY) as crowd:
                time.sleep(IDLE_SECONDS)
                before = pss(server.pid)
                extras: dict[str, object] = {"before_mb": round(before / 1e6, 1)}
                for kind, count in _scaled(options, mix).items():
                    crowd.open(kind, count)
                    time.sleep(IDLE_SECONDS)
                    after = pss(server.pid)
                    extras[f"kb_per_{kind}"] = round((after - before) / count / 1e3, 1)
                    before = after
            yield _said(Round(before / 1e6, MEMORY_LIMIT, extras=extras), "MB")

    return measure


def fan_out(options: Options) -> Iterator[Round]:
    """From the answer to the sender until 95 in 100 subscribers have the event, against the limit."""
    for _ in range(options.rounds):
        told, _ = _told(options, SUBSCRIBERS)
        plain = _plainly_told(options)
        many, answer = _told(options, USUAL)
        extras: dict[str, object] = {
            "p50_ms": _ms(told.p50),
            "most_ms": _ms(told.most),
            "plain_p95_ms": _ms(plain.p95),
            "ratio_to_plain": round(told.p95 / plain.p95, 2),
            "p95_ms_of_10000": _ms(many.p95),
            "most_ms_of_10000": _ms(many.most),
            "answer_ms_of_10000": _ms(answer),
        }
        yield _said(Round(told.p95 * 1000, DELAY_LIMIT, extras=extras), "ms")


@contextmanager
def _server(options: Options, mix: Mix) -> Iterator[ShadowerServer]:
    settings = {"SHADOWER_LIVE_CONNECTIONS_PER_KEY": "20000", "SHADOWER_LIVE_CONNECTIONS": "10000"}
    settings |= {"SHADOWER_LIVE_WEBSOCKETS": str(mix["websocket"])}
    with new_sqlite(options.folder) as place, TemporaryDirectory(dir=options.folder) as folder:
        server = ShadowerServer(place.url, Path(folder), settings=settings)
        with server:
            yield server


def _told(options: Options, mix: Mix) -> tuple[Told, float]:
    with _server(options, mix) as server, listeners(server.port, KEY) as crowd:
        for kind, count in _scaled(options, mix).items():
            crowd.open(kind, count)
        return _tellings(crowd)


def _plainly_told(options: Options) -> Told:
    with BroadcastServer() as server, listeners(server.port, KEY) as crowd:
        crowd.open("websocket", _scaled(options, SUBSCRIBERS)["websocket"])
        return _tellings(crowd)[0]


def _tellings(crowd: Listeners) -> tuple[Told, float]:
    """Return the telling with the median p95, and the median time to the answer."""
    all_of_them = [crowd.tell() for _ in range(WARM + TELLINGS)][WARM:]
    by_p95 = sorted(all_of_them, key=lambda told: told.p95)
    return by_p95[len(by_p95) // 2], median([told.answer for told in all_of_them])


def _scaled(options: Options, mix: Mix) -> Mix:
    return {kind: options.scaled(count, max(1, count // 10)) for kind, count in mix.items()}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _said(one: Round, unit: str) -> Round:
    say(f"{one.value:.1f} {unit}, of {one.reference:g} allowed; {one.extras}")
    return one
