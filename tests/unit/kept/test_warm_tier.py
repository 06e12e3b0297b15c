"""The warm tier: what could not be deleted in it is never told again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shadower.adapters.diskcache.tier import DiskTier
from shadower.adapters.tiered.warm import WarmTier
from shadower.application.ports.cache import CacheTierUnavailable

NAME = "name"


class Stubborn(DiskTier):
    """Deletes and clears only while it is willing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 2**20)
        self.willing = False
        self.clearing = asyncio.Event()
        self.may_clear = asyncio.Event()
        self.may_clear.set()

    async def delete(self, name: str) -> None:
        self._look()
        await super().delete(name)

    async def clear(self) -> None:
        self.clearing.set()
        await self.may_clear.wait()
        self._look()
        await super().clear()

    def _look(self) -> None:
        if not self.willing:
            raise CacheTierUnavailable("It will not.")


@pytest.fixture
async def tier(tmp_path: Path) -> AsyncIterator[Stubborn]:
    tier = Stubborn(tmp_path / "cache")
    await tier.set(NAME, b"old", ttl=60.0, tags=[])
    yield tier
    await tier.close()


async def told(warm: WarmTier) -> bytes | None:
    return await warm.ask(lambda tier: tier.get(NAME), otherwise=b"away")


async def forget(warm: WarmTier) -> None:
    await warm.forget(lambda tier: tier.delete(NAME))


async def test_as_long_as_it_has_to_be_cleared_it_is_away_and_whoever_asks_does_not_clear_it(tier: Stubborn) -> None:
    warm = WarmTier(tier)
    await forget(warm)
    tier.willing = True
    assert [await told(warm) for _ in range(3)] == [b"away"] * 3
    assert not tier.clearing.is_set()
    assert warm.trouble is not None
    await warm.look_again()
    assert await told(warm) is None
    assert warm.trouble is None


async def test_a_clearing_that_fails_is_done_again(tier: Stubborn) -> None:
    warm = WarmTier(tier)
    await forget(warm)
    await warm.look_again()
    assert await told(warm) == b"away"
    tier.willing = True
    await warm.look_again()
    assert await told(warm) is None


async def test_what_cannot_be_deleted_while_it_is_cleared_has_it_cleared_again(tier: Stubborn) -> None:
    warm = WarmTier(tier)
    await forget(warm)
    tier.willing = True
    tier.may_clear.clear()
    looking = asyncio.create_task(warm.look_again())
    await tier.clearing.wait()
    assert await told(warm) == b"away"
    await forget(warm)
    tier.may_clear.set()
    await looking
    assert await told(warm) == b"away"
    assert warm.trouble is not None
    await warm.look_again()
    assert await told(warm) is None
    assert warm.trouble is None
