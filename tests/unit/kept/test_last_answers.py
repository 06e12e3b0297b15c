"""While the store is down: the last answers, `degraded`, to those who were known; nothing else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from shadower.application.kept.overviews import Overviews
from shadower.application.kept.recent_questions import MOST_PER_WORKSPACE, WITHIN, Ask, RecentQuestions
from shadower.application.kept.warm_answers import WarmAnswers
from shadower.application.known_callers import TTL_KNOWN, TTL_WITHOUT_STORE, Caller, KnownCallers
from shadower.application.metric_question import BreakdownQuestion, MetricQuestion, TimeseriesQuestion
from shadower.domain.errors import QueryTimeout, StoreUnavailable
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.filters import one_of
from shadower.domain.events.moments import HOUR, MINUTE
from shadower.domain.keys.key import KeyId, Scope
from shadower.domain.metrics.answer import Answer
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.app import create_app
from shadower.testing import HandClock, a_batch, an_event, memory_container

WORKSPACE = WorkspaceId(1)
QUESTIONS = {
    "summary": MetricQuestion(compare=True, timeframe="30d"),
    "chart": TimeseriesQuestion(metrics=["executions", "p95", "success_rate", "dau"], compare=True),
    "grouped chart": TimeseriesQuestion(metrics=["cost"], group_by="model", top=1, interval="day"),
    "breakdown": BreakdownQuestion(by="agent_id", limit=1, compare=True, filters={"user_id": one_of("ada", None)}),
}


@pytest.fixture
async def container() -> AsyncIterator[Container]:
    async with memory_container() as container:
        changes: list[dict[str, Any]] = [{}, {"model": "large", "agent_id": None}, {"user_id": None, "cost": 10**18}]
        await container.log().append([a_batch(*(an_event(**each) for each in changes))])
        container.clock().move(HOUR)
        yield container


async def ask(container: Container, question: MetricQuestion, workspace: int = 1) -> Answer:
    match question:
        case TimeseriesQuestion():
            return await container.chart_metrics()(WorkspaceId(workspace), question)  # type: ignore[no-any-return]
        case BreakdownQuestion():
            return await container.break_down_metrics()(WorkspaceId(workspace), question)  # type: ignore[no-any-return]
    return await container.summarize_metrics()(WorkspaceId(workspace), question)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", QUESTIONS)
async def test_the_last_answer_is_told_again_as_it_was(container: Container, name: str) -> None:
    before = await ask(container, QUESTIONS[name])
    await container.store().close()
    container.clock().move(MINUTE)
    after = await ask(container, QUESTIONS[name])
    assert (before.degraded, after.degraded) == (False, True)
    assert (after.fresh_to, after.range, after.zone) == (before.fresh_to, before.range, before.zone)
    for told in ("metrics", "series", "buckets", "rows", "other", "previous"):
        assert plain(getattr(after, told, None)) == plain(getattr(before, told, None))


def plain(told: object) -> str:
    return repr(told).replace("(", "[").replace(")", "]").replace(",]", "]")


@pytest.mark.parametrize(
    "question",
    [
        MetricQuestion(timeframe="7d"),
        MetricQuestion(compare=True, timeframe="30d", filters={"user_id": one_of("ada")}),
        TimeseriesQuestion(compare=True, timeframe="30d"),
    ],
    ids=["another range", "a filter", "another kind"],
)
async def test_another_question_has_no_last_answer(container: Container, question: MetricQuestion) -> None:
    await ask(container, QUESTIONS["summary"])
    await container.store().close()
    with pytest.raises(StoreUnavailable):
        await ask(container, question)


async def test_nobody_is_told_the_last_answer_of_another_workspace(container: Container) -> None:
    await ask(container, QUESTIONS["summary"])
    await container.store().close()
    with pytest.raises(StoreUnavailable):
        await ask(container, QUESTIONS["summary"], workspace=2)


async def test_a_store_that_is_back_answers_itself(container: Container) -> None:
    await ask(container, QUESTIONS["summary"])
    await container.store().close()
    await container.store().open()
    answer = await ask(container, QUESTIONS["summary"])
    assert not answer.degraded


async def test_without_the_cache_an_outage_is_an_error() -> None:
    async with memory_container(cache="off") as container:
        await ask(container, QUESTIONS["summary"])
        await container.store().close()
        with pytest.raises(StoreUnavailable):
            await ask(container, QUESTIONS["summary"])


async def test_over_http_the_last_answer_says_so_and_what_was_never_asked_is_a_503() -> None:
    key = "shd_an-admin-key-for-an-outage-of-the-store"
    async with memory_container() as container:
        app = create_app(container)
        await container.open_the_door()(key)
        transport = httpx.ASGITransport(app)
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers) as client:
            path = "/api/v1/metrics/summary?metric=events"
            before = await client.get(path)
            await container.store().close()
            container.known_callers()._now = later(container.known_callers(), 60.0)
            after = await client.get(path)
            assert (before.status_code, after.status_code) == (200, 200)
            assert after.json() == before.json() | {"degraded": True}
            assert (await client.get(path + "&timeframe=24h")).status_code == 503
            assert (await client.get("/api/v1/events")).status_code == 503
            stranger = {"authorization": "Bearer shd_somebody-nobody-knows-at-all-000001"}
            assert (await client.get(path, headers=stranger)).status_code == 503


def later(known: KnownCallers, seconds: float) -> Any:  # noqa: ANN401 - a clock
    now = known._now
    return lambda: now() + seconds


class Recognising:
    """Says who somebody is, while the store is there."""

    def __init__(self) -> None:
        self.caller: Caller | None = Caller(WORKSPACE, KeyId(1), frozenset({Scope.READ}))
        self.error: Exception | None = None

    async def __call__(self) -> Caller | None:
        if self.error is not None:
            raise self.error
        return self.caller


async def test_a_caller_is_believed_for_a_while_when_the_store_is_down() -> None:
    now = 0.0
    known, recognise = KnownCallers(now=lambda: now), Recognising()
    caller = await known.get(b"mark", recognise)
    recognise.error = StoreUnavailable("It is away.")
    for now in (TTL_KNOWN + 1, TTL_WITHOUT_STORE - 1):  # noqa: B007 - the clock
        assert await known.get(b"mark", recognise) == caller
    now = TTL_WITHOUT_STORE
    with pytest.raises(StoreUnavailable):
        await known.get(b"mark", recognise)


@pytest.mark.parametrize("change", ["never seen", "unknown", "revoked here", "signed out here", "another error"])
async def test_nobody_else_is_believed(change: str) -> None:
    now = 0.0
    known, recognise = KnownCallers(now=lambda: now), Recognising()
    if change == "unknown":
        recognise.caller = None
    if change != "never seen":
        await known.get(b"mark", recognise)
    now = TTL_KNOWN + 1
    recognise.error = QueryTimeout("It is slow.") if change == "another error" else StoreUnavailable("It is away.")
    if change == "revoked here":
        known.forget(KeyId(1))
    if change == "signed out here":
        known.forget_credential(b"mark")
    with pytest.raises(type(recognise.error)):
        await known.get(b"mark", recognise)


def no_error(error: Exception) -> None:
    raise error


class NoOverviews(Overviews):
    def __init__(self) -> None:
        """Nobody is active."""

    async def questions(self) -> Sequence[Ask]:
        return []


async def test_what_was_asked_of_late_is_asked_again_the_most_recent_first() -> None:
    clock, asked = HandClock(), []
    recent = RecentQuestions(clock)

    def asking(name: str) -> Any:  # noqa: ANN401 - a function
        async def ask() -> None:
            asked.append(name)

        return ask

    recent.note(WORKSPACE, MetricQuestion(timeframe="24h"), asking("long ago"))
    clock.move(WITHIN)
    recent.note(WORKSPACE, MetricQuestion(timeframe="7d"), asking("first"))
    recent.note(WorkspaceId(2), MetricQuestion(timeframe="7d"), asking("elsewhere"))
    recent.note(WORKSPACE, MetricQuestion(start=0, end=5), asking("stands still"))
    recent.note(WORKSPACE, MetricQuestion(timeframe="7d"), asking("again"))
    clock.move(1)
    quiet = type("Commit", (), {"undecided": 0})()
    assert await WarmAnswers(recent, NoOverviews(), quiet, clock).turn(no_error) == 2
    assert asked == ["again", "elsewhere"]


async def test_warming_waits_for_events_that_come_in_and_gives_up_in_the_end() -> None:
    clock, pauses = HandClock(), []
    recent = RecentQuestions(clock)

    async def never() -> None:
        pytest.fail("Taking in events comes first.")

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    recent.note(WORKSPACE, MetricQuestion(), never)
    busy = type("Commit", (), {"undecided": 10**6})()
    assert await WarmAnswers(recent, NoOverviews(), busy, clock, sleep).turn(no_error) == 0
    assert 0 < sum(pauses) < 60


def warming(*questions: Ask) -> WarmAnswers:
    """What was asked of late, the first question last."""
    recent = RecentQuestions(HandClock())
    for number, ask in enumerate(reversed(questions)):
        recent.note(WORKSPACE, MetricQuestion(timeframe=f"{number}d"), ask)
    return WarmAnswers(recent, NoOverviews(), type("Commit", (), {"undecided": 0})(), HandClock())


async def answer() -> None:
    pass


async def time_out() -> None:
    raise QueryTimeout("It took too long.")


async def be_away() -> None:
    raise StoreUnavailable("It is away.")


async def test_a_question_that_fails_keeps_no_other_from_being_asked() -> None:
    reports: list[Exception] = []
    assert await warming(time_out, answer).turn(reports.append) == 1
    assert [type(report) for report in reports] == [QueryTimeout]


async def test_a_store_that_is_away_ends_the_turn() -> None:
    with pytest.raises(StoreUnavailable):
        await warming(be_away, pytest.fail).turn(no_error)


async def test_warming_outlives_a_question_that_cannot_be_asked_again() -> None:
    clock, turns = HandClock(), []
    recent = RecentQuestions(clock)
    reports: list[Exception] = []

    async def fail() -> None:
        raise LookupError("gone")

    async def sleep(seconds: float) -> None:
        turns.append(seconds)
        if len(turns) == 3:
            raise asyncio.CancelledError

    recent.note(WORKSPACE, MetricQuestion(), fail)
    quiet = type("Commit", (), {"undecided": 0})()
    with pytest.raises(asyncio.CancelledError):
        await WarmAnswers(recent, NoOverviews(), quiet, clock, sleep)(reports.append)
    assert [type(report) for report in reports] == [LookupError] * 3


def test_the_same_question_put_in_other_words_is_one() -> None:
    recent = RecentQuestions(HandClock())
    model, user = ("model", one_of("large", None)), ("user_id", one_of("ada"))
    recent.note(WORKSPACE, MetricQuestion(metrics=["p95"], filters=dict([model, user])), answer)
    recent.note(WORKSPACE, MetricQuestion(metrics=("p95",), filters=dict([user, model])), answer)
    assert len(recent.asked()) == 1


def test_questions_are_bounded() -> None:
    recent = RecentQuestions(HandClock())
    for days in range(1, 2 * MOST_PER_WORKSPACE):
        recent.note(WORKSPACE, MetricQuestion(metrics=[str(days)]), None)  # type: ignore[arg-type]
    assert len(recent.asked()) == MOST_PER_WORKSPACE
