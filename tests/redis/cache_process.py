"""Another process that asks the cache on Redis: `python cache_process.py URL`."""

import asyncio
import sys

from shadower.adapters.redis.cache_tier import RedisTier
from shadower.application.ports.cache import CacheKey
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import Scope
from shadower.testing import HandClock
from tests.kept import cache_of

KEY = CacheKey(WorkspaceId(1), Scope.READ, "test", "a")


class Waiting(RedisTier):
    """Says when it has found that somebody else computes."""

    async def claim(self, name: str, token: str, *, ttl: float) -> bool:
        claimed = await super().claim(name, token, ttl=ttl)
        if not claimed and not self.said:
            self.said = True
            sys.stdout.write("waiting\n")
            sys.stdout.flush()
        return claimed

    said = False


async def anything(_value: bytes) -> bool:
    return True


async def main(url: str) -> None:
    cache = cache_of(HandClock(), Waiting(url))

    async def compute() -> bytes:
        return b"theirs"

    found = await cache.get_or_compute(KEY, compute, ttl=60.0, acceptable=anything)
    sys.stdout.write(f"{(found or b'').decode()} {cache.figures().misses}\n")
    await cache.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
