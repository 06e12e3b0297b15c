"""The life of a job: which states follow which, and that nothing comes after an end by itself."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadower.domain.errors import (
    TRANSIENT,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from shadower.domain.events.moments import MINUTE, SECOND
from shadower.domain.jobs.backoff import FIRST, LONGEST, backoff
from shadower.domain.jobs.errors import ClaimLost, JobEnded, JobNotEnded, JobSucceeded
from shadower.domain.jobs.job import LEASE, WORKER_LOST, Job, JobError, JobId, JobProgress, JobState, Limits, Queue
from shadower.entrypoints.settings import Role
from shadower.testing import NOW, a_job

ODD = JobError("odd", "It was odd.")


def on_record(**changes: Any) -> Job:  # noqa: ANN401 - the fields of Job
    asked = a_job()
    fields = {name: getattr(asked, name) for name in asked.__dataclass_fields__}
    return Job(**(fields | {"id": JobId(1)} | changes))


RUNNING = on_record().claim(NOW)


def ended(state: JobState) -> Job:
    return replace(RUNNING, state=state, finished_at=NOW)


def test_every_queue_is_worked_off_by_the_role_of_its_name() -> None:
    assert {queue.value for queue in Queue} <= {role.value for role in Role}


def test_a_claim_counts_the_attempt_and_has_a_number_of_its_own() -> None:
    again = RUNNING.try_later(NOW, ODD, 0).claim(NOW + SECOND)
    assert (RUNNING.attempts, RUNNING.token) == (1, 1)
    assert (again.attempts, again.token, again.started_at, again.heartbeat_at) == (2, 2, NOW + SECOND, NOW + SECOND)
    with pytest.raises(ClaimLost):
        again.check_claim(1)
    again.check_claim(2)


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.RUNNING])
def test_a_claim_holds_only_while_the_job_runs(state: JobState) -> None:
    with pytest.raises(ClaimLost):
        replace(RUNNING, state=state).check_claim(1)


def test_success_keeps_what_came_of_it_and_forgets_earlier_errors() -> None:
    done = replace(RUNNING, error=ODD).succeed(NOW + 1, '{"n":1}', JobProgress(2, 2))
    assert (done.state, done.result, done.error, done.finished_at) == (JobState.SUCCEEDED, '{"n":1}', None, NOW + 1)
    assert done.progress == JobProgress(2, 2)


def test_what_cannot_be_done_fails_at_once() -> None:
    failed = RUNNING.fail(NOW + 1, ODD)
    assert (failed.state, failed.error, failed.finished_at) == (JobState.FAILED, ODD, NOW + 1)


def test_what_may_pass_is_tried_again_until_no_attempt_is_left() -> None:
    job = on_record(limits=Limits(attempts=3))
    for attempt in (1, 2):
        job = job.claim(NOW).try_later(NOW, ODD, MINUTE)
        assert (job.state, job.attempts, job.run_after, job.error) == (JobState.QUEUED, attempt, NOW + MINUTE, ODD)
        assert not job.is_due(NOW)
        assert job.is_due(NOW + MINUTE)
    dead = job.claim(NOW).try_later(NOW, ODD, MINUTE)
    assert (dead.state, dead.attempts, dead.finished_at) == (JobState.DEAD, 3, NOW)


def test_what_is_given_back_has_lost_no_attempt() -> None:
    back = RUNNING.let_go(NOW)
    assert (back.state, back.attempts, back.nudged_at) == (JobState.QUEUED, 0, None)
    assert back.is_due(NOW)


def test_a_job_is_taken_back_from_a_worker_not_heard_of_and_from_no_other() -> None:
    assert RUNNING.take_back(NOW + LEASE - 1) == RUNNING
    taken = RUNNING.take_back(NOW + LEASE)
    assert (taken.state, taken.error, taken.attempts) == (JobState.QUEUED, WORKER_LOST, 1)
    assert RUNNING.beat(NOW + LEASE, None).take_back(NOW + LEASE).state is JobState.RUNNING
    assert ended(JobState.SUCCEEDED).take_back(NOW + 10 * LEASE).state is JobState.SUCCEEDED
    assert replace(RUNNING, limits=Limits(attempts=1)).take_back(NOW + LEASE).state is JobState.DEAD


def test_cancelling_ends_what_waits_and_asks_what_runs() -> None:
    assert on_record().cancel(NOW).state is JobState.CANCELLED
    asked = RUNNING.cancel(NOW)
    assert (asked.state, asked.cancel_requested_at) == (JobState.RUNNING, NOW)
    assert asked.cancel(NOW + 1).cancel_requested_at == NOW


def test_a_job_somebody_wants_cancelled_never_begins_again() -> None:
    asked = RUNNING.cancel(NOW)
    ends = [asked.stop(NOW), asked.try_later(NOW, ODD, 0), asked.let_go(NOW), asked.take_back(NOW + LEASE)]
    assert [each.state for each in ends] == [JobState.CANCELLED] * 4
    assert asked.succeed(NOW, None, None).state is JobState.SUCCEEDED


@pytest.mark.parametrize("state", [state for state in JobState if state.is_end])
def test_an_end_cannot_be_cancelled(state: JobState) -> None:
    with pytest.raises(JobEnded):
        ended(state).cancel(NOW)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED, JobState.DEAD])
def test_what_ended_without_success_can_begin_anew_with_all_its_attempts(state: JobState) -> None:
    again = replace(ended(state), attempts=8, cancel_requested_at=NOW).retry(NOW + 1)
    assert (again.state, again.attempts, again.finished_at) == (JobState.QUEUED, 0, None)
    assert again.cancel_requested_at is None
    assert again.is_due(NOW + 1)
    assert again.claim(NOW + 1).token == RUNNING.token + 1


def test_what_waits_for_its_next_attempt_need_not_wait_any_longer() -> None:
    assert RUNNING.try_later(NOW, ODD, MINUTE).retry(NOW + 1).is_due(NOW + 1)


def test_what_runs_or_is_about_to_and_what_succeeded_cannot_begin_anew() -> None:
    for job in (RUNNING, on_record()):
        with pytest.raises(JobNotEnded):
            job.retry(NOW)
    with pytest.raises(JobSucceeded):
        ended(JobState.SUCCEEDED).retry(NOW)


def test_only_what_may_pass_by_itself_is_worth_another_attempt() -> None:
    transient = {
        kind
        for kind in (Invalid, Unauthenticated, Forbidden, NotFound, Conflict, RateLimited, Unavailable)
        if issubclass(kind, TRANSIENT)
    }
    assert transient == {RateLimited, Unavailable}


@given(attempts=st.integers(1, 1_000), chance=st.floats(0, 1, exclude_max=True))
def test_pauses_grow_threefold_up_to_ten_minutes_of_which_half_is_chance(attempts: int, chance: float) -> None:
    whole = min(FIRST * 3 ** (attempts - 1), LONGEST)
    assert whole // 2 <= backoff(attempts, chance) <= whole
    assert backoff(attempts, chance) <= backoff(attempts + 1, chance)
    assert backoff(attempts, chance, at_least=LONGEST * 2) == LONGEST * 2
