"""What is asked for, however it is written: an answer to it or a word why not, and never a fault."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadower.application.known_callers import Caller
from shadower.application.live.subscriptions import AnswerSubscription, EventSubscription
from shadower.domain.errors import ShadowerError
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.filters import one_of
from shadower.domain.keys.key import KeyId, Scope
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.live.asked import Asking
from shadower.entrypoints.http.live.sent import SubscribeIn, read_message
from shadower.entrypoints.http.live.topics.registry import TOPICS, every_topic
from shadower.entrypoints.settings_sources import settings_for

READER = Caller(WorkspaceId(1), KeyId(1), frozenset({Scope.READ}))
TOPIC_NAMES = [topic.name for topic in TOPICS]
NAMES = sorted({name for topic in TOPICS for form in topic.forms for name in form.__struct_encode_fields__})

words = st.sampled_from([*NAMES, "question", "topic", "subscribe", "after", "wait", "nonsense"])
scalars = st.none() | st.booleans() | st.integers() | st.sampled_from([0.5, 1e400, "", "a", "day", "1", "\0", "\ud800"])
values = scalars | st.lists(scalars, max_size=3) | st.just({"a": 1}) | st.just([["a"]])
pairs_of_a_query = st.tuples(words, st.sampled_from([*TOPIC_NAMES, "nothing", "1", "-1", "day", "{}", "", "a,b", "\0"]))


@pytest.fixture(scope="module")
def asking() -> Asking:
    return Asking(every_topic(Container(settings=settings_for(profile="memory"))))


def refused(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except ShadowerError:
        return True
    return False


@given(parameters=st.dictionaries(words, values, max_size=4), topic=st.sampled_from(TOPIC_NAMES))
def test_any_message_is_a_subscription_or_an_error_of_the_core(
    asking: Asking, topic: str, parameters: dict[str, Any]
) -> None:
    sent = SubscribeIn("a", topic, parameters)
    if not refused(lambda: asking.subscription(sent, READER)):
        subscription = asking.subscription(sent, READER)
        assert (subscription.name, subscription.topic) == ("a", topic)


@given(st.lists(pairs_of_a_query, max_size=6))
def test_any_url_is_a_question_or_an_error_of_the_core(asking: Asking, pairs: list[tuple[str, str]]) -> None:
    query = urlencode(pairs).encode()
    if not refused(lambda: asking.by_url(query, READER, waits=True)):
        assert 0 <= asking.by_url(query, READER, waits=True).wait <= 25


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_message_or_an_error_of_the_core(text: str) -> None:
    with pytest.raises(ShadowerError):
        read_message(text)


def test_parameters_go_to_the_topics_that_know_them(asking: Asking) -> None:
    query = b"topic=events&topic=metrics&agent_id=a&agent_id=b&missing=model&metric=cost,executions&metric=p95&every=2"
    first, second = asking.by_url(query, READER, waits=False).subscriptions
    assert isinstance(first, EventSubscription)
    assert first.filters == {("agent_id", one_of("a", "b")), ("model", one_of(None))}
    assert isinstance(second, AnswerSubscription)
    assert (second.every, second.moves_with) == (2.0, 1)


def test_the_same_question_of_two_workspaces_is_two_questions(asking: Asking) -> None:
    query = b"topic=metrics&metric=cost&agent_id=a"
    keys = {
        asking.by_url(query, Caller(WorkspaceId(workspace), KeyId(1), READER.scopes), waits=False).subscriptions[0].key  # type: ignore[union-attr]
        for workspace in (1, 2, 1)
    }
    assert len(keys) == 2


@pytest.mark.parametrize(
    "other", ["metric=executions", "metric=cost&agent_id=b", "metric=cost&every=7", "metric=cost&timeframe=24h"]
)
def test_questions_that_differ_are_not_taken_for_one(asking: Asking, other: str) -> None:
    def question(query: str) -> tuple[object, float]:
        (asked,) = asking.by_url(f"topic=metrics&{query}".encode(), READER, waits=False).subscriptions
        assert isinstance(asked, AnswerSubscription)
        return asked.key, asked.every

    assert question("metric=cost&agent_id=a") != question(other)
    assert question(other) == question(other)


def test_empty_values_are_not_given(asking: Asking) -> None:
    query = b"topic=events&agent_id=&type=&after="
    asked = asking.by_url(query, READER, waits=False)
    assert asked.after is None
    assert asked.subscriptions[0].filters == frozenset()  # type: ignore[union-attr]
