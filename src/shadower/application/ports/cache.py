"""
What was computed a moment ago, as bytes that anybody may lose.

Whoever keeps a value decides by `acceptable` whether it is still true: nothing here makes an answer right or wrong.
"""

import re
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from shadower.application.ports.report import Report
from shadower.domain.errors import Unavailable
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import Scope

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one value. A larger one is handed to whoever asks for it now, and not kept."""

_PLAIN: Final = re.compile(r"[a-z0-9._-]+")


class CacheTierUnavailable(Unavailable):
    """A tier of the cache cannot be used just now. The cache itself never says so: it does without."""

    code = "cache_tier_unavailable"


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Whose a value is, what kind of value it is, and by which question."""

    workspace: WorkspaceId
    scope: Scope
    """What a caller must be allowed to be given the value."""
    name: str
    digest: str
    """Of everything else that can change the value."""

    def __post_init__(self) -> None:
        """Raise ValueError for a name or digest that could be taken for a part of another key."""
        if not (_PLAIN.fullmatch(self.name) and _PLAIN.fullmatch(self.digest)):
            raise ValueError(f"Names and digests are of a-z 0-9 . _ -, unlike {self.name!r} and {self.digest!r}.")

    @property
    def text(self) -> str:
        """The key in one word; no two keys have the same."""
        return f"{self.workspace}:{self.scope}:{self.name}:{self.digest}"


Compute = Callable[[], Awaitable[bytes | None]]
"""None stands for a value that nobody else can be given."""
Acceptable = Callable[[bytes], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class CacheFigures:
    """What has become of look-ups since the start, and what is held."""

    hot_hits: int
    warm_hits: int
    joined: int
    """Look-ups answered by a computation that was under way for somebody else."""
    misses: int
    evictions: int
    """Of the hot tier, to make room."""
    hot_entries: int
    hot_bytes: int
    warm: str | None
    """What the warm tier is; None where there is none."""
    warm_up: bool
    warm_bytes: int | None
    """None where it does not say."""
    detail: str | None = None
    """Why the warm tier is not used."""

    @property
    def hits(self) -> int:
        """Look-ups for which nothing was computed."""
        return self.hot_hits + self.warm_hits + self.joined


class Cache(Protocol):
    """
    Values by key, in memory and perhaps in a warm tier that outlives the process or is shared with others.

    Everything in it may be gone at any moment. No call fails because a tier does.
    """

    @abstractmethod
    async def get_or_compute(
        self, key: CacheKey, compute: Compute, *, ttl: float, tags: Sequence[str] = (), acceptable: Acceptable
    ) -> bytes | None:
        """
        Return the value if there is an acceptable one, else what `compute` returns, kept for about `ttl` seconds.

        Of those who miss at the same time, in every process that shares the warm tier, one computes and the others
        are given what it returns, if it is acceptable to them too. They are given its error likewise, but not its
        cancellation: then another of them computes. Nobody waits for another process for ever. What was deleted while
        it was computed is not kept.
        """

    @abstractmethod
    async def get(self, key: CacheKey) -> bytes | None:
        """Return the value, None when there is none."""

    @abstractmethod
    async def set(
        self, key: CacheKey, value: bytes, *, ttl: float, tags: Sequence[str] = (), near: bool = False
    ) -> None:
        """Keep the value for about `ttl` seconds, with `near` in this process alone; drop what was there."""

    @abstractmethod
    async def delete(self, key: CacheKey) -> None:
        """Forget the value and the count, here at once and in other processes as soon as they hear of it."""

    @abstractmethod
    async def delete_tag(self, tag: str) -> None:
        """Forget every value that was kept with this tag, likewise."""

    @abstractmethod
    async def increment(self, key: CacheKey, by: int = 1, *, ttl: float) -> int:
        """
        Add to a count, which begins at 0 and is gone `ttl` seconds after that, and return it.

        Nothing is lost between callers, nor between processes that share the warm tier while it is up. Counts are
        apart from values: `get` does not see them.
        """

    @abstractmethod
    async def run(self, report: Report) -> None:
        """
        Follow what other processes delete, and tell once when the warm tier goes away, until cancelled.

        Returns at once when there is no such tier.
        """

    @abstractmethod
    def figures(self) -> CacheFigures:
        """Return what is known without asking anybody."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of every connection and file."""
