"""Breaker: whoever is down is asked now and then, by one."""

from shadower.adapters.resilience.breaker import Breaker


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
