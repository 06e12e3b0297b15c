"""Which range a question is about, and which one it is compared with. The present is 2026-01-31T09:30Z."""

from typing import Any

import pytest

from shadower.application.metric_period import PeriodInvalid, UnknownTimeframe
from shadower.domain.errors import Invalid
from shadower.domain.events.moments import DAY, HOUR, rfc3339
from shadower.domain.metrics.periods import InvalidRange, Range
from shadower.testing import NOW, an_event
from tests.metric_asker import Asker


def told(asked: Range | None) -> tuple[str, str] | None:
    return asked and (rfc3339(asked.start), rfc3339(asked.end))


async def test_without_a_period_it_is_the_last_seven_local_days(ask: Asker) -> None:
    await ask.move_to("Asia/Kathmandu")
    assert told((await ask.summary()).range) == ("2026-01-24T18:15:00Z", "2026-01-31T09:30:00Z")


async def test_from_alone_reaches_up_to_now(ask: Asker) -> None:
    answer = await ask.summary(start="2026-01-30T12:00:00Z")
    assert told(answer.range) == ("2026-01-30T12:00:00Z", "2026-01-31T09:30:00Z")


async def test_dates_and_times_without_an_offset_are_local(ask: Asker) -> None:
    await ask.move_to("Europe/Berlin")
    answer = await ask.summary(start="2026-01-01", end="2026-01-02T12:30")
    assert told(answer.range) == ("2025-12-31T23:00:00Z", "2026-01-02T11:30:00Z")


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        ({"end": "2026-01-01"}, PeriodInvalid, "from"),
        ({"timeframe": "7d", "start": "2026-01-01"}, PeriodInvalid, "timeframe"),
        ({"timeframe": "all", "end": "2026-01-01"}, PeriodInvalid, "timeframe"),
        ({"timeframe": "all", "compare": True}, PeriodInvalid, "compare"),
        ({"timeframe": "8d"}, UnknownTimeframe, "timeframe"),
        ({"start": "2026-01-02", "end": "2026-01-02"}, InvalidRange, "from"),
        ({"start": NOW + 1}, InvalidRange, "from"),
        ({"start": "yesterday"}, Invalid, "from"),
        ({"start": "2026-01-01", "end": "2026-02-30"}, Invalid, "to"),
        ({"start": "2026-01-01", "end": ""}, Invalid, "to"),
    ],
)
async def test_what_makes_no_period_is_refused_and_named(
    ask: Asker, given: dict[str, Any], error: type[Invalid], field: str
) -> None:
    with pytest.raises(error) as refused:
        await ask.summary(**given)
    assert refused.value.field == field


async def test_all_time_reaches_from_the_first_event_past_the_last(ask: Asker) -> None:
    await ask.happened(an_event(occurred_at=NOW - 900 * DAY), an_event(occurred_at=NOW + HOUR))
    answer = await ask.summary("events", timeframe="all")
    assert (answer.range.start, answer.range.end) == (NOW - 900 * DAY, NOW + HOUR + 1)
    assert answer.metrics["events"].value == 2


async def test_all_time_ends_now_when_nothing_lies_ahead(ask: Asker) -> None:
    await ask.happened(an_event(occurred_at=NOW - DAY))
    assert (await ask.summary(timeframe="all")).range.end == NOW


async def test_all_time_without_any_event_is_a_range_all_the_same(ask: Asker) -> None:
    assert (await ask.summary("events", timeframe="all")).metrics["events"].value == 0


async def test_a_range_over_is_compared_with_as_many_days_before(ask: Asker) -> None:
    await ask.move_to("Europe/Berlin")
    answer = await ask.summary(start="2025-10-26", end="2025-10-27", compare=True)
    assert answer.range.length == 25 * HOUR
    assert told(answer.previous) == ("2025-10-24T22:00:00Z", "2025-10-25T22:00:00Z")


async def test_a_running_range_is_cut_at_now_when_it_is_compared(ask: Asker) -> None:
    await ask.happened(
        an_event(occurred_at=NOW - HOUR), an_event(occurred_at=NOW + HOUR), an_event(occurred_at=NOW - DAY + HOUR)
    )
    answer = await ask.summary("events", start="2026-01-31", end="2026-02-01", compare=True)
    assert told(answer.range) == ("2026-01-31T00:00:00Z", "2026-01-31T09:30:00Z")
    assert told(answer.previous) == ("2026-01-30T00:00:00Z", "2026-01-30T09:30:00Z")
    assert (answer.metrics["events"].value, answer.metrics["events"].previous) == (1, 0)


async def test_a_running_range_is_whole_when_it_is_not_compared(ask: Asker) -> None:
    await ask.happened(an_event(occurred_at=NOW + HOUR))
    answer = await ask.summary("events", start="2026-01-31", end="2026-02-01")
    assert told(answer.range) == ("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z")
    assert answer.metrics["events"].value == 1
    assert answer.previous is None
