"""
Questions at ten million events: how long the slowest twentieth of answers takes, and how many times longer SQL takes.

Asked over HTTP, one at a time over one connection, of `shadower serve` on the store. It keeps nothing that it counts;
still, no question is asked twice.
"""

import http.client
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.answers import differences, served
from bench.loading import Loaded, loaded
from bench.options import Options
from bench.oracle import Oracle, oracle
from bench.progress import say
from bench.questions import Kind, Question, Reach, questions
from bench.servers import KEY, ShadowerServer
from bench.statistics import Round, median, quantile

CALLS = 120
"""Of each kind in each round."""
WARM = 5
BY_SQL = {Reach.EVERYTHING: 1, Reach.PART: 2, Reach.NARROW: 2}
"""Questions also asked by SQL in each round, others in every round."""
GROWTH = 10
"""The smaller data set has this many times fewer events."""

IDLE_SECONDS = 5.0
"""After which a connection is opened anew: the server closes those that nothing comes over."""

Timed = list[tuple[Question, float]]
"""Questions and the seconds each took."""


class Client:
    """One kept-alive connection to a server."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._used = 0.0

    def timed(self, question: Question) -> tuple[bytes, float]:
        """Return the body of the answer, and the seconds until all of it was here."""
        if perf_counter() - self._used > IDLE_SECONDS:
            self._connection.close()
            self._connection.connect()
        began = perf_counter()
        self._connection.request("GET", question.path, headers={"authorization": f"Bearer {KEY}"})
        response = self._connection.getresponse()
        body = response.read()
        self._used = perf_counter()
        seconds = self._used - began
        if response.status != 200:
            raise RuntimeError(f"{question.path} was answered {response.status}: {body[:500]!r}")
        return body, seconds

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def query(kind: Kind, store: str) -> Callable[[Options], Iterator[Round]]:
    """Answers of one kind, against SQL."""

    def measure(options: Options) -> Iterator[Round]:
        with loaded(options, store, options.events) as data, _asked(options, data) as client, oracle(data.place) as sql:
            for number in range(options.rounds):
                asked = list(islice(questions(kind, data.history, number), WARM + CALLS))
                took = _took(client, asked)
                reaches = {reach: _reach(client, sql, reach, took, number) for reach in Reach}
                seconds = [each for _, each in took]
                extras: dict[str, object] = {
                    "calls": len(took),
                    "events": data.history.events,
                    "p50": _ms(quantile(seconds, 0.5)),
                    "slowest": max(took, key=lambda one: one[1])[0].words,
                }
                extras |= {str(reach): measured for reach, measured in reaches.items()}
                by_sql = reaches[Reach.EVERYTHING]["sql"]
                yield _said(Round(_ms(quantile(seconds, 0.95)), by_sql, times_faster=True, extras=extras))

    return measure


def _reach(client: Client, sql: Oracle, reach: Reach, took: Timed, number: int) -> dict[str, float]:
    """Return the p95 of questions of this reach, and what SQL takes for some of them."""
    of_this = [(question, seconds) for question, seconds in took if question.reach is reach]
    count = BY_SQL[reach]
    chosen = [of_this[place % len(of_this)][0] for place in range(number * count, (number + 1) * count)]
    p95 = _ms(quantile([seconds for _, seconds in of_this], 0.95))
    by_sql = _ms(_compared(client, sql, chosen))
    found = {"p95": p95, "sql": by_sql, "ratio": round(by_sql / p95, 2)}
    if reach is Reach.EVERYTHING and sql.best is not sql:
        found["best_sql"] = _ms(_compared(client, sql.best, chosen))
    return found


def growth(store: str) -> Callable[[Options], Iterator[Round]]:
    """The p95 of all kinds together, against the same at a tenth of the events."""

    def measure(options: Options) -> Iterator[Round]:
        with ExitStack() as stack:
            sizes = (options.events, options.events // GROWTH)
            data = [stack.enter_context(loaded(options, store, events)) for events in sizes]
            clients = [stack.enter_context(_asked(options, one)) for one in data]
            for number in range(options.rounds):
                p95 = {kind: _side_by_side(kind, clients, data, number) for kind in Kind}
                worst = max(Kind, key=lambda kind: p95[kind][0] / p95[kind][1])
                by_kind = {str(kind): round(large / small, 2) for kind, (large, small) in p95.items()}
                yield _said(Round(*p95[worst], extras={"kind": str(worst), "by_kind": by_kind}))

    return measure


def _side_by_side(kind: Kind, clients: Sequence[Client], data: Sequence[Loaded], number: int) -> tuple[float, float]:
    """Return the p95 in milliseconds of both stores, asked in turn so that what disturbs one disturbs both."""
    took: tuple[list[float], list[float]] = ([], [])
    both = zip(*(questions(kind, one.history, number) for one in data), strict=True)
    for place, asked in enumerate(islice(both, WARM + CALLS)):
        for client, question, seconds in zip(clients, asked, took, strict=True):
            one = client.timed(question)[1]
            if place >= WARM:
                seconds.append(one)
    large, small = (_ms(quantile(seconds, 0.95)) for seconds in took)
    return large, small


@contextmanager
def _asked(options: Options, data: Loaded) -> Iterator[Client]:
    """A server on the loaded store, and a connection to it."""
    off = {"SHADOWER_CACHE": "off"}
    with (
        TemporaryDirectory(dir=options.folder) as folder,
        ShadowerServer(data.place.url, Path(folder), settings=off) as server,
    ):
        client = Client(server.port)
        try:
            yield client
        finally:
            client.close()


def _took(client: Client, asked: Sequence[Question]) -> Timed:
    """Return the questions with the seconds of each; the first few only warm the server up."""
    for question in asked[:WARM]:
        client.timed(question)
    return [(question, client.timed(question)[1]) for question in asked[WARM:]]


def _compared(client: Client, sql: Oracle, asked: Sequence[Question]) -> float:
    """Return the median of the seconds that SQL takes. Raises RuntimeError when the answers differ."""
    took = []
    for question in asked:
        expected, seconds = sql.timed(question)
        took.append(seconds)
        body, _ = client.timed(question)
        told = differences(served(question, json.loads(body)), expected)
        if told:
            raise RuntimeError(f"{question.path}: {len(told)} differences, such as {'; '.join(told[:3])}")
    return median(took)


def _said(one: Round) -> Round:
    say(f"{one.value:.1f} ms against {one.reference:.1f} ms: {one.ratio:.2f} {one.extras}")
    return one


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)
