"""Telling a listener's messages over any connection: written as they come, while another task hears what comes back."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any

import structlog

from shadower.application.live.listener import Listener
from shadower.application.live.messages import Ending, Message

LONGEST_FAREWELL = 5.0
"""Seconds in which the other side takes in that the connection ends."""

_log = structlog.stdlib.get_logger("shadower.live")


async def tell(
    listener: Listener,
    write: Callable[[Message], Awaitable[None]],
    hear: Coroutine[Any, Any, None],
    farewell: Callable[[Ending], Awaitable[None]],
) -> Ending:
    """Write messages until the end, then say farewell unless the other side is gone; return why it ended."""
    hearing = asyncio.create_task(_heard(listener, hear), name="live-hear")
    aborted = _abort_with(listener)
    try:
        async with aclosing(listener.messages()) as messages:
            async for message in messages:
                await write(message)
    except asyncio.CancelledError:
        if not aborted.is_set():
            raise
    except (RuntimeError, OSError):  # what servers raise when the connection is not there any more
        listener.end(Ending.GONE)
    finally:
        # A server may wait with the end of a connection until nobody listens to it.
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
    ending = listener.ending or Ending.GONE
    if ending is not Ending.GONE and not aborted.is_set():
        await _say(farewell, ending, aborted)
    return ending


async def _heard(listener: Listener, hear: Coroutine[Any, Any, None]) -> None:
    try:
        await hear
    except Exception:  # noqa: BLE001 - logged, and the connection ends with it
        _log.exception("a live connection failed")
        listener.end(Ending.FAILED)


def _abort_with(listener: Listener) -> asyncio.Event:
    """Let the listener break off whatever this task waits for; the event tells that it did."""
    aborted = asyncio.Event()
    task = asyncio.current_task()

    def abort() -> None:
        if task is not None and not aborted.is_set():
            aborted.set()
            task.cancel()

    listener.abort = abort
    return aborted


async def _say(farewell: Callable[[Ending], Awaitable[None]], ending: Ending, aborted: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LONGEST_FAREWELL):
            await farewell(ending)
    except (TimeoutError, RuntimeError, OSError):
        return
    except asyncio.CancelledError:
        if not aborted.is_set():
            raise
