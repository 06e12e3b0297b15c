"""What is loaded for which settings, and what is said when it is not there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dependency_injector import providers

from shadower.adapters.diskcache.tier import DiskTier
from shadower.adapters.dramatiq.rabbitmq_brokers import RabbitmqBrokers
from shadower.adapters.dramatiq.redis_brokers import RedisBrokers
from shadower.adapters.dramatiq.task_queue import DramatiqTaskQueue
from shadower.adapters.in_process.task_queue import InProcessTaskQueue
from shadower.adapters.memory.task_queues import InlineTaskQueue
from shadower.adapters.redis.cache_tier import RedisTier
from shadower.application.kept.kept_snapshot import OpenKeptSnapshot
from shadower.application.kept.last_answers import LastingSummaries
from shadower.application.ports.cache_tier import CacheTier
from shadower.application.ports.task_queue import TaskQueue
from shadower.entrypoints.container import Container
from shadower.entrypoints.settings import Technology
from shadower.entrypoints.settings_sources import settings_for
from shadower.testing import memory_container
from tests.bus_world import Recorder


def test_every_provider_of_the_container_provides() -> None:
    container = Container(settings=settings_for(profile="memory"))
    for name, provider in container.providers.items():
        assert provider() is not None, name


@pytest.mark.parametrize("technology", Technology)
def test_making_a_container_opens_nothing(technology: Technology) -> None:
    url = {
        Technology.MEMORY: "memory://",
        Technology.SQLITE: "sqlite:////nonexistent/folder/x.db",
        Technology.POSTGRES: "postgresql://nobody@127.0.0.1:1/nothing",
    }[technology]
    assert Container(settings=settings_for(database_url=url)).store() is not None


async def test_a_redis_url_chooses_the_bus_on_redis_and_opens_nothing() -> None:
    for url, technology in ((None, "memory"), ("redis://127.0.0.1:1", "redis")):
        given = {} if url is None else {"redis_url": url}
        bus = Container(settings=settings_for(profile="memory", **given)).bus()
        health = await bus.health()
        assert (health.technology, health.reachable) == (technology, url is None)
        await bus.close()


def test_nothing_is_relayed_to_a_bus_that_nobody_can_read() -> None:
    container = Container(settings=settings_for(profile="memory"))
    assert "bus-relay" not in container.registered_projections().names
    container = Container(settings=settings_for(profile="memory", redis_url="redis://127.0.0.1:1"))
    assert list(container.registered_projections().names) == ["rollups", "bus-relay"]
    container = Container(settings=settings_for(profile="memory"))
    container.handlers.add_args(providers.Object(Recorder()))
    assert list(container.registered_projections().names) == ["rollups", "bus-relay"]


def test_the_redis_library_is_named_when_it_is_missing(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['redis'] = None\n"
        "from shadower.entrypoints.cli import main\n"
        "main(['bus', 'remove-group', 'x', '--yes'])"
    )
    environment = {
        "SHADOWER_REDIS_URL": "redis://127.0.0.1:1",
        "SHADOWER_DATA_DIR": str(tmp_path),
        "PYTHONPATH": ":".join(sys.path),
    }
    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.endswith("pip install 'shadower[redis]'\n")
    assert told.stderr.count("\n") == 1


def test_an_extra_that_is_not_installed_is_named_with_the_command_that_installs_it() -> None:
    script = (
        "import sys; sys.modules['asyncpg'] = None\n"
        "from shadower.entrypoints.cli import main\n"
        "main(['workspaces', 'list'])"
    )
    environment = {"SHADOWER_DATABASE_URL": "postgresql://me@127.0.0.1:1/d", "PYTHONPATH": ":".join(sys.path)}
    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.endswith("pip install 'shadower[postgres]'\n")
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"profile": "memory", "redis_url": "redis://h"}, InlineTaskQueue),
        ({}, InProcessTaskQueue),
        ({"database_url": "postgresql://h/d"}, InProcessTaskQueue),
        ({"redis_url": "redis://h"}, DramatiqTaskQueue),
        ({"redis_url": "redis://h", "broker_url": "amqp://h"}, DramatiqTaskQueue),
    ],
)
def test_the_settings_choose_how_workers_are_told(settings: dict[str, str], kind: type[TaskQueue]) -> None:
    queue = Container(settings=settings_for(**settings)).task_queue()
    assert type(queue) is kind
    if isinstance(queue, DramatiqTaskQueue):
        assert isinstance(queue._brokers, RabbitmqBrokers if "broker_url" in settings else RedisBrokers)


async def test_a_queue_that_was_used_is_closed_with_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[TaskQueue] = []

    async def close(queue: TaskQueue) -> None:
        closed.append(queue)

    monkeypatch.setattr(InlineTaskQueue, "close", close)
    async with memory_container():
        pass
    assert closed == []
    async with memory_container() as container:
        used = container.task_queue()
    assert closed == [used]


@pytest.mark.parametrize(
    ("package", "setting", "extra"),
    [("redis", "REDIS_URL", "worker"), ("dramatiq", "REDIS_URL", "worker"), ("pika", "BROKER_URL", "rabbitmq")],
)
def test_a_broker_whose_extra_is_not_installed_is_named_likewise(
    package: str, setting: str, extra: str, tmp_path: Path
) -> None:
    script = (
        f"import sys; sys.modules['{package}'] = None\n"
        "from shadower.entrypoints.cli import main\n"
        "main(['schedules', 'run', 'store-upkeep'])"
    )
    environment = {
        f"SHADOWER_{setting}": {"REDIS_URL": "redis://127.0.0.1:1", "BROKER_URL": "amqp://127.0.0.1:1"}[setting],
        "SHADOWER_DATA_DIR": str(tmp_path),
        "PYTHONPATH": ":".join(sys.path),
    }
    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.endswith(f"pip install 'shadower[{extra}]'\n")


@pytest.mark.parametrize(
    ("settings", "tier"),
    [
        ({"profile": "memory"}, None),
        ({"profile": "memory", "redis_url": "redis://h"}, None),
        ({}, DiskTier),
        ({"database_url": "postgresql://h/d"}, None),
        ({"redis_url": "redis://h"}, RedisTier),
        ({"database_url": "postgresql://h/d", "redis_url": "redis://h"}, RedisTier),
        ({"redis_url": "redis://h", "cache": "off"}, None),
    ],
    ids=["memory", "memory and redis", "sqlite", "postgres", "sqlite and redis", "postgres and redis", "off"],
)
async def test_the_settings_choose_what_is_behind_the_cache_and_open_nothing(
    settings: dict[str, str], tier: type[CacheTier] | None, tmp_path: Path
) -> None:
    container = Container(settings=settings_for(**settings, data_dir=str(tmp_path)))
    cache = container.cache()
    assert (type(cache._warm.tier) if cache._warm else None) is tier
    kept = settings.get("cache") != "off"
    assert isinstance(container.kept_snapshot(), OpenKeptSnapshot) is kept
    assert isinstance(container.summarize_metrics(), LastingSummaries) is kept
    await cache.close()
    assert not any(os.scandir(tmp_path))


def test_every_schedule_names_moments_and_a_task_there_is() -> None:
    container = Container(settings=settings_for(profile="memory"))
    names = [schedule.name for schedule in container.schedules()]
    assert len(set(names)) == len(names) > 0
    for schedule in container.schedules():
        container.cron().check(schedule.cron)
        container.known_tasks().of_kind(schedule.kind).check(dict(schedule.payload) | {"slot": "2026-01-31T09:30:00Z"})


def test_every_task_has_a_kind_and_a_title_of_its_own() -> None:
    tasks = Container(settings=settings_for(profile="memory")).tasks()
    assert len({task.kind for task in tasks}) == len({task.title for task in tasks}) == len(tasks) > 0
    assert all("." in task.kind for task in tasks)


def test_what_goes_wrong_in_the_background_is_raised_while_nobody_wants_to_be_told() -> None:
    with pytest.raises(ZeroDivisionError):
        Container(settings=settings_for(profile="memory")).report()(ZeroDivisionError())
