"""The live side of a process: who is connected, and everything they are served by."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from shadower.application.authenticate import Authenticate, Credential
from shadower.application.known_callers import Caller
from shadower.application.live.answers import Answers
from shadower.application.live.counts import Counts
from shadower.application.live.credentials import Credentials
from shadower.application.live.hub import Hub
from shadower.application.live.listener import Listener
from shadower.application.live.messages import Ending
from shadower.application.live.past import Past
from shadower.application.live.subscriptions import Subscription
from shadower.application.ports.event_log import EventLog
from shadower.application.ports.report import Report
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.domain.errors import Conflict, RateLimited, Unavailable
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.live.seats import LiveFull, Seats, Transport

BEAT = 1.0
"""Seconds between two looks at all connections."""
MOST_QUEUED = 256 * 1024 * 1024
"""Bytes that may wait for all connections together before new ones are turned away."""
GRACE = 2.0
"""Seconds in which connections take in that they end."""


class LiveClosing(Unavailable):
    """The process is about to stop; another one takes over."""

    code = "live_closing"


class PositionUnknown(Conflict):
    """The log has not come as far as the position: it is that of another store, or of one that was restored."""

    code = "position_unknown"


class Live:
    """Runs until cancelled. Connections come and go through `connected`, those who poll through `visiting`."""

    def __init__(self, log: EventLog, open_snapshot: OpenSnapshot, authenticate: Authenticate, seats: Seats) -> None:
        self._log = log
        self._hub = Hub(log)
        self._past = Past(self._hub.tail, open_snapshot)
        self._answers = Answers()
        self._credentials = Credentials(authenticate)
        self._listeners: set[Listener] = set()
        self._pressed = False
        self._closing = False
        self._empty = asyncio.Event()
        """Set when the last listener left, after `close`."""
        self.seats = seats
        self.counts = Counts()
        self._hub.on_news = self._answers.news
        self._hub.on_change = self._tell_trouble

    async def __call__(self, report: Report) -> None:
        """Serve those who listen. What goes wrong is reported, and tried again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hub(report), name="live-hub")
            group.create_task(self._answers(report), name="live-answers")
            group.create_task(self._beat(report), name="live-beat")
            group.create_task(self._watch_credentials(report), name="live-credentials")

    @asynccontextmanager
    async def connected(
        self,
        caller: Caller,
        credential: Credential,
        transport: Transport,
        subscriptions: Sequence[Subscription],
        after: Position | None,
    ) -> AsyncIterator[Listener]:
        """
        A listener for as long as the connection is open.

        Raises LiveFull, TooManyConnections, LiveClosing, StoreUnavailable, TooManySubscriptions, SubscriptionNameTaken.
        """
        self._take_seat(caller, transport)
        try:
            async with self._listening(caller.workspace, subscriptions, after) as listener:
                self._credentials.enter(listener, credential)
                try:
                    yield listener
                finally:
                    self._credentials.leave(listener, credential)
                    self.counts.ended[listener.ending or Ending.GONE] += 1
        finally:
            self.seats.leave(caller.key, transport)

    @asynccontextmanager
    async def visiting(
        self, workspace: WorkspaceId, subscriptions: Sequence[Subscription], after: Position | None
    ) -> AsyncIterator[Listener]:
        """A listener for one question. Raises as `connected`, but for the seats."""
        if self._closing:
            raise _closing()
        async with self._listening(workspace, subscriptions, after) as listener:
            if self._hub.trouble is not None:
                raise self._hub.trouble
            yield listener

    async def close(self) -> None:
        """End every connection, and take no more."""
        self._closing = True
        for listener in self._listeners:
            listener.end(Ending.RESTARTING)
        if self._listeners:
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self._empty.wait()
        for listener in self._listeners:
            listener.abort()

    def _take_seat(self, caller: Caller, transport: Transport) -> None:
        try:
            if self._closing:
                raise _closing()
            if self._pressed:
                raise LiveFull("Too much waits to be sent just now; ask /api/v1/live/poll.", retry_after=5)
            self.seats.take(caller.key, transport)
        except (Unavailable, RateLimited) as error:
            self.counts.refused[error.code] += 1
            raise

    @asynccontextmanager
    async def _listening(
        self, workspace: WorkspaceId, subscriptions: Sequence[Subscription], after: Position | None
    ) -> AsyncIterator[Listener]:
        await self._hub.followed()
        known = after is None or after <= self._hub.position or after <= await self._log.head()
        listener = Listener(self._hub, self._past, self._answers, self.counts, workspace, after if known else None)
        self._listeners.add(listener)
        try:
            if not known:
                listener.refuse(None, PositionUnknown("The log has not come that far; this goes on from where it is."))
            if self._hub.trouble is not None:
                listener.hear(self._hub.trouble)
            listener.subscribe(subscriptions)
            yield listener
        finally:
            self._listeners.discard(listener)
            listener.leave()
            if self._closing and not self._listeners:
                self._empty.set()

    async def _beat(self, report: Report) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT)
            try:
                if self._listeners:
                    self._hub.want()
                for listener in self._listeners:
                    listener.beat(loop.time())
                self._pressed = sum(listener.outbox.queued for listener in self._listeners) > MOST_QUEUED
            except Exception as error:  # noqa: BLE001 - reported; the next beat looks again
                report(error)

    async def _watch_credentials(self, report: Report) -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                await self._credentials.check()
            except Exception as error:  # noqa: BLE001 - reported; the next round looks again
                report(error)

    def _tell_trouble(self) -> None:
        """The log cannot be followed any more, or can again: nobody should take silence for peace."""
        for listener in self._listeners:
            listener.hear(self._hub.trouble)


def _closing() -> LiveClosing:
    return LiveClosing("This process is about to stop; connect again.")
