"""A metrics-processor with one handler more, which writes down what it is given."""

import asyncio
import json
import os
import signal
from pathlib import Path
from random import Random

from dependency_injector import providers

from shadower.application.ports.handler import Handler
from shadower.domain.events.event import RecordedEvent
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.start_up import report
from shadower.entrypoints.lifecycle import working
from shadower.entrypoints.logging import configure_logging
from shadower.entrypoints.roles import Role
from shadower.entrypoints.settings_sources import load
from tests.faults.being_ready import tell_ready

GROUP = "scribe"
BOOK = "HANDLER_PROCESS_BOOK"


class Scribe(Handler):
    """Adds a line to a file that several processes share; what is written survives the process."""

    group = GROUP
    types = None

    def __init__(self, book: Path) -> None:
        self._book = os.open(book, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._chance = Random(os.getpid())

    async def __call__(self, event: RecordedEvent) -> None:
        if self._chance.random() < 0.05:
            await asyncio.sleep(self._chance.uniform(0, 0.05))  # so that it is killed in the middle, too
        if self._chance.random() < 0.01:
            raise ConnectionError("not just now")
        line = {"workspace": event.workspace, "position": event.position, "id": event.event.id, "by": os.getpid()}
        os.write(self._book, json.dumps(line).encode() + b"\n")


async def main() -> None:
    settings = load({name: text for name, text in os.environ.items() if name.startswith("SHADOWER_")}).settings
    configure_logging(settings.log_level, settings.log_format)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    container = Container(settings=settings)
    container.handlers.add_args(providers.Object(Scribe(Path(os.environ[BOOK]))))
    async with working(container, report, [Role.PROCESSOR]):
        await tell_ready()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
