"""Times without an offset are read off the workspace's clock, also where it goes back or skips."""

from zoneinfo import ZoneInfo

import pytest

from shadower.application.local_moments import MomentInvalid, instant_in
from shadower.domain.events.moments import rfc3339


@pytest.mark.parametrize(
    ("zone", "text", "meant"),
    [
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:10:00", "2026-10-03T15:30:00Z"),
        ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"),
        ("America/Havana", "2026-03-08", "2026-03-08T05:00:00Z"),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
        ("America/Havana", "2026-11-01 00:30", "2026-11-01T04:30:00Z"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00Z"),
        ("Asia/Kathmandu", "2026-05-10T00:00:00.5", "2026-05-09T18:15:00.500Z"),
        ("Asia/Kathmandu", "2026-05-10t00:00:00z", "2026-05-10T00:00:00Z"),
        ("Asia/Kathmandu", "2026-05-10T00:00:00-03:30", "2026-05-10T03:30:00Z"),
    ],
)
def test_a_moment_is_the_first_one_at_or_after_what_is_written(zone: str, text: str, meant: str) -> None:
    assert rfc3339(instant_in(text, ZoneInfo(zone), "from")) == meant


@pytest.mark.parametrize(
    "text", ["", "now", "2026", "2026-13-01", "2026-02-30", "2026-01-01T25:00", "2026-01-01T", "9999-12-31T24:00"]
)
def test_what_is_no_moment_is_refused_by_the_name_of_its_parameter(text: str) -> None:
    with pytest.raises(MomentInvalid) as refused:
        instant_in(text, ZoneInfo("UTC"), "to")
    assert refused.value.field == "to"
