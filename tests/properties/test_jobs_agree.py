"""A state machine that lets workers do all they can do, some of them late, over every store at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from shadower.application.ports.jobs import JobCriteria
from shadower.domain.errors import Conflict
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import SECOND
from shadower.domain.jobs.errors import ClaimLost
from shadower.domain.jobs.job import LEASE, Job, JobError, JobId, JobProgress, JobState, Limits, Priority, Queue
from shadower.entrypoints.wiring.bundle import StoreBundle
from shadower.testing import NOW, HandClock, a_job
from tests.stores import OpenStore, opened

KINDS = ("memory", "sqlite", "postgres")
T = TypeVar("T")
WORKSPACE = WorkspaceId(1)
ODD = JobError("odd", "It was odd.")

ENDS: dict[str, Callable[[Job, int], Job]] = {
    "beats": lambda job, now: job.beat(now, JobProgress(1, 2)),
    "succeeds": lambda job, now: job.succeed(now, "{}", None),
    "fails": lambda job, now: job.fail(now, ODD),
    "is tried later": lambda job, now: job.try_later(now, ODD, 2 * SECOND),
    "is given back": lambda job, now: job.let_go(now),
    "stops": lambda job, now: job.stop(now),
}


class JobsAgree(RuleBasedStateMachine):
    """Jobs of one kind, new in each store; a claim is remembered for good, by workers that may be long dead."""

    def __init__(self, runner: asyncio.Runner, stores: Sequence[OpenStore], kind: str) -> None:
        super().__init__()
        self._runner = runner
        self._stores = stores
        self._kind = kind
        self._now = NOW
        self._ids: list[list[JobId]] = [[] for _ in stores]
        self._claims: list[tuple[int, int]] = []

    def agreed(self, do: Callable[[OpenStore, list[JobId]], Awaitable[T]]) -> T:
        """Do it to each store and return the answer they all give."""

        async def one(store: OpenStore, ids: list[JobId]) -> T:
            return await do(store, ids)

        answers = [self._runner.run(one(*side)) for side in zip(self._stores, self._ids, strict=True)]
        assert all(answer == answers[0] for answer in answers), answers
        return answers[0]

    @rule(
        priority=st.sampled_from(Priority),
        delay=st.sampled_from([0, 0, SECOND]),
        key=st.sampled_from([None, None, "once"]),
        attempts=st.integers(1, 3),
    )
    def add(self, priority: Priority, delay: int, key: str | None, attempts: int) -> None:
        asked = a_job(
            kind=self._kind,
            priority=priority,
            run_after=self._now + delay,
            created_at=self._now,
            limits=Limits(attempts=attempts),
            idempotency_key=None if key is None else f"{self._kind}-{key}",
        )

        async def do(store: OpenStore, ids: list[JobId]) -> int:
            async with store.begin() as work:
                job, new = await work.jobs.add(asked)
                await work.commit()
            if new:
                ids.append(job.id)
            return ids.index(job.id)

        self.agreed(do)

    @rule()
    def take(self) -> None:
        async def do(store: OpenStore, ids: list[JobId]) -> tuple[int, int] | None:
            async with store.begin() as work:
                due = await work.jobs.next_due(Queue.AGGREGATION, {self._kind}, self._now)
                if due is None:
                    return None
                claimed = due.claim(self._now)
                await work.jobs.save(claimed)
                await work.commit()
            return ids.index(claimed.id), claimed.token

        claim = self.agreed(do)
        if claim is not None:
            self._claims.append(claim)

    @precondition(lambda self: self._claims)
    @rule(data=st.data(), what=st.sampled_from(sorted(ENDS)))
    def work(self, data: st.DataObject, what: str) -> None:
        number, token = data.draw(st.sampled_from(self._claims), label="claim")
        self._change(number, lambda job: (job.check_claim(token), ENDS[what](job, self._now))[1])

    @precondition(lambda self: self._ids[0])
    @rule(data=st.data(), what=st.sampled_from(["cancel", "retry", "take_back"]))
    def decide(self, data: st.DataObject, what: str) -> None:
        number = data.draw(st.integers(0, len(self._ids[0]) - 1), label="job")
        self._change(number, lambda job: getattr(job, what)(self._now))

    @rule(by=st.sampled_from([1, SECOND, LEASE]))
    def wait(self, by: int) -> None:
        self._now += by

    def _change(self, number: int, change: Callable[[Job], Job]) -> None:
        async def do(store: OpenStore, ids: list[JobId]) -> str:
            async with store.begin() as work:
                try:
                    job = change(await work.jobs.get(ids[number]))
                except Conflict as refused:
                    return refused.code
                await work.jobs.save(job)
                await work.commit()
            return job.state

        self.agreed(do)

    @invariant()
    def the_stores_hold_the_same(self) -> None:
        async def do(store: OpenStore, ids: list[JobId]) -> list[Any]:
            async with store.begin(reading=True) as work:
                found = await work.jobs.list(JobCriteria(WORKSPACE, kind=self._kind), 1_000)
                unheard = set(await work.jobs.unheard(self._now - LEASE, 10_000))
                unnudged = [job.id for job in await work.jobs.unnudged(self._now, self._now, 10_000)]
            ours = [replace(job, id=JobId(ids.index(job.id))) for job in found]
            told = [ids.index(number) for number in unnudged if number in ids]
            return [ours, [number in unheard for number in ids], told]

        jobs: list[Job] = self.agreed(do)[0]
        for job in jobs:
            self._check(job)

    def _check(self, job: Job) -> None:
        holding = [token for number, token in self._claims if number == job.id and _holds(job, token)]
        assert len(holding) == (job.state is JobState.RUNNING), "a job that runs is in one hand, any other in none"
        assert 0 <= job.attempts <= job.limits.attempts
        assert (job.finished_at is not None) is job.state.is_end
        assert (job.heartbeat_at is not None) is (job.state is JobState.RUNNING)


def _holds(job: Job, token: int) -> bool:
    try:
        job.check_claim(token)
    except ClaimLost:
        return False
    return True


@pytest.mark.postgres
def test_every_store_lets_workers_do_the_same_and_never_two_of_them_at_once(
    new_bundle: Callable[[str], Callable[[HandClock], StoreBundle]],
) -> None:
    with asyncio.Runner() as runner:
        everything = AsyncExitStack()
        contexts = [opened(kind, new_bundle(kind)) for kind in KINDS]
        runs = iter(range(1_000_000))
        try:
            stores = [runner.run(everything.enter_async_context(context)) for context in contexts]
            run_state_machine_as_test(
                lambda: JobsAgree(runner, stores, f"run.{next(runs)}"),
                settings=settings(
                    max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
                ),
            )
        finally:
            runner.run(everything.aclose())
