"""Nudges through Redis."""

from typing import Final

import redis
from dramatiq import Broker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from redis.backoff import NoBackoff
from redis.retry import Retry

from shadower.adapters.dramatiq.brokers import Brokers

_NAMESPACE: Final = "shadower:jobs"
_SECONDS: Final = 3.0
"""Until a server that does not answer counts as away."""


class RedisBrokers(Brokers):
    """On one database of one server."""

    technology = "redis"
    errors = (redis.RedisError, BrokerConnectionError, OSError)

    def __init__(self, url: str) -> None:
        self._url = url

    def connect(self) -> Broker:
        client = redis.Redis.from_url(
            self._url,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            health_check_interval=30,
            # Whoever nudges has no time, and the sweeper makes up for it; workers connect anew by themselves.
            retry=Retry(NoBackoff(), 0),
        )
        return RedisBroker(client=client, namespace=_NAMESPACE, middleware=[])  # type: ignore[no-untyped-call]

    def close(self, broker: Broker) -> None:
        _ours(broker).client.close()

    def waiting(self, broker: Broker, queue: str) -> int:
        return int(_ours(broker).client.hlen(f"{_NAMESPACE}:{queue}.msgs"))


def _ours(broker: Broker) -> RedisBroker:
    if not isinstance(broker, RedisBroker):
        raise TypeError(f"{broker!r} is none of ours.")
    return broker
