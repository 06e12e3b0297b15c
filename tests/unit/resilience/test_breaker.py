"""Breaker: whoever is down is asked now and then, by one."""

import pytest

from shadower.adapters.postgres.database import PostgresDatabase
from shadower.adapters.resilience.breaker import Breaker
from shadower.domain.errors import StoreUnavailable


def test_after_failures_in_a_row_one_may_try_now_and_then_until_it_answers() -> None:
    now = 0.0
    breaker = Breaker(threshold=2, cooldown=5.0, clock=lambda: now)
    breaker.failed()
    assert breaker.may_try()
    breaker.failed()
    assert not breaker.may_try()
    for now in (5.0, 10.0):  # noqa: B007 - the clock
        assert [breaker.may_try(), breaker.may_try()] == [True, False]
    breaker.answered()
    assert [breaker.may_try(), breaker.may_try()] == [True, True]


async def test_a_database_that_was_away_a_moment_ago_is_a_store_that_is_away() -> None:
    database = PostgresDatabase("postgresql://nobody@127.0.0.1:1/nothing")
    for _ in range(5):
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            await database.connect()
    with pytest.raises(StoreUnavailable, match="a moment ago"):
        await database.connect()
    await database.dispose()
