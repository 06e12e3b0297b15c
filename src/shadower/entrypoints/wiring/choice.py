"""Which wiring the settings choose."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TypeVar

from shadower.application.kept.kept_snapshot import Means, OpenKeptSnapshot
from shadower.application.kept.last_answers import LastAnswers
from shadower.application.ports.cache import Cache
from shadower.application.ports.chance import Chance
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_bus import EventBus
from shadower.application.ports.snapshot import OpenSnapshot
from shadower.application.take_job import TakeJob
from shadower.entrypoints.settings import Settings, Technology
from shadower.entrypoints.wiring.bundle import Closing, QueueBundle, StoreBundle

UseCase = TypeVar("UseCase")

_EXTRAS = {
    "postgres": "postgres",
    "redis_jobs": "worker",
    "rabbitmq_jobs": "rabbitmq",
    "redis_bus": "redis",
    "redis_cache": "redis",
}


class ExtraMissing(Exception):
    """The settings choose a technology whose libraries are not installed."""


def chosen_store(settings: Settings, clock: Clock) -> StoreBundle:
    """
    Return the store that the settings choose, not yet open.

    Each wiring module has `store_bundle(settings, clock)`. Raises ExtraMissing.
    """
    technology = settings.technology
    bundle: StoreBundle = _module(technology, f"{technology} store").store_bundle(settings, clock)
    return bundle


def chosen_queue(settings: Settings, take: Callable[[], TakeJob], to_close: list[Closing]) -> QueueBundle:
    """
    Return the queue of jobs that the settings choose: a broker, this process, or none with the store in memory.

    It is put to what has to be closed in the end. Each wiring module has `queue_bundle(settings, take)`; `take()`
    claims jobs. Raises ExtraMissing.
    """
    if settings.technology is Technology.MEMORY:
        name = "inline_jobs"
    elif settings.broker_url is not None:
        name = "rabbitmq_jobs"
    elif settings.redis_url is not None:
        name = "redis_jobs"
    else:
        name = "in_process_jobs"
    bundle: QueueBundle = _module(name, "queue of jobs").queue_bundle(settings, take)
    to_close.append(bundle.queue)
    return bundle


def chosen_bus(settings: Settings, to_close: list[Closing]) -> EventBus:
    """
    Return the event bus that the settings choose, not yet connected: on Redis, or within this process.

    It is put to what has to be closed in the end. Each wiring module has `event_bus(settings)`. Raises ExtraMissing.
    """
    name = "in_process_bus" if settings.redis_url is None else "redis_bus"
    bus: EventBus = _module(name, "event bus").event_bus(settings)
    to_close.append(bus)
    return bus


def chosen_cache(settings: Settings, clock: Clock, chance: Chance, to_close: list[Closing]) -> Cache:
    """
    Return the cache that the settings choose, not yet connected: in memory, and behind it Redis, a disk, or nothing.

    It is put to what has to be closed in the end. Each wiring module has `cache(settings, clock, chance)`. A store in
    memory has no use for what outlives its process; several processes on PostgreSQL share Redis or nothing. Raises
    ExtraMissing.
    """
    if not settings.cache or settings.technology is Technology.MEMORY:
        name = "memory_cache"
    elif settings.redis_url is not None:
        name = "redis_cache"
    elif settings.technology is Technology.SQLITE:
        name = "disk_cache"
    else:
        name = "memory_cache"
    cache: Cache = _module(name, "cache").cache(settings, clock, chance)
    to_close.append(cache)
    return cache


def chosen_snapshot(settings: Settings, snapshot: OpenSnapshot, means: Means) -> OpenSnapshot:
    """Return what answers about metrics are read from: the store's snapshots, or those that keep what they count."""
    return OpenKeptSnapshot(snapshot, means) if settings.cache else snapshot


def lasting(kind: Callable[[UseCase, LastAnswers], UseCase]) -> Callable[[Settings, UseCase, LastAnswers], UseCase]:
    """Return what makes a use case keep its last answers, if the settings want that."""

    def chosen(settings: Settings, use_case: UseCase, last: LastAnswers) -> UseCase:
        return kind(use_case, last) if settings.cache else use_case

    return chosen


def _module(name: str, what: str) -> ModuleType:
    try:
        return import_module(f"shadower.entrypoints.wiring.{name}")
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(name)
        if extra is None or (error.name or "").startswith("shadower"):
            raise
        advice = f"pip install 'shadower[{extra}]'"
        raise ExtraMissing(f"The {what} needs {error.name}, which is not installed: {advice}") from error
