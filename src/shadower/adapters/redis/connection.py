"""A connection to Redis, and what its driver's errors mean."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from shadower.application.ports.event_bus import BusUnavailable
from shadower.domain.errors import Unavailable

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 5.0
"""Longer than anything here waits on purpose."""

_AWAY: Final = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError, OSError)
_WATCHFUL: Final[dict[str, Any]] = {
    "socket_keepalive": True,
    "socket_keepalive_options": {
        getattr(socket, name): seconds
        for name, seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    },
}
_PASSING: Final = re.compile(r"\b(LOADING|MASTERDOWN|CLUSTERDOWN|MISCONF|OOM|BUSY|READONLY|NOREPLICAS)\b")
"""Is in answers that another moment may change; within a script, not at their beginning."""


def redis_client(url: str, *, watchful: bool = False) -> Any:  # noqa: ANN401 - its own types say that every command may answer at once
    """
    Return a client; it connects when it is first used. Commands are given within `answering`.

    It never repeats a command by itself: what was read and lost on the way has to be known, to be claimed. And it has
    no timeout of its own: with one it uses `wait_for`, which before Python 3.12 forgets that it was cancelled when the
    answer comes just then.

    With `watchful`, a server that is gone without a word is found out while nothing is sent.
    """
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=None,
        retry=Retry(NoBackoff(), 0),
        client_name="shadower",
        **(_WATCHFUL if watchful and not url.startswith("unix:") else {}),
    )


@asynccontextmanager
async def answering(
    within: float | None = ANSWER_SECONDS, unavailable: type[Unavailable] = BusUnavailable
) -> AsyncIterator[None]:
    """Turn errors of a server that is away, does not answer in time, or cannot do it just now, into `unavailable`."""
    try:
        async with asyncio.timeout(within):
            yield
    except _AWAY as error:
        raise unavailable(f"Redis cannot be used just now ({type(error).__name__}).") from error
    except ResponseError as error:
        passing = _PASSING.search(str(error))
        if passing is None:
            raise
        raise unavailable(f"Redis cannot be used just now ({passing[0]}).") from error
