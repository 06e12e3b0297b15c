"""Cron: the moments of an expression by a zone's clock, each once, on the days the clock changes too."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadower.adapters.cronsim.cron import CronsimCron
from shadower.domain.events.moments import DAY, MINUTE, datetime_of, micros_of
from shadower.domain.metrics.zones import local_instant, local_time
from shadower.domain.schedules.schedule import CronInvalid

BERLIN = ZoneInfo("Europe/Berlin")
CRON = CronsimCron()


def moment(text: str) -> int:
    return micros_of(datetime.fromisoformat(text))


def slots(expression: str, start: str, end: str, zone: ZoneInfo = BERLIN) -> list[str]:
    """Return the slots in [start, end] as the zone's clock shows them, with the offset."""
    found, at = [], moment(start) - 1
    while (at := CRON.after(expression, zone, at)) <= moment(end):
        found.append(local_time(at, zone).isoformat(timespec="minutes"))
    return found


def test_a_slot_in_the_hour_that_is_skipped_runs_once_when_the_clock_goes_on() -> None:
    assert slots("30 2 * * *", "2026-03-28T00:00Z", "2026-03-30T12:00Z") == [
        "2026-03-28T02:30+01:00",
        "2026-03-29T03:00+02:00",
        "2026-03-30T02:30+02:00",
    ]


def test_a_slot_in_the_hour_that_comes_twice_runs_once_at_the_first() -> None:
    assert slots("30 2 * * *", "2026-10-24T12:00Z", "2026-10-26T12:00Z") == [
        "2026-10-25T02:30+02:00",
        "2026-10-26T02:30+01:00",
    ]


@pytest.mark.parametrize("expression", ["*/15 2 * * *", "0,15,30,45 */2 * * *", "0-59/15 2-3 * * *"])
def test_a_star_beside_certain_hours_changes_nothing(expression: str) -> None:
    skipped = slots(expression, "2026-03-29T00:30Z", "2026-03-29T01:14Z")
    assert skipped == ["2026-03-29T03:00+02:00"]
    twice = slots(expression, "2026-10-25T00:00Z", "2026-10-25T01:59Z")
    assert twice == [f"2026-10-25T02:{minute}+02:00" for minute in ("00", "15", "30", "45")]


def test_every_hour_is_every_hour_that_goes_by() -> None:
    assert slots("0 * * * *", "2026-10-25T00:00Z", "2026-10-25T02:00Z") == [
        "2026-10-25T02:00+02:00",
        "2026-10-25T02:00+01:00",
        "2026-10-25T03:00+01:00",
    ]
    assert slots("0 * * * *", "2026-03-29T00:00Z", "2026-03-29T01:00Z") == [
        "2026-03-29T01:00+01:00",
        "2026-03-29T03:00+02:00",
    ]


def test_a_midnight_that_does_not_come_is_made_up_for() -> None:
    havana = ZoneInfo("America/Havana")
    assert slots("0 0 8 3 *", "2026-03-01T00:00Z", "2026-03-31T00:00Z", havana) == ["2026-03-08T01:00-04:00"]


def test_a_date_that_was_skipped_is_made_up_for() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert slots("0 12 30 12 *", "2011-12-01T00:00Z", "2012-01-31T00:00Z", apia) == ["2011-12-31T00:00+14:00"]


@pytest.mark.parametrize(
    "expression",
    ["", "x", "* * * *", "* * * * * *", "60 * * * *", "0 24 * * *", "0 0 31 2 *", "0 0 * 13 *", "@daily", "0 0 * * 9"],
)
def test_what_names_no_moments_is_refused(expression: str) -> None:
    with pytest.raises(CronInvalid):
        CRON.check(expression)


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"]
CHANGES = ["2026-03-08T07:00Z", "2026-03-29T01:00Z", "2026-04-04T15:00Z", "2026-10-03T15:30Z", "2026-10-25T01:00Z"]


def walked(minutes: set[int], hours: set[int] | None, zone: ZoneInfo, start: int, end: int) -> Iterator[int]:
    """Walk the clock minute by minute: without certain hours by what goes by, else by what a clock would show."""
    if hours is None:
        yield from (at for at in range(start, end + 1, MINUTE) if local_time(at, zone).minute in minutes)
        return
    shown = datetime_of(start - 2 * DAY).replace(tzinfo=None)
    while shown <= datetime_of(end + 2 * DAY).replace(tzinfo=None):
        if shown.hour in hours and shown.minute in minutes:
            yield local_instant(shown, zone)
        shown += timedelta(minutes=1)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    change=st.sampled_from(CHANGES).map(moment),
    minutes=st.sets(st.integers(0, 59), min_size=1, max_size=4),
    hours=st.none() | st.sets(st.integers(0, 23), min_size=1, max_size=5) | st.just({0, 1, 2, 3}),
)
def test_it_says_what_a_walk_along_the_clock_says(
    zone: ZoneInfo, change: int, minutes: set[int], hours: set[int] | None
) -> None:
    start, end = change - DAY // 2, change + DAY // 2
    expected = sorted({at for at in walked(minutes, hours, zone, start, end) if start <= at <= end})
    said_hours = "*" if hours is None else ",".join(map(str, sorted(hours)))
    expression = f"{','.join(map(str, sorted(minutes)))} {said_hours} * * *"
    found, at = [], start - 1
    while (at := CRON.after(expression, zone, at)) <= end:
        found.append(at)
    assert found == expected


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    instant=st.integers(moment("2026-01-01T00:00Z"), moment("2027-01-01T00:00Z")),
)
def test_from_any_instant_the_next_slot_is_after_it(zone: ZoneInfo, instant: int) -> None:
    for expression in ("*/15 * * * *", "30 2 * * *", "*/20 1,2 * * *"):
        assert CRON.after(expression, zone, instant) > instant
