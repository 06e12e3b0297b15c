"""The warm tier of a cache in a folder, for one process."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from shadower.application.ports.cache import CacheTierUnavailable
from shadower.application.ports.cache_tier import CacheTier, Gone

_COUNT: Final = "count:"
_VALUE: Final = "value:"

_T = TypeVar("_T")


class DiskTier(CacheTier):
    """
    Whatever waits for the disk does so in a thread of its own.

    A folder that cannot be read is emptied: whatever was in it can be computed again.
    """

    technology = "disk"
    shared = False

    def __init__(self, folder: Path, limit: int) -> None:
        """`limit` in bytes. The folder is made when it is first needed."""
        self._folder = folder
        self._limit = limit
        self._thread = ThreadPoolExecutor(1, "cache-on-disk")
        self._cache: Any = None
        self._size: int | None = None

    async def get(self, name: str) -> bytes | None:
        return await self._do(lambda cache: cache.get(_VALUE + name))

    async def set(self, name: str, value: bytes, *, ttl: float, tags: Sequence[str]) -> None:
        def written(cache: Any) -> None:  # noqa: ANN401 - the library has no types
            cache.set(_VALUE + name, value, expire=ttl, tag="\n".join(tags) or None)
            self._size = cache.volume()

        await self._do(written)

    async def delete(self, name: str) -> None:
        def deleted(cache: Any) -> None:  # noqa: ANN401 - as above
            cache.delete(_VALUE + name)
            cache.delete(_COUNT + name)

        await self._do(deleted)

    async def delete_tag(self, tag: str) -> None:
        from shadower.adapters.diskcache.bytes_disk import delete_tagged  # noqa: PLC0415 - see `_done`

        await self._do(lambda cache: delete_tagged(cache, tag))

    async def increment(self, name: str, by: int, *, ttl: float) -> int:
        def added(cache: Any) -> int:  # noqa: ANN401 - as above
            with cache.transact():
                cache.add(_COUNT + name, 0, expire=ttl)
                return int(cache.incr(_COUNT + name, by))

        return await self._do(added)

    async def claim(self, name: str, token: str, *, ttl: float) -> bool:  # noqa: ARG002 - nobody else is there
        return True

    async def renew(self, name: str, token: str, *, ttl: float) -> None:
        """Nobody waits."""

    async def release(self, name: str, token: str) -> None:
        """Nobody waits."""

    async def clear(self) -> None:
        await self._do(lambda cache: cache.clear())

    async def watch(self, gone: Callable[[Gone | None], None]) -> None:
        gone(None)
        await asyncio.Event().wait()

    def size(self) -> int | None:
        return self._size

    async def close(self) -> None:
        if self._cache is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._cache.close)
            self._cache = None
        self._thread.shutdown(wait=False)

    async def _do(self, what: Callable[[Any], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._done, what)

    def _done(self, what: Callable[[Any], _T]) -> _T:
        # Imported here: a process that asks nothing need not wait for it.
        from shadower.adapters.diskcache.bytes_disk import TROUBLES, open_cache  # noqa: PLC0415 - see above

        try:
            if self._cache is None:
                self._cache = open_cache(self._folder, self._limit)
                self._size = self._cache.volume()
            return what(self._cache)
        except TROUBLES as error:
            if _is_broken(error):
                self._begin_anew()
            raise CacheTierUnavailable(f"The cache on disk cannot be used ({error or 'it is busy'}).") from error

    def _begin_anew(self) -> None:
        if self._cache is not None:
            self._cache.close()
            self._cache = None
        shutil.rmtree(self._folder, ignore_errors=True)


def _is_broken(error: Exception) -> bool:
    """Whether what is on disk is not what was written there: not when there is no room, or no time."""
    if isinstance(error, sqlite3.OperationalError):
        return "malformed" in str(error) or "no such" in str(error)
    return isinstance(error, sqlite3.DatabaseError | ValueError)
