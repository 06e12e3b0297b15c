"""How long to wait after failures."""

import pytest

from shadower.domain.growing_pause import growing_pause
from shadower.domain.jobs.backoff import LONGEST, backoff
from shadower.domain.projections.trial import Patience


def test_each_pause_is_twice_the_one_before_up_to_the_longest() -> None:
    assert [growing_pause(failures, 0.5, 5.0) for failures in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


@pytest.mark.parametrize("failures", [1_024, 1_100, 1_000_000])
def test_after_any_number_of_failures_the_pause_is_the_longest(failures: int) -> None:
    assert growing_pause(failures, 0.5, 5.0) == 5.0
    assert Patience(first_wait=0.5, longest_wait=30.0).wait(failures) == 30.0
    assert backoff(failures, chance=0.999) <= LONGEST
