"""Times as files have them."""

from zoneinfo import ZoneInfo

import pytest

from shadower.application.import_file.times import ClockChange, MomentReader
from shadower.domain.events.rejection import Rejected

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2023-11-16 18:15:46.6805900", "2023-11-16T17:15:46.680590Z"),
        ("2023-11-16T18:15:46", "2023-11-16T17:15:46Z"),
        ("2023/7/6 18:15", "2023-07-06T16:15:00Z"),
        ("2023-07-06", "2023-07-05T22:00:00Z"),
        (" 2023-07-06 09:00:00,5 ", "2023-07-06T07:00:00.500Z"),
        ("2023-07-06 09:00:00 +05:30", "2023-07-06T03:30:00Z"),
        ("2023-07-06T09:00:00.1234567Z", "2023-07-06T09:00:00.1234567Z"),
        ("2023-07-06T09:00:00+02:00", "2023-07-06T09:00:00+02:00"),
        ("2023-07-06 09:00:00 UTC", "2023-07-06T09:00:00Z"),
        ("2023-07-06 09:00:00-0330", "2023-07-06T12:30:00Z"),
        ("yesterday", "yesterday"),
        ("06.07.2023", "06.07.2023"),
        (1700158546, 1700158546),
    ],
)
def test_a_time_without_an_offset_is_read_in_the_time_zone_given(written: object, read: object) -> None:
    assert MomentReader(BERLIN)(written) == read


def test_without_a_time_zone_it_stays_without_an_offset() -> None:
    assert MomentReader()("2023-11-16 18:15:46.6805900") == "2023-11-16T18:15:46.680590"


@pytest.mark.parametrize(
    ("choice", "skipped", "doubled"),
    [
        (ClockChange.EARLIER, "2026-03-29T00:30:00Z", "2026-10-25T00:30:00Z"),
        (ClockChange.LATER, "2026-03-29T01:30:00Z", "2026-10-25T01:30:00Z"),
    ],
)
def test_a_time_that_the_clock_skipped_or_doubled_is_one_of_two_instants(
    choice: ClockChange, skipped: str, doubled: str
) -> None:
    reader = MomentReader(BERLIN, clock_change=choice)

    assert (reader("2026-03-29 02:30:00"), reader("2026-10-25 02:30:00")) == (skipped, doubled)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-03-29 02:30:00", "local_time_nonexistent"),
        ("2026-10-25 02:30:00", "local_time_ambiguous"),
        ("2026-02-30 02:30:00", "timestamp_invalid"),
        ("2026-02-03 25:30:00", "timestamp_invalid"),
        ("0001-01-01 00:00:00", "timestamp_invalid"),
    ],
)
def test_what_no_clock_showed_once_is_rejected_unless_told_otherwise(written: str, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        MomentReader(BERLIN)(written)
    assert caught.value.rejection.code == code


@pytest.mark.parametrize(
    ("form", "value", "read"),
    [
        ("unix", "1700158546.1234567", "2023-11-16T18:15:46.123456Z"),
        ("unix", 1700158546, "2023-11-16T18:15:46Z"),
        ("unix_ms", "1700158546123", "2023-11-16T18:15:46.123Z"),
        ("unix_us", "1700158546123456", "2023-11-16T18:15:46.123456Z"),
        ("unix_ns", 1700158546123456789, "2023-11-16T18:15:46.123456Z"),
        ("%d.%m.%Y %H:%M", "16.11.2023 19:15", "2023-11-16T18:15:00Z"),
        ("%d/%b/%Y:%H:%M:%S %z", "16/Nov/2023:18:15:46 +0000", "2023-11-16T18:15:46Z"),
    ],
)
def test_other_formats_are_read_when_they_are_named(form: str, value: object, read: str) -> None:
    assert MomentReader(BERLIN, form)(value) == read


@pytest.mark.parametrize(
    ("form", "value"),
    [("unix", "soon"), ("unix", "1e300"), ("unix", "NaN"), ("unix_ms", "9" * 19), ("%d.%m.%Y", "2023-11-16")],
)
def test_a_value_that_does_not_fit_the_format_is_rejected(form: str, value: str) -> None:
    with pytest.raises(Rejected) as caught:
        MomentReader(BERLIN, form)(value)
    assert caught.value.rejection.code == "timestamp_invalid"
