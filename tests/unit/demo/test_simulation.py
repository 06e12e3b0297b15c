"""The demo's story: the same every time it is told, and one that good pages can be shown with."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from shadower.adapters.codec.payload import canonical_json
from shadower.domain.events.admission import Admission
from shadower.domain.events.event import Event, WorkspaceId
from shadower.domain.events.moments import DAY, HOUR, MINUTE, micros_of
from shadower.entrypoints.demo.cast import COMPANIES, FINANCE, MODELS, SUPPORT, Company
from shadower.entrypoints.demo.rhythm import MONTH, Rhythm
from shadower.entrypoints.demo.simulation import LONGEST_SESSION, Happening, Simulation

BORN = micros_of(datetime(2026, 3, 4, 15, tzinfo=UTC))  # a Wednesday


def told(company: Company, start: int, end: int, *, live: bool = False) -> Sequence[Happening]:
    simulation = Simulation(company, BORN)
    return [what for minute in range(start, end, MINUTE) for what in simulation.minute(minute, live=live)]


def admitted(story: Sequence[Happening]) -> Sequence[Event]:
    admission = Admission(canonical_json, lambda _now: pytest.fail("every event of the demo has an id"))
    return [admission.admit(what.event, WorkspaceId(1), BORN + DAY) for what in story]


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.slug)
def test_a_story_told_twice_is_the_same_to_the_last_byte(company: Company) -> None:
    first, second = (told(company, BORN - 6 * HOUR, BORN) for _ in range(2))
    assert msgspec.json.encode([what.event for what in first]) == msgspec.json.encode([what.event for what in second])
    assert len(first) > 500


def test_what_is_told_in_detail_contains_what_is_told_in_short() -> None:
    short = {event.id: event.fingerprint for event in admitted(told(SUPPORT, BORN - HOUR, BORN))}
    detailed = {event.id: event.fingerprint for event in admitted(told(SUPPORT, BORN - HOUR, BORN, live=True))}
    assert short.items() <= detailed.items()
    assert len(detailed) > 2 * len(short)


@pytest.mark.parametrize("company", COMPANIES, ids=lambda company: company.slug)
def test_every_event_is_admitted_under_an_id_of_its_own(company: Company) -> None:
    events = admitted(told(company, BORN - DAY, BORN, live=True))
    assert len({event.id for event in events}) == len(events)


def test_a_session_ends_within_its_longest_time() -> None:
    simulation = Simulation(SUPPORT, BORN)
    for minute in range(BORN - DAY, BORN, MINUTE):
        assert all(
            minute <= what.at < minute + LONGEST_SESSION + 10 * MINUTE for what in simulation.minute(minute, live=True)
        )


def test_there_is_always_something_to_see() -> None:
    for company in COMPANIES:
        by_minute = Counter(what.at // MINUTE for what in told(company, BORN, BORN + DAY, live=True))
        assert min(by_minute[BORN // MINUTE + n] for n in range(1440)) >= 5


def test_companies_are_busy_by_day_in_their_own_time_zone() -> None:
    noon_in_berlin = micros_of(datetime(2026, 3, 3, 11, tzinfo=UTC))
    support, finance = (Rhythm(company, BORN) for company in (SUPPORT, FINANCE))
    assert support.runs_a_minute(noon_in_berlin) > 1.8 * support.runs_a_minute(noon_in_berlin - 10 * HOUR)
    assert finance.runs_a_minute(noon_in_berlin + 9 * HOUR) > 1.8 * finance.runs_a_minute(noon_in_berlin)


def test_business_grows_until_the_birth() -> None:
    rhythm = Rhythm(SUPPORT, BORN)
    week = [rhythm.runs_a_minute(BORN - weeks * 7 * DAY) for weeks in range(-1, 5)]
    assert week[0] == week[1] > week[2] > week[3] > week[4] > week[5] > 0


def test_the_weakest_model_has_a_bad_afternoon_now_and_then() -> None:
    rhythm = Rhythm(SUPPORT, BORN)
    hours = range(BORN - MONTH, BORN, HOUR)
    assert 6 <= sum(rhythm.trouble(hour, SUPPORT.weakest_model) > 0 for hour in hours) <= 16
    others = [name for name in MODELS if name != SUPPORT.weakest_model]
    assert not any(rhythm.trouble(hour, model) for hour in hours for model in others)


def test_runs_fail_are_cancelled_and_cost_something() -> None:
    events = [event for event in admitted(told(FINANCE, BORN - DAY, BORN)) if event.status is not None]
    by_status = Counter(event.status for event in events)
    assert by_status["success"] > 0.85 * len(events)
    assert by_status["failure"] > 0
    assert by_status["cancelled"] > 0
    assert all(event.cost and event.tokens_in and event.duration_us for event in events)
    assert all((event.error_type is not None) == (event.status == "failure") for event in events)
