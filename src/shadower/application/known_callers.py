"""Who was recognised a moment ago, so that not every request asks the store who is calling."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import KeyId, Scope, ScopeMissing

TTL_KNOWN = 1.0
"""Seconds: a key revoked by another process stops working within this time."""
TTL_UNKNOWN = 0.25
"""Seconds: long enough to soften a flood with one wrong key, too short to keep a new key waiting."""
TTL_WITHOUT_STORE = 300.0
"""
Seconds: so long after the store last confirmed a caller it is believed while the store is down.

All it can be given then is answers that were given before.
"""
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as its credential says: the workspace is never taken from anywhere else."""

    workspace: WorkspaceId
    key: KeyId
    scopes: frozenset[Scope]
    by_cookie: bool = False
    """A browser adds cookies by itself, so such a caller must show that the request is its own."""

    def allows(self, scope: Scope) -> bool:
        """Whether the caller may do what the scope names."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def require(self, scope: Scope) -> None:
        """Raise ScopeMissing unless the caller may do what the scope names."""
        if not self.allows(scope):
            raise ScopeMissing(f"This needs a key with the scope {scope}.")


Recognise = Callable[[], Awaitable[Caller | None]]


class KnownCallers:
    """
    Remembers, per mark of a credential, the caller or that there is none; bounded, and only for a moment.

    Requests with the same credential that come together share one look-up. A look-up that was under way when a key was
    forgotten is answered but not remembered.
    """

    def __init__(self, most: int = MOST_REMEMBERED, now: Callable[[], float] = monotonic) -> None:
        self._remembered: OrderedDict[bytes, tuple[Caller | None, float]] = OrderedDict()
        self._under_way: dict[bytes, asyncio.Task[Caller | None]] = {}
        self._forgotten = 0
        self.hits = 0
        """Look-ups answered from here."""
        self.misses = 0
        """Look-ups for which the store was asked, or somebody else's asking awaited."""
        self._most = most
        self._now = now

    def recall(self, mark: bytes) -> Caller | None:
        """Return the caller if one is remembered; None says nothing at all."""
        remembered = self._remembered.get(mark)
        if remembered is None or remembered[0] is None or remembered[1] <= self._now():
            return None
        self.hits += 1
        return remembered[0]

    async def get(self, mark: bytes, recognise: Recognise) -> Caller | None:
        """Return the caller, asking `recognise` when the answer is not at hand. Raises what it raises."""
        remembered = self._remembered.get(mark)
        if remembered is not None and remembered[1] > self._now():
            self.hits += 1
            return remembered[0]
        self.misses += 1
        task = self._under_way.get(mark)
        if task is None:
            task = asyncio.create_task(self._ask(mark, recognise), name="recognise-caller")
            self._under_way[mark] = task
            task.add_done_callback(lambda done: self._finished(mark, done))
        # A caller that hangs up must not take the answer away from the others that wait for it.
        return await asyncio.shield(task)

    def forget(self, key: KeyId) -> None:
        """Make the next request with this key, or with a browser session of it, ask anew."""
        self._forgotten += 1
        for mark, (caller, _) in list(self._remembered.items()):
            if caller is not None and caller.key == key:
                del self._remembered[mark]

    def forget_credential(self, mark: bytes) -> None:
        """Make the next request with this one credential ask anew."""
        self._forgotten += 1
        self._remembered.pop(mark, None)

    async def _ask(self, mark: bytes, recognise: Recognise) -> Caller | None:
        forgotten = self._forgotten
        try:
            caller = await recognise()
        except StoreUnavailable:
            caller = self._believed(mark)
            if caller is None:
                raise
            return caller
        if forgotten == self._forgotten:
            self._remember(mark, caller)
        return caller

    def _believed(self, mark: bytes) -> Caller | None:
        remembered = self._remembered.get(mark)
        if remembered is None or remembered[1] - TTL_KNOWN + TTL_WITHOUT_STORE <= self._now():
            return None
        return remembered[0]

    def _remember(self, mark: bytes, caller: Caller | None) -> None:
        self._remembered[mark] = (caller, self._now() + (TTL_UNKNOWN if caller is None else TTL_KNOWN))
        self._remembered.move_to_end(mark)
        if len(self._remembered) > self._most:
            self._remembered.popitem(last=False)

    def _finished(self, mark: bytes, task: asyncio.Task[Caller | None]) -> None:
        self._under_way.pop(mark, None)
        # Everybody who asked may have hung up; then nobody else looks at the error.
        if not task.cancelled():
            task.exception()
