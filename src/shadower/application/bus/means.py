"""What serving a group takes."""

from dataclasses import dataclass

from shadower.application.bus.attempts import USUAL, Leniency
from shadower.application.bus.fill_bus import FillBus
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_bus import EventBus
from shadower.application.ports.event_log import EventLog
from shadower.application.ports.work import BeginWork


@dataclass(frozen=True, slots=True)
class Means:
    """The same for every group of a process."""

    bus: EventBus
    fill: FillBus
    log: EventLog
    begin: BeginWork
    clock: Clock
    owner: str
    """Names this process to people."""
    leniency: Leniency = USUAL
