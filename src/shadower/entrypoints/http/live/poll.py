"""`GET /api/v1/live/poll`: the same for those who can use neither a WebSocket nor a stream."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, cast

from msgspec import Raw, Struct

from shadower.application.known_callers import Caller
from shadower.application.live.listener import Listener
from shadower.application.live.live import Live
from shadower.application.live.messages import Answer, Events, Gap, Message, Refused
from shadower.application.live.subscriptions import AnswerSubscription
from shadower.domain.events.event import Position
from shadower.entrypoints.http.live.asked import Asked
from shadower.entrypoints.http.live.told import Writing

MOST_WAITING = 10_000
"""Of those who poll; the rest is answered without waiting."""
MOST_EVENTS = 500
"""In one answer, about; the rest is in the next."""
LONGEST_LOOK = 10.0
"""Seconds of reading what came in before; whoever asks again goes on from there."""


class PollOut(Struct, frozen=True):
    """What there is to tell, as messages; `position` is what to send as `after` next."""

    position: int
    messages: Sequence[Mapping[str, Any]]


class Collected:
    """What one poll is answered with: events in order, and the newest answer of each subscription."""

    def __init__(self) -> None:
        self._told: list[Message] = []
        self._answers: dict[str | None, Message] = {}
        self.events = 0
        self.is_urgent = False
        """Whether there is something that should not wait."""

    def add(self, message: Message) -> None:
        """Keep what tells something."""
        match message:
            case Events(items=items):
                self._told.append(message)
                self.events += len(items)
                self.is_urgent = True
            case Gap():
                self._told.append(message)
                self.is_urgent = True
            case Refused(subscription=name):
                self._answers[name] = message
                self.is_urgent = True
            case Answer(subscription=name):
                self._answers[name] = message

    def is_enough(self, after: Position | None, questions: int) -> bool:
        """Whether there is no reason to wait for more."""
        return self.is_urgent or (after is None and len(self._answers) >= questions)

    def messages(self) -> Sequence[Message]:
        """Return all of it."""
        return [*self._told, *self._answers.values()]


class Poll:
    """
    Waits for news, then tells it, and with it what there is to tell otherwise.

    Without `after` it does not wait for news, only until every question has its first answer.
    """

    def __init__(self, live: Live, writing: Writing) -> None:
        self._live = live
        self._writing = writing
        self._waiting = 0

    async def __call__(self, caller: Caller, asked: Asked) -> PollOut:
        """Raises StoreUnavailable, QueryTimeout, LiveClosing, TooManySubscriptions, SubscriptionNameTaken."""
        async with self._live.visiting(caller.workspace, asked.subscriptions, asked.after) as listener:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_LOOK):
                    await listener.look_back()
            collected = Collected()
            _collect(listener, collected)
            wait = asked.wait if self._waiting < MOST_WAITING else 0.0
            self._waiting += 1
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await _wait(listener, collected, asked)
            finally:
                self._waiting -= 1
            told = [cast("Mapping[str, Any]", Raw(self._writing.json(each))) for each in collected.messages()]
            return PollOut(listener.told_until, told)


async def _wait(listener: Listener, collected: Collected, asked: Asked) -> None:
    questions = sum(isinstance(each, AnswerSubscription) for each in asked.subscriptions)
    if collected.is_enough(asked.after, questions):
        return
    async with aclosing(listener.messages()) as messages:
        async for message in messages:
            collected.add(message)
            collected.is_urgent |= isinstance(message, Answer) and asked.after is not None
            _collect(listener, collected)
            if collected.is_enough(asked.after, questions):
                return


def _collect(listener: Listener, collected: Collected) -> None:
    """Take what is there without waiting for it."""
    while collected.events < MOST_EVENTS and (message := listener.ready()) is not None:
        collected.add(message)
