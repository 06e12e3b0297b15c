"""The hot tier: in memory, bounded in bytes; what was used least recently goes first."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

OVERHEAD: Final = 400
"""Bytes that an entry takes beside its value, its name and its tags: measured, and rounded up."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, or a count. Until when in micros."""

    value: bytes
    expires_at: int
    tags: tuple[str, ...]
    size: int


class HotTier:
    """Values by name. Nothing here awaits."""

    def __init__(self, limit: int) -> None:
        """`limit` in bytes."""
        self._entries = _Entries(limit)

    def get(self, name: str, now: int) -> bytes | None:
        """Return the value unless it has gone by now."""
        entry = self.find(name, now)
        return None if entry is None else entry.value

    def find(self, name: str, now: int) -> Entry | None:
        """Return the entry likewise."""
        entry = self._entries.get(name)
        if entry is not None and entry.expires_at <= now:
            del self._entries[name]
            return None
        return entry

    def set(self, name: str, value: bytes, expires_at: int, tags: tuple[str, ...] = ()) -> None:
        """Keep the value, if there is room for it at all."""
        self.delete(name)
        size = len(value) + len(name) + sum(map(len, tags)) + OVERHEAD
        if size <= self._entries.maxsize:
            self._entries[name] = Entry(value, expires_at, tags, size)

    def delete(self, name: str) -> None:
        """Drop it."""
        self._entries.pop(name, None)

    def delete_tag(self, tag: str) -> None:
        """Drop everything with the tag."""
        for name in list(self._entries.tagged.get(tag, ())):
            del self._entries[name]

    def clear(self) -> None:
        """Drop everything."""
        self._entries.clear()

    @property
    def evictions(self) -> int:
        """Entries dropped to make room."""
        return self._entries.evictions

    @property
    def bytes(self) -> int:
        """What is held."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        return len(self._entries)


class _Entries(LRUCache[str, Entry]):
    """Knows the names of each tag."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit, getsizeof=lambda entry: entry.size)
        self.tagged: defaultdict[str, set[str]] = defaultdict(set)
        self.evictions = 0

    def __setitem__(self, name: str, entry: Entry) -> None:
        super().__setitem__(name, entry)
        for tag in entry.tags:
            self.tagged[tag].add(name)

    def __delitem__(self, name: str) -> None:
        entry = self[name]
        super().__delitem__(name)
        for tag in entry.tags:
            self.tagged[tag].discard(name)
            if not self.tagged[tag]:
                del self.tagged[tag]

    def clear(self) -> None:
        """Drop everything."""
        super().clear()
        self.tagged.clear()

    def popitem(self) -> tuple[str, Entry]:
        """Make room."""
        self.evictions += 1
        return super().popitem()
