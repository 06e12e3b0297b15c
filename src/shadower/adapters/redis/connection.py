"""A connection to Redis, and what its driver's errors mean."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from shadower.application.ports.event_bus import BusUnavailable

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 5.0
"""Longer than anything here waits on purpose."""

_AWAY: Final = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError, OSError)
_PASSING: Final = re.compile(r"\b(LOADING|MASTERDOWN|CLUSTERDOWN|MISCONF|OOM|BUSY|READONLY|NOREPLICAS)\b")
"""Is in answers that another moment may change; within a script, not at their beginning."""


def redis_client(url: str) -> Any:  # noqa: ANN401 - its own types say that every command may answer at once
    """
    Return a client; it connects when it is first used.

    It never repeats a command by itself: what was read and lost on the way has to be known, to be claimed.
    """
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
        client_name="shadower",
    )


@contextmanager
def translating() -> Iterator[None]:
    """Turn errors of a server that is away, or cannot do it just now, into BusUnavailable."""
    try:
        yield
    except _AWAY as error:
        raise BusUnavailable(f"Redis cannot be used just now ({type(error).__name__}).") from error
    except ResponseError as error:
        passing = _PASSING.search(str(error))
        if passing is None:
            raise
        raise BusUnavailable(f"Redis cannot be used just now ({passing[0]}).") from error
