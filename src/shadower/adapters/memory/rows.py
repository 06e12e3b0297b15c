"""
Tables of rows, and what one unit of work sees and changes of them.

A view reads committed rows overlaid with its own changes. Whatever it may change it locks first and until its end, so
applying the changes at commit never overwrites anybody else's.
"""

import asyncio
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from shadower.domain.errors import StoreUnavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class Table(Generic[K, V]):
    """Committed rows, in the order in which they were added, and the locks somebody holds or waits for."""

    rows: dict[K, V] = field(default_factory=dict)
    locks: WeakValueDictionary[K, asyncio.Lock] = field(default_factory=WeakValueDictionary)


class View(Generic[K, V]):
    """One unit of work's view of a table."""

    def __init__(self, table: Table[K, V], patience: float | None) -> None:
        """`patience`: how long (seconds) to wait for a lock; two units may wait for each other. None locks nothing."""
        self._table = table
        self._patience = patience
        self._changed: dict[K, V] = {}
        self._removed: set[K] = set()
        self._held: dict[K, asyncio.Lock] = {}

    def find(self, key: K) -> V | None:
        """Return the row as this unit of work sees it, without locking it."""
        if key in self._changed:
            return self._changed[key]
        return None if key in self._removed else self._table.rows.get(key)

    async def lock(self, key: K) -> V | None:
        """Lock the row, there or not, until the end; return it. Raises StoreUnavailable after too long a wait."""
        if self._patience is not None and key not in self._held:
            lock = self._table.locks.setdefault(key, asyncio.Lock())
            try:
                async with asyncio.timeout(self._patience if lock.locked() else None):
                    await lock.acquire()
            except TimeoutError:
                raise StoreUnavailable("Another unit of work has held what this one needs for too long.") from None
            self._held[key] = lock
        return self.find(key)

    def is_free(self, key: K) -> bool:
        """Whether locking the row now would wait for nobody."""
        lock = self._table.locks.get(key)
        return self._patience is None or key in self._held or lock is None or not lock.locked()

    def put(self, key: K, row: V) -> None:
        """Write a row this unit has locked, or whose key it has just made."""
        self._removed.discard(key)
        self._changed[key] = row

    def remove(self, key: K) -> None:
        """Take away a row this unit has locked."""
        self._changed.pop(key, None)
        self._removed.add(key)

    def every_key(self) -> list[K]:
        """Return the keys of all rows, in no order."""
        return [key for key in self._table.rows.keys() | self._changed.keys() if key not in self._removed]

    def newest_first(self) -> Iterator[V]:
        """Go through the rows, the last added first. Not to be carried across an await."""
        committed = self._table.rows
        for key in reversed(self._changed):
            if key not in committed:
                yield self._changed[key]
        for key in reversed(committed):
            if key not in self._removed:
                yield self._changed.get(key, committed[key])

    def apply(self) -> None:
        """Make the changes visible to everybody and let go of the locks."""
        self._table.rows.update(self._changed)
        for key in self._removed:
            self._table.rows.pop(key, None)
        self.discard()

    def discard(self) -> None:
        """Forget the changes and let go of the locks."""
        self._changed.clear()
        self._removed.clear()
        for lock in self._held.values():
            lock.release()
        self._held.clear()
