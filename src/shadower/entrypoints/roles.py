"""What a process is for, and what it does in the background because of it."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from shadower.entrypoints.container import Container
from shadower.entrypoints.upkeep import consolidate_rollups, keep_store

Report = Callable[[Exception], None]
"""Told of what went wrong in the background; it is tried again in any case."""


class Role(StrEnum):
    """A part of the system that may be a process of its own. One process has all of them when embedded."""

    API = "analytics-api"
    PROCESSOR = "metrics-processor"
    REPORTS = "report-generator"
    NOTIFICATIONS = "notification-service"
    AGGREGATOR = "data-aggregator"


@dataclass(frozen=True, slots=True)
class Service:
    """Something that goes on in the background until it is cancelled."""

    name: str
    start: Callable[[Container, Report], Coroutine[Any, Any, None]]


SERVICES: Final[Mapping[Role, Sequence[Service]]] = {
    Role.API: (Service("record-key-use", lambda container, report: container.record_key_use()(report)),),
    Role.PROCESSOR: (Service("run-projections", lambda container, report: container.run_projections()(report)),),
    Role.REPORTS: (),
    Role.NOTIFICATIONS: (),
    Role.AGGREGATOR: (
        Service("keep-store", lambda container, report: keep_store(container.store(), report)),
        Service("consolidate-rollups", lambda container, report: consolidate_rollups(container.rollups(), report)),
    ),
}
"""What each role does. A new piece of background work is one line here."""

EVERY_ROLE: Final = tuple(Role)
