"""
Distinct users over windows of local days, sliding by a day.

All functions take one set per local day, oldest first, None for a day without anybody, and answer for every day that
has a whole window behind it: `days - window + 1` numbers, the last of them for the last day. The sets are not changed.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate

from shadower.domain.metrics.decimals import quotient
from shadower.domain.metrics.tally import IdSet

MONTH_DAYS = 30
"""Monthly means 30 local days, whatever the month."""


def distinct(days: Sequence[IdSet | None], window: int) -> list[int]:
    """
    Return the number of distinct ids in each window of this many days.

    Days are taken in blocks as long as the window. Any window is the end of one block and the beginning of the next,
    so its union is one of two sets united beforehand, and each day costs three unions however long the window is (van
    Herk 1992, Gil and Werman 1993, for maxima).
    """
    counts: list[int] = []
    endings: list[IdSet | None] = []
    for start in range(0, len(days), window):
        block = days[start : start + window]
        beginnings = _running_unions(block)
        if endings:
            counts += [_size(_union(*parts)) for parts in zip(endings[1:], beginnings, strict=False)]
        if len(block) == window:
            counts.append(_size(beginnings[-1]))
            endings = _running_unions(block[::-1])[::-1]
    return counts


def stickiness(days: Sequence[IdSet | None]) -> list[Decimal | None]:
    """Return, per day, the mean of the 30 daily counts divided by the distinct users of the same 30 days."""
    daily = [_size(ids) for ids in days]
    running = [0, *accumulate(daily)]
    totals = [late - early for early, late in zip(running, running[MONTH_DAYS:], strict=False)]
    monthly = distinct(days, MONTH_DAYS)
    return [quotient(total, MONTH_DAYS * users) for total, users in zip(totals, monthly, strict=True)]


def _running_unions(days: Sequence[IdSet | None]) -> list[IdSet | None]:
    return list(accumulate(days, _union))


def _union(some: IdSet | None, others: IdSet | None) -> IdSet | None:
    if some is None or others is None:
        return some if others is None else others
    both = some.copy()
    both |= others
    return both


def _size(ids: IdSet | None) -> int:
    return 0 if ids is None else len(ids)
