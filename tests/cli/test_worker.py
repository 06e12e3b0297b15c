"""Roles as processes of their own: what becomes of jobs when they stop, die, or hear nothing."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cli.conftest import Running, Shadower, eventually
from tests.cli.long_job import ask_for_a_long_job, is_done, is_under_way
from tests.servers import RedisServer

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

KEY = "a-bootstrap-key_of-forty-characters-0001"
AGGREGATOR = ("worker", "--role", "data-aggregator")


class Desk:
    """A server that only answers, and whoever works for it."""

    def __init__(self, shadower: Shadower) -> None:
        self.shadower = shadower

    @contextlib.contextmanager
    def serving(self) -> Iterator[Running]:
        with self.shadower.running("serve", ROLES="analytics-api") as server:
            server.line("Shadower is at ")
            self.server = server
            yield server

    @contextlib.contextmanager
    def working(self, *words: str, **settings: str) -> Iterator[Running]:
        with self.shadower.running(*AGGREGATOR, *words, **settings) as worker:
            assert worker.line("At work as ") == "data-aggregator"
            yield worker

    def ask(self, **body: object) -> int:
        status, job = self.server.ask("/api/v1/jobs", KEY, body)
        assert status == 201, job
        return int(job["id"])

    def job(self, number: int) -> dict[str, Any]:
        status, job = self.server.ask(f"/api/v1/jobs/{number}", KEY)
        assert status == 200, job
        found: dict[str, Any] = job
        return found

    def until(self, number: int, true: Callable[[dict[str, Any]], bool], within: float = 60.0) -> dict[str, Any]:
        eventually(lambda: true(self.job(number)), within)
        return self.job(number)

    def long_job(self) -> int:
        return ask_for_a_long_job(self.server, KEY)


@pytest.fixture
def desk(shadower: Shadower, postgres_url: str, redis_url: str) -> Desk:
    shadower.environment |= {
        "SHADOWER_DATABASE_URL": postgres_url,
        "SHADOWER_REDIS_URL": redis_url,
        "SHADOWER_BOOTSTRAP_KEY": KEY,
    }
    return Desk(shadower)


def test_a_job_waits_for_a_process_of_its_role_and_is_done_by_it(desk: Desk) -> None:
    with desk.serving():
        job = desk.ask(kind="rollups.verify")
        with desk.shadower.running("worker", "--role", "report-generator", "--role", "notification-service") as other:
            assert other.line("At work as ") == "report-generator, notification-service"
            assert desk.job(job)["state"] == "queued"
            with desk.working("--concurrency", "2") as worker:
                desk.until(job, is_done)
                at_once = desk.ask(kind="rollups.verify")
                assert desk.until(at_once, is_done, within=5)["attempts"] == 1
                assert worker.stop() == 0
            assert other.stop(signal.SIGINT) == 0


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle_leaves_the_job_to_another(desk: Desk) -> None:
    with desk.serving():
        with desk.working() as worker:
            job = desk.long_job()
            desk.until(job, is_under_way)
            worker.process.kill()
        with desk.working():
            done = desk.until(job, is_done, within=90)
    assert done["attempts"] == 2
    assert done["result"] == {"stored": 0, "duplicate": 0, "conflict": 0, "rejected": 3000}


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_gives_back_what_does_not_end_in_time(desk: Desk) -> None:
    with desk.serving():
        with desk.working(SHUTDOWN_SECONDS="0.1") as worker:
            job = desk.long_job()
            desk.until(job, is_under_way)
            assert worker.stop() == 0
        back = desk.job(job)
        assert (back["state"], back["attempts"], back["error"]) == ("queued", 0, None)
        with desk.working():
            assert desk.until(job, is_done)["attempts"] == 1


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_ends_what_does(desk: Desk) -> None:
    with desk.serving(), desk.working(SHUTDOWN_SECONDS="60") as worker:
        job = desk.long_job()
        desk.until(job, is_under_way)
        assert worker.stop(within=60) == 0
        assert is_done(desk.job(job))


def test_a_job_that_runs_elsewhere_is_cancelled(desk: Desk) -> None:
    with desk.serving(), desk.working():
        job = desk.long_job()
        desk.until(job, is_under_way)
        assert desk.server.ask(f"/api/v1/jobs/{job}/cancel", KEY, {})[1]["cancelling"] is True
        desk.until(job, lambda told: told["state"] == "cancelled", within=10)


@pytest.mark.slow
def test_jobs_asked_for_while_redis_was_away_or_wiped_are_done_all_the_same(
    shadower: Shadower, postgres_url: str
) -> None:
    with RedisServer(durable=False) as redis:
        shadower.environment |= {
            "SHADOWER_DATABASE_URL": postgres_url,
            "SHADOWER_REDIS_URL": redis.url(),
            "SHADOWER_BOOTSTRAP_KEY": KEY,
        }
        desk = Desk(shadower)
        with desk.serving():
            wiped = desk.ask(kind="rollups.verify")
            redis.run("FLUSHALL")
            with desk.working():
                desk.until(wiped, is_done)
                redis.kill9()
                away = desk.ask(kind="rollups.verify")
                assert desk.job(away)["state"] == "queued"
                redis.start()
                desk.until(away, is_done)


def test_without_redis_a_worker_looks_for_itself(shadower: Shadower, postgres_url: str) -> None:
    shadower.environment |= {"SHADOWER_DATABASE_URL": postgres_url, "SHADOWER_BOOTSTRAP_KEY": KEY}
    desk = Desk(shadower)
    with desk.serving(), desk.working():
        assert is_done(desk.until(desk.ask(kind="rollups.verify"), is_done, within=20))


def test_a_worker_waits_for_a_database_that_is_not_there_and_tells_of_another_schema(
    shadower: Shadower, postgres_url: str
) -> None:
    told = shadower(*AGGREGATOR, DATABASE_URL=postgres_url, MIGRATE="off")
    assert told.returncode == 1
    assert "shadower migrate" in told.stderr
    away = "postgresql://me@127.0.0.1:1/d"
    with shadower.running(*AGGREGATOR, DATABASE_URL=away) as worker:
        log = shadower.folder / "log"
        eventually(lambda: "waiting for the store" in log.read_text())
        assert worker.stop() == 0


def test_workers_are_for_postgresql(shadower: Shadower) -> None:
    told = shadower(*AGGREGATOR)
    assert (told.returncode, told.stdout) == (2, "")
    assert "PostgreSQL" in told.stderr
    assert shadower("worker", "--role", "analytics-api").returncode == 2
