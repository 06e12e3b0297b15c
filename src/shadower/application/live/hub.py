"""The one reader of the log in a process, for everybody who listens."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from shadower.application.live.arrivals import Arrival, Tail
from shadower.application.live.messages import Events
from shadower.application.live.subscriptions import Wants, told
from shadower.application.ports.event_log import EventLog
from shadower.application.ports.report import Report
from shadower.domain.errors import ShadowerError, StoreUnavailable
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.growing_pause import growing_pause

LARGEST_PASS = 500
"""Events read at a time."""
MOST_BEHIND = 10_000
"""Events: further behind the head of the log than this, the hub goes to the head and tells everybody of the gap."""
REMEMBERED = 500
"""Events before the head that are read when somebody begins to listen: who was away for a moment misses none."""
LINGER = 60.0
"""Seconds the hub goes on when nobody listens any more: who polls comes back."""
LONGEST_WAIT = 5.0
LONGEST_PAUSE = 0.1
PAUSE_PER_LISTENER = 0.00005
"""Seconds: about what it takes to send a message. Under load, passes leave the time for what they cause."""
LONGEST_STEP = 0.01
"""Seconds of dealing out before others have a turn."""
_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
"""Seconds until the log is tried again."""


class Hearer(Protocol):
    """Somebody who listens."""

    @property
    def position(self) -> Position:
        """Up to where everything was put in."""

    def put(self, events: Events, after: Position) -> None:
        """Take in events, before which everything up to `after` was taken in."""

    def skip(self, after: Position) -> None:
        """What came in after this position is left out."""

    def wake(self) -> None:
        """Something has changed."""


class Channel:
    """Those who are told the same events, for whom they are looked out once."""

    def __init__(self, workspace: WorkspaceId, wants: Wants, position: Position) -> None:
        self.workspace = workspace
        self.wants = wants
        self.position = position
        """Up to where events were dealt out."""
        self.hearers: dict[Hearer, None] = {}

    def deal(self, arrivals: Sequence[Arrival], until: Position) -> int:
        """Deal out what came in, up to a position; return to how many hearers something went."""
        reached = 0
        for events in told(arrivals, self.wants):
            reached = len(self.hearers)
            for hearer in self.hearers:
                hearer.put(events, self.position)
            self.position = events.position
        self.position = until
        return reached

    def skip(self, until: Position) -> None:
        """Leave out everything up to a position."""
        for hearer in self.hearers:
            hearer.skip(self.position)
        self.position = until


class Hub:
    """
    Follows the log while somebody listens, and deals out each event to the channels that want it.

    `position` is the last event it has read; a channel may be a little behind it, in the middle of a pass.
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.position = Position(0)
        self.tail = Tail()
        self.trouble: ShadowerError | None = StoreUnavailable("The log is not read yet.")
        """Why the log cannot be followed just now; None when it can."""
        self.on_news: Callable[[Iterable[WorkspaceId] | None], None] = lambda _: None
        """Called with the workspaces something came into; None for any."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when the log cannot be followed any more, and when it can again."""
        self._channels: dict[tuple[WorkspaceId, Wants], Channel] = {}
        self._waiting: set[Hearer] = set()
        self._wanted = asyncio.Event()
        self._following = asyncio.Event()
        self._wanted_at = 0.0
        self._failures = 0
        """In a row."""

    def want(self) -> None:
        """Say that somebody listens: for a while, the log is followed."""
        self._wanted_at = asyncio.get_running_loop().time()
        self._wanted.set()

    async def followed(self) -> None:
        """Return when the log is being followed, so that `position` means something. Raises StoreUnavailable."""
        self.want()
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._following.wait()
        except TimeoutError:
            raise self.trouble or StoreUnavailable("The log cannot be followed just now.") from None

    def join(self, hearer: Hearer, workspace: WorkspaceId, wants: Wants) -> Channel | None:
        """Let the hearer be told from its position on; None when the channel is elsewhere just now."""
        channel = self._channels.get((workspace, wants))
        if (self.position if channel is None else channel.position) != hearer.position:
            return None
        if channel is None:
            channel = self._channels[workspace, wants] = Channel(workspace, wants, self.position)
        channel.hearers[hearer] = None
        return channel

    def leave(self, hearer: Hearer, channel: Channel) -> None:
        """Tell the hearer nothing more."""
        channel.hearers.pop(hearer, None)
        if not channel.hearers:
            self._channels.pop((channel.workspace, channel.wants), None)

    def is_behind(self, position: Position, workspace: WorkspaceId, wants: Wants) -> bool:
        """Whether events after the position have been dealt out to the channel already."""
        channel = self._channels.get((workspace, wants))
        return position < (self.position if channel is None else channel.position)

    def wake_when_moved(self, hearer: Hearer) -> None:
        """Wake the hearer after the next pass."""
        self._waiting.add(hearer)

    async def __call__(self, report: Report) -> None:
        """Follow the log whenever somebody listens, until cancelled. What goes wrong is reported and tried again."""
        while True:
            await self._wanted.wait()
            try:
                await self._begin()
                await self._follow()
            except Exception as error:  # noqa: BLE001 - reported; those who listen are told that nothing is followed
                self._lost(error)
                report(error)
                await asyncio.sleep(growing_pause(self._failures, _PAUSE, _LONGEST_PAUSE))

    async def _begin(self) -> None:
        """Start at the head, or go on where the log could not be followed."""
        if not self._following.is_set():
            head = await self._log.head()
            self.position = Position(max(0, head - REMEMBERED))
            self.tail.begin(self.position)
            while self.position < head:
                await self._take_in(head)
            self._following.set()
            self._found()

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        within = 0.0  # whether the log can be followed again is to be known at once
        while loop.time() - self._wanted_at < LINGER:
            head = await self._log.wait(self.position, within)
            if head > self.position:
                await self._pass(head)
            self._found()
            within = LONGEST_WAIT
        self._following.clear()
        self._wanted.clear()

    async def _pass(self, head: Position) -> None:
        began = asyncio.get_running_loop().time()
        if head - self.position > MOST_BEHIND:
            self._skip(head)
            return
        arrivals = await self._take_in(head)
        news: defaultdict[WorkspaceId, list[Arrival]] = defaultdict(list)
        for arrival in arrivals:
            news[arrival.workspace].append(arrival)
        reached = await self._deal(news)
        self.on_news(news)
        self._moved()
        took = asyncio.get_running_loop().time() - began
        await asyncio.sleep(min(LONGEST_PAUSE, max(took, reached * PAUSE_PER_LISTENER)))

    async def _deal(self, news: defaultdict[WorkspaceId, list[Arrival]]) -> int:
        """Each channel without an interruption, and between them others have their turn."""
        loop = asyncio.get_running_loop()
        turn = loop.time()
        until, reached = self.position, 0
        for channel in list(self._channels.values()):
            if channel.position < until:
                reached += channel.deal(news.get(channel.workspace, ()), until)
            if loop.time() - turn > LONGEST_STEP:
                await asyncio.sleep(0)
                turn = loop.time()
        return reached

    def _skip(self, head: Position) -> None:
        self.position = head
        self.tail.begin(head)
        for channel in self._channels.values():
            channel.skip(head)
        self.on_news(None)
        self._moved()

    async def _take_in(self, head: Position) -> Sequence[Arrival]:
        """Read on; what retention has removed by now is not waited for."""
        arrivals = [Arrival(one) for one in await self._log.read(self.position, LARGEST_PASS)]
        self.tail.add(arrivals)
        self.position = arrivals[-1].position if arrivals else head
        return arrivals

    def _moved(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for hearer in waiting:
            hearer.wake()

    def _found(self) -> None:
        self._failures = 0
        if self.trouble is not None:
            self.trouble = None
            self.on_change()

    def _lost(self, error: Exception) -> None:
        self._failures += 1
        was_well = self.trouble is None
        self.trouble = error if isinstance(error, ShadowerError) else StoreUnavailable("The log cannot be followed.")
        if was_well:
            self.on_change()
