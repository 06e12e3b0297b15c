"""One connection, as the hub sees it: what it asks for, how far it has come, and what it is to be told."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from functools import partial

from shadower.application.live.answers import Answers
from shadower.application.live.counts import Counts
from shadower.application.live.hub import Channel, Hub
from shadower.application.live.messages import (
    Ending,
    Events,
    Heartbeat,
    Message,
    Refused,
    Subscribed,
    Telling,
    Unsubscribed,
    Welcome,
)
from shadower.application.live.outbox import Outbox
from shadower.application.live.past import Past
from shadower.application.live.subscriptions import (
    MOST_SUBSCRIPTIONS,
    EventSubscription,
    Subscription,
    SubscriptionNameTaken,
    TooManySubscriptions,
    Wants,
)
from shadower.domain.errors import ShadowerError, Unavailable
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.live.pulse import Pulse

LONGEST_IDLE = 60.0
"""Seconds for which a connection may ask for nothing."""
PAUSE = 1.0
"""Seconds until the store is looked at again when it was away."""
_OF_THE_LOG = ""
"""Stands for what is told of no subscription in particular."""


class Listener:
    """
    Tells its messages one at a time, whenever it is asked for the next.

    It first reads what came in since its position, then joins the channel of those who want the same.
    """

    def __init__(
        self,
        hub: Hub,
        past: Past,
        answers: Answers,
        counts: Counts,
        workspace: WorkspaceId,
        after: Position | None = None,
    ) -> None:
        """Make it while the hub follows the log. `after`: the position to go on from; by default, from now on."""
        self._hub = hub
        self._past = past
        self._answers = answers
        self._counts = counts
        self._workspace = workspace
        self._position = hub.position if after is None else after
        self._resumes = after is not None
        self._subscriptions: dict[str, Subscription] = {}
        self._wants: Wants = ()
        self._channel: Channel | None = None
        self._before: deque[Events] = deque()
        """What came in before it joined its channel and is still to be told."""
        self._told = self._position
        self._wake = asyncio.Event()
        self._idle_since = asyncio.get_running_loop().time()
        self._pulse = Pulse(self._idle_since)
        self._is_silent = False
        self.outbox = Outbox(lambda: self.position)
        self.ending: Ending | None = None
        self.abort: Callable[[], None] = lambda: None
        """Called when it has to end and does not take in its last message."""
        self.outbox.say(Welcome)

    @property
    def position(self) -> Position:
        """Up to where events were put in."""
        if self._channel is not None:
            return self._channel.position
        return self._position if self._wants or self._resumes else self._hub.position

    def subscribe(self, subscriptions: Iterable[Subscription]) -> None:
        """Tell what these ask for too. Raises TooManySubscriptions, SubscriptionNameTaken."""
        for subscription in subscriptions:
            if subscription.name in self._subscriptions:
                raise SubscriptionNameTaken(f"There is a subscription {subscription.name!r} already.", field="id")
            if len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
                raise TooManySubscriptions(f"A connection takes {MOST_SUBSCRIPTIONS} subscriptions.", field="id")
            self._subscriptions[subscription.name] = subscription
            self.outbox.say(partial(Subscribed, subscription=subscription.name, topic=subscription.topic))
            if isinstance(subscription, EventSubscription):
                self._want((*self._wants, subscription))
            else:
                self._answers.join(self, subscription)
        self.wake()

    def unsubscribe(self, name: str) -> None:
        """Tell nothing more of this subscription; none there is fine."""
        if self._forget(name):
            self.outbox.say(partial(Unsubscribed, subscription=name))
            self.wake()

    def leave(self) -> None:
        """Ask for nothing any more."""
        for name in list(self._subscriptions):
            self._forget(name)

    def end(self, ending: Ending) -> None:
        """Tell nothing more, for this reason."""
        if self.ending is None:
            self.ending = ending
            self.wake()

    def wake(self) -> None:
        self._wake.set()

    def put(self, events: Events, after: Position) -> None:
        self.outbox.put(events, after)
        self.wake()

    def skip(self, after: Position) -> None:
        self.outbox.skip(after)
        self.wake()

    def show(self, subscription: str, telling: Telling) -> None:
        self.outbox.show(subscription, telling)
        self.wake()

    def drop(self, subscription: str, error: ShadowerError) -> None:
        self._forget(subscription)
        self.refuse(subscription, error)

    def refuse(self, subscription: str | None, error: ShadowerError) -> None:
        """Tell what cannot be done."""
        self.outbox.say(partial(Refused, subscription=subscription, error=error))
        self.wake()

    def hear(self, trouble: ShadowerError | None) -> None:
        """Tell why the log cannot be followed, or that it can."""
        self.show(_OF_THE_LOG, _sign_of_life(trouble))

    def beat(self, now: float) -> None:
        """Look at the time, in seconds of the loop's clock: say something, or end what leads nowhere."""
        if self._pulse.is_stuck(now):
            self.end(Ending.STUCK)
            self.abort()
        elif not self._subscriptions and now - self._idle_since >= LONGEST_IDLE:
            self.end(Ending.IDLE)
        elif self._pulse.is_silent(now):
            self._is_silent = True
            self.wake()

    @property
    def told_until(self) -> Position:
        """Up to where everything was told."""
        return self._told if self._before else self.outbox.told_until

    def ready(self) -> Message | None:
        """Return what can be told without waiting."""
        if not self._before:
            return self.outbox.take()
        message = self._before.popleft()
        self._told = message.position
        return message

    async def look_back(self) -> None:
        """Read on until there is something to tell, or nothing more to read. Raises StoreUnavailable, QueryTimeout."""
        while not self._before and await self._catch_up():
            pass

    async def messages(self) -> AsyncGenerator[Message, None]:
        """Yield messages until the end."""
        time = asyncio.get_running_loop().time
        while (message := await self._next()) is not None:
            self._pulse.saying(time())
            yield message
            self._pulse.said(time())
            self._counts.told(message)

    async def _next(self) -> Message | None:
        while self.ending is None:
            message = self.ready()
            if message is not None:
                return message
            if await self._came_nearer():
                continue
            if self._is_silent:
                self._is_silent = False
                return _sign_of_life(self._hub.trouble)(self.outbox.position)
            await self._wake.wait()
            self._wake.clear()
        return None

    async def _came_nearer(self) -> bool:
        """Whether there may be something to tell now; while the store is away, that is told."""
        try:
            return await self._catch_up()
        except Unavailable as error:
            self.hear(error)
            await asyncio.sleep(PAUSE)
            return True

    async def _catch_up(self) -> bool:
        """Come nearer to the channel, or join it; return False when there, or when it has to come nearer itself."""
        if not self._wants or self._channel is not None:
            return False
        if not self._hub.is_behind(self._position, self._workspace, self._wants):
            self._channel = self._hub.join(self, self._workspace, self._wants)
            if self._channel is None:
                self._hub.wake_when_moved(self)
            return self._channel is not None
        wants = self._wants
        piece = await self._past.piece(self._workspace, wants, self._position, self._hub.position)
        # What is wanted may have changed meanwhile; then this is looked out anew.
        if wants is self._wants:
            self._before.extend(piece.events)
            self._position = piece.position
        return True

    def _want(self, wants: Wants) -> None:
        self._position = self.position
        self._resumes = False
        if self._channel is not None:
            self._hub.leave(self, self._channel)
            self._channel = None
        self._wants = wants
        if wants:
            self._channel = self._hub.join(self, self._workspace, wants)

    def _forget(self, name: str) -> bool:
        subscription = self._subscriptions.pop(name, None)
        if isinstance(subscription, EventSubscription):
            self._want(tuple(each for each in self._wants if each is not subscription))
        elif subscription is not None:
            self._answers.leave(self, subscription)
            self.outbox.forget(name)
        self._idle_since = asyncio.get_running_loop().time()
        return subscription is not None


def _sign_of_life(trouble: ShadowerError | None) -> Telling:
    """While the log cannot be followed, nobody can say that nothing came in."""
    return Heartbeat if trouble is None else partial(Refused, subscription=None, error=trouble)
