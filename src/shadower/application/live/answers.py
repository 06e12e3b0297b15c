"""Questions that are asked again and again, each once for everybody who wants its answer."""

import asyncio
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Protocol

from shadower.application.live.messages import Answer, Refused, Telling
from shadower.application.live.subscriptions import AnswerSubscription
from shadower.application.ports.report import Report
from shadower.domain.errors import ShadowerError, Unavailable
from shadower.domain.events.event import WorkspaceId

MOST_AT_ONCE = 2
"""Questions asked at a time: others need the store too."""
LARGEST_SHARE = 0.25
"""Of the time that one question may take; one that takes long is asked less often."""
LONGEST_QUIET = 15.0
"""Seconds after which a question is asked again although nothing came in: ranges move with time."""
KEPT = 60.0
"""Seconds for which an answer is kept that nobody waits for: who polls comes back."""


class Reader(Protocol):
    """Somebody who wants answers."""

    def show(self, subscription: str, telling: Telling) -> None:
        """Take the newest answer."""

    def drop(self, subscription: str, error: ShadowerError) -> None:
        """Hear that there is no answer and will be none."""


class _Question:
    """What everybody who asks the same shares. Times in seconds of the loop's clock."""

    def __init__(self, asked: AnswerSubscription) -> None:
        self.asked = asked
        self.readers: dict[tuple[Reader, str], None] = {}
        self.telling: Callable[[str], Telling] | None = None
        """Makes the newest answer for a subscription of this name."""
        self.data: bytes | None = None
        self.began: float | None = None
        self.took = 0.0
        self.is_news = False
        """Whether something came in since it was last asked."""
        self.under_way = False
        self.left_at = 0.0

    def due(self) -> float:
        """Return when to ask next."""
        if self.began is None:
            return 0.0
        rest = max(self.asked.every, self.took / LARGEST_SHARE)
        moves = self.is_news or self.asked.moves_with is None
        return self.began + (rest if moves else max(rest, LONGEST_QUIET))


class Answers:
    """Asks what is due, and shows each answer to all who want it."""

    def __init__(self) -> None:
        self._questions: dict[Hashable, _Question] = {}
        self._changed = asyncio.Event()
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)

    def join(self, reader: Reader, subscription: AnswerSubscription) -> None:
        """Show the reader the answer there is, and every one to come."""
        question = self._questions.setdefault(self._key(subscription), _Question(subscription))
        question.readers[reader, subscription.name] = None
        if question.telling is not None:
            reader.show(subscription.name, question.telling(subscription.name))
        self._changed.set()

    def leave(self, reader: Reader, subscription: AnswerSubscription) -> None:
        """Show the reader nothing more of it."""
        question = self._questions.get(self._key(subscription))
        if question is not None:
            question.readers.pop((reader, subscription.name), None)
            question.left_at = asyncio.get_running_loop().time()

    def news(self, workspaces: Iterable[WorkspaceId] | None) -> None:
        """Something came into these workspaces, or perhaps into any."""
        came = None if workspaces is None else set(workspaces)
        for question in self._questions.values():
            if came is None or question.asked.moves_with in came:
                question.is_news = True
        self._changed.set()

    async def __call__(self, report: Report) -> None:
        """Ask until cancelled."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                now = loop.time()
                for question in self._wanted(now):
                    if question.due() <= now:
                        question.under_way = True
                        group.create_task(self._ask(question, report), name="live-answer")
                next_due = min((question.due() for question in self._wanted(now)), default=None)
                try:
                    async with asyncio.timeout(None if next_due is None else max(0.0, next_due - now)):
                        await self._changed.wait()
                except TimeoutError:
                    continue

    def _wanted(self, now: float) -> list[_Question]:
        """Return those somebody waits for, and forget those nobody has waited for in a while."""
        for key, question in list(self._questions.items()):
            if not question.readers and not question.under_way and now - question.left_at > KEPT:
                del self._questions[key]
        return [each for each in self._questions.values() if each.readers and not each.under_way]

    async def _ask(self, question: _Question, report: Report) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with self._turn:
                question.is_news = False
                question.began = loop.time()
                data = await question.asked.ask()
            if data != question.data:
                question.data = data
                self._show(question, partial(_answer, question.asked.topic, data))
        except Unavailable as error:
            self._trouble(question, error)
        except ShadowerError as error:
            self._refuse(question, error)
        except Exception as error:  # noqa: BLE001 - reported, and told to those who wait; it is asked again
            report(error)
            self._trouble(question, Unavailable("Something went wrong here; it is tried again."))
        finally:
            question.took = loop.time() - (question.began or 0.0)
            question.under_way = False
            self._changed.set()

    def _show(self, question: _Question, telling: Callable[[str], Telling]) -> None:
        question.telling = telling
        for reader, name in question.readers:
            reader.show(name, telling(name))

    def _trouble(self, question: _Question, error: ShadowerError) -> None:
        question.data = None
        self._show(question, partial(_refusal, error))

    def _refuse(self, question: _Question, error: ShadowerError) -> None:
        """A question that cannot be right is not asked again."""
        self._questions.pop(self._key(question.asked), None)
        for reader, name in list(question.readers):
            reader.drop(name, error)

    @staticmethod
    def _key(subscription: AnswerSubscription) -> Hashable:
        return subscription.topic, subscription.key, subscription.every


def _answer(topic: str, data: bytes, subscription: str) -> Telling:
    return partial(Answer, subscription=subscription, topic=topic, data=data)


def _refusal(error: ShadowerError, subscription: str) -> Telling:
    return partial(Refused, subscription=subscription, error=error)
