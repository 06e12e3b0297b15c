"""A time limit for statements. SQLite has none, but asks a progress handler every so often whether to go on."""

from time import monotonic
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

_STEPS: Final = 400_000
"""Of the virtual machine between two looks at the clock: a few milliseconds. Each look waits for the interpreter."""
_KEY: Final = "deadline"


class Deadline:
    """Of the statement that a connection is busy with."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at = float("inf")

    def start(self) -> None:
        """A statement begins."""
        self._at = monotonic() + self._seconds

    def has_passed(self) -> bool:
        """Whether SQLite shall give up. Called from the connection's thread."""
        return monotonic() > self._at


def limit_statements(engine: AsyncEngine, seconds: float) -> None:
    """Interrupt each statement of the engine that takes longer; it then raises OperationalError `interrupted`."""

    @event.listens_for(engine.sync_engine, "connect")
    def watch(connection: Any, record: Any) -> None:
        deadline = record.info[_KEY] = Deadline(seconds)
        connection.run_async(lambda raw: raw.set_progress_handler(deadline.has_passed, _STEPS))

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def begin(connection: Any, *_: object) -> None:
        connection.info[_KEY].start()
