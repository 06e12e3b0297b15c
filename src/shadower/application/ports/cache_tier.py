"""The warm tier of a cache: slower than memory, larger, and left standing when the process ends."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Gone:
    """What somebody else has deleted: a value by its name, or all with a tag."""

    name: str | None = None
    tag: str | None = None


class CacheTier(Protocol):
    """Every call but `size` and `close` raises CacheTierUnavailable. Names are `CacheKey.text`; `ttl` in seconds."""

    technology: str
    shared: bool
    """Whether other processes use it too."""

    @abstractmethod
    async def get(self, name: str) -> bytes | None:
        """Return what is kept."""

    @abstractmethod
    async def set(self, name: str, value: bytes, *, ttl: float, tags: Sequence[str]) -> None:
        """Keep it."""

    @abstractmethod
    async def delete(self, name: str) -> None:
        """Drop the value and the count."""

    @abstractmethod
    async def delete_tag(self, tag: str) -> None:
        """Drop every value with the tag."""

    @abstractmethod
    async def increment(self, name: str, by: int, *, ttl: float) -> int:
        """Add to a count at once, whoever else does."""

    @abstractmethod
    async def claim(self, name: str, token: str, *, ttl: float) -> bool:
        """Say that one computes the value; False while somebody else does."""

    @abstractmethod
    async def renew(self, name: str, token: str, *, ttl: float) -> None:
        """Compute it for longer; somebody else's claim stays as it is."""

    @abstractmethod
    async def release(self, name: str, token: str) -> None:
        """Compute it no longer; somebody else's claim stays."""

    @abstractmethod
    async def clear(self) -> None:
        """Drop everything."""

    @abstractmethod
    async def watch(self, gone: Callable[[Gone | None], None]) -> None:
        """Tell what others delete, until cancelled; None first, since something may have been missed before."""

    @abstractmethod
    def size(self) -> int | None:
        """Return its bytes, None when that is not known."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of everything."""
