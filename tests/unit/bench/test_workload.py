"""The ingest workload."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from bench.workload import AGENTS, LIVE, SESSIONS, SPREAD, USERS, Stream, admitted, rows


@pytest.mark.parametrize("within", [LIVE, SPREAD])
def test_events_happened_within_the_time_before_now(within: timedelta) -> None:
    earliest = datetime.now(UTC) - within
    moments = [datetime.fromisoformat(str(event["occurred_at"])) for event in Stream(1, within).events(2_000)]
    assert earliest <= min(moments) < earliest + within / 50
    assert max(moments) <= datetime.now(UTC)


def test_there_are_twelve_agents_two_hundred_users_and_nine_hundred_sessions() -> None:
    events = list(Stream(1, SPREAD).events(20_000))
    found = [len({event[name] for event in events}) for name in ("agent_id", "session_id")]
    assert found == [AGENTS, SESSIONS] == [12, 900]
    # 900 sessions drawn from 200 users leave out hardly any.
    assert USERS * 0.95 < len({event["user_id"] for event in events}) <= USERS == 200


def test_every_id_is_a_random_uuid_of_its_own() -> None:
    ids = {UUID(str(event["id"])) for event in Stream(1, LIVE).events(1_000)}
    assert len(ids) == 1_000
    assert {one.version for one in ids} == {4}


def test_another_seed_brings_other_events() -> None:
    ids = [{event["id"] for event in Stream(seed, LIVE).events(100)} for seed in (1, 2, 1)]
    assert ids[0] == ids[2]
    assert not ids[0] & ids[1]


def test_bodies_carry_as_many_events_as_asked() -> None:
    bodies = Stream(1, LIVE).bodies(count=30, per_request=10)
    assert [len(msgspec.json.decode(body)["events"]) for body in bodies] == [10, 10, 10]


def test_every_event_is_admitted_and_becomes_a_row() -> None:
    batches = admitted(Stream(1, LIVE).bodies(count=200, per_request=100))
    written = rows(batches)
    assert [row[0] for row in written] == list(range(1, 201))
    assert {len(row) for row in written} == {23}
