"""A loop of its own in a thread of its own, for callers that cannot await, a notebook's running loop included."""

import asyncio
from collections.abc import Coroutine
from threading import Thread
from typing import Any, TypeVar

from shadower.entrypoints.loop import new_loop

_T = TypeVar("_T")


class LoopThread:
    """Runs coroutines one call at a time or from several threads at once."""

    def __init__(self) -> None:
        self._loop = new_loop()
        self._thread = Thread(target=self._loop.run_forever, name="shadower", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it still runs what it is given."""
        return not self._loop.is_closed()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what the coroutine returns; when the caller is interrupted, it is cancelled."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def end(self) -> None:
        """Stop the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
