from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from shadower.domain.events.moments import HOUR, MINUTE, micros_of
from shadower.domain.metrics.zones import UnknownTimeZone, local_day, local_midnight, local_time, offset_at, time_zone


def at(text: str) -> int:
    return micros_of(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("zone", "day", "midnight"),
    [
        ("UTC", "2026-01-31", "2026-01-31T00:00Z"),
        ("Europe/Berlin", "2026-03-29", "2026-03-29T00:00+01:00"),
        ("Europe/Berlin", "2026-03-30", "2026-03-30T00:00+02:00"),
        ("Asia/Kathmandu", "2026-01-31", "2026-01-31T00:00+05:45"),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-05T00:00+11:00"),
        ("Australia/Lord_Howe", "2026-04-06", "2026-04-06T00:00+10:30"),
    ],
)
def test_a_day_begins_at_local_midnight(zone: str, day: str, midnight: str) -> None:
    assert local_midnight(date.fromisoformat(day), ZoneInfo(zone)) == at(midnight)


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("America/Havana", "2026-03-08", "2026-03-08T01:00-04:00"),
        ("Asia/Beirut", "2022-03-27", "2022-03-27T01:00+03:00"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00-02:00"),
        ("America/Toronto", "1919-03-31", "1919-03-31T00:30-04:00"),
    ],
)
def test_a_day_without_midnight_begins_at_its_first_instant(zone: str, day: str, start: str) -> None:
    assert local_midnight(date.fromisoformat(day), ZoneInfo(zone)) == at(start)


def test_a_doubled_midnight_begins_the_day_once_at_the_first() -> None:
    havana = ZoneInfo("America/Havana")
    assert local_midnight(date(2026, 11, 1), havana) == at("2026-11-01T00:00-04:00")
    assert local_midnight(date(2026, 11, 2), havana) - local_midnight(date(2026, 11, 1), havana) == 25 * HOUR


def test_a_clock_that_goes_back_into_yesterday_lengthens_yesterday() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    assert local_midnight(date(2022, 10, 30), beirut) == at("2022-10-30T00:00+02:00")
    assert local_day(at("2022-10-29T23:30+03:00"), beirut) == date(2022, 10, 29)
    assert local_day(at("2022-10-29T23:30+02:00"), beirut) == date(2022, 10, 29)


def test_one_minute_of_a_date_that_is_left_again_belongs_to_the_day_before() -> None:
    st_johns = ZoneInfo("America/St_Johns")
    first, second = at("2010-11-07T00:00-02:30"), at("2010-11-07T00:00-03:30")
    assert local_midnight(date(2010, 11, 7), st_johns) == second
    assert local_day(first, st_johns) == local_day(first + 30 * MINUTE, st_johns) == date(2010, 11, 6)
    assert local_day(second, st_johns) == date(2010, 11, 7)


def test_a_date_that_was_skipped_begins_when_the_next_one_does() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert local_midnight(date(2011, 12, 30), apia) == local_midnight(date(2011, 12, 31), apia)
    assert local_day(local_midnight(date(2011, 12, 30), apia), apia) == date(2011, 12, 31)


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23 * 60),
        ("Europe/Berlin", date(2026, 10, 25), 25 * 60),
        ("America/New_York", date(2026, 3, 8), 23 * 60),
        ("America/New_York", date(2026, 11, 1), 25 * 60),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23 * 60 + 30),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24 * 60 + 30),
        ("America/Havana", date(2026, 3, 8), 23 * 60),
        ("America/Havana", date(2026, 11, 1), 25 * 60),
        ("Asia/Kathmandu", date(2026, 3, 29), 24 * 60),
    ],
)
def test_the_day_of_a_clock_change_is_as_long_as_it_was(zone: str, day: date, minutes: int) -> None:
    start, end = (local_midnight(date.fromordinal(day.toordinal() + n), ZoneInfo(zone)) for n in (0, 1))
    assert end - start == minutes * MINUTE


@pytest.mark.parametrize(
    "zone",
    ["America/Havana", "America/St_Johns", "Asia/Beirut", "Pacific/Apia", "America/Scoresbysund", "Africa/Cairo"],
)
def test_days_never_begin_before_the_one_before_them(zone: str) -> None:
    first = date(2005, 1, 1).toordinal()
    starts = [local_midnight(date.fromordinal(first + n), ZoneInfo(zone)) for n in range(25 * 365)]
    assert all(early <= late for early, late in pairwise(starts))


def test_microseconds_survive_the_way_into_local_time() -> None:
    instant = at("2026-07-01T12:00:00.123457Z")
    assert local_time(instant, ZoneInfo("Asia/Kathmandu")).isoformat() == "2026-07-01T17:45:00.123457+05:45"
    assert offset_at(instant, ZoneInfo("Asia/Kathmandu")) == 5 * HOUR + 45 * MINUTE


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "EST5EDT"])
def test_a_zone_is_found_by_its_name(name: str) -> None:
    assert time_zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "/",
        "../../etc/passwd",
        "/etc/localtime",
        "/usr/share/zoneinfo/UTC",
        "Europe",
        "Europe/",
        "Europe//Berlin",
        "Europe/../Europe/Berlin",
        "Europe\\Berlin",
        "Europe/Berlin\0",
        "Europe/Berlin\n",
        "europe/berlin",
        "right/UTC",
        "posix/UTC",
        "localtime",
        "posixrules",
        "Factory",
        "tzdata.zi",
        "UTC+2",
        "\ud800",
        "x" * 1_000_000,
    ],
)
def test_nothing_but_the_exact_name_of_a_zone_is_one(name: str) -> None:
    with pytest.raises(UnknownTimeZone) as caught:
        time_zone(name)
    assert caught.value.code == "unknown_time_zone"
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Europe/Berln", "Did you mean Europe/Berlin"),
        ("europe/berlin", "Did you mean Europe/Berlin?"),
        ("Berlin", "Did you mean Europe/Berlin?"),
        ("new york", "Did you mean America/New_York?"),
        ("Kathmandu", "Did you mean Asia/Kathmandu"),
        ("nowhere at all", "Use an IANA name, for example Europe/Berlin or UTC."),
    ],
)
def test_an_unknown_zone_is_answered_with_the_nearest_names(name: str, advice: str) -> None:
    with pytest.raises(UnknownTimeZone) as caught:
        time_zone(name)
    assert advice in caught.value.message
