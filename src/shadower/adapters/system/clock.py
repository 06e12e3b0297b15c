"""The machine's clock."""

from time import time_ns

from shadower.application.ports.clock import Clock


class SystemClock(Clock):
    """Tells the time as the machine is set."""

    def now(self) -> int:
        return time_ns() // 1000
