"""How long to wait before a job is tried again."""

from typing import Final

from shadower.domain.events.moments import MINUTE, SECOND
from shadower.domain.growing_pause import growing_pause

FIRST: Final = 5 * SECOND
FACTOR: Final = 3
LONGEST: Final = 10 * MINUTE


def backoff(attempts: int, chance: float, at_least: int = 0) -> int:
    """
    Return how long (micros) to wait after this many attempts have failed; `chance` is from [0, 1).

    Three times as long each time, up to ten minutes, of which at least half: "equal jitter" (M. Brooker, Exponential
    Backoff And Jitter, AWS Architecture Blog, 2015). `at_least` is what whoever failed asked for.
    """
    whole = int(growing_pause(attempts - 1, FIRST, LONGEST, FACTOR))
    return max(at_least, whole // 2 + int(chance * (whole - whole // 2)))
