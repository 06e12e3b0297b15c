"""For processes nobody watches: commands and the library."""

from collections.abc import Mapping

from shadower.application.ports.meter import Meter
from shadower.domain.events.event import Outcome
from shadower.domain.jobs.job import JobState, Queue


class SilentMeter(Meter):
    """Measures nothing."""

    def committed(self, requests: int, events: int, seconds: float) -> None:
        pass

    def waiting(self, events: int) -> None:
        pass

    def decided(self, outcomes: Mapping[Outcome, int]) -> None:
        pass

    def attempted(self, kind: str, became: JobState, seconds: float) -> None:
        pass

    def nudge_lost(self, queue: Queue) -> None:
        pass
