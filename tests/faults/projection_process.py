"""A metrics-processor with two projections more: one counts in the store, one posts every event to an address."""

import asyncio
import os
import signal
from collections.abc import Sequence

import httpx
from dependency_injector import providers

from shadower.application.ports.projection import OutsideProjection
from shadower.application.ports.work import Work
from shadower.domain.events.event import RecordedEvent
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.start_up import report
from shadower.entrypoints.lifecycle import working
from shadower.entrypoints.logging import configure_logging
from shadower.entrypoints.roles import Role
from shadower.entrypoints.settings_sources import load
from tests.faults.being_ready import tell_ready
from tests.projections import Sightings

RECEIVER = "PROJECTION_PROCESS_RECEIVER"


class SlowSightings(Sightings):
    """Dawdles in the middle of its transaction, so that chance hits it there."""

    async def apply(self, events: Sequence[RecordedEvent], work: Work) -> None:
        await super().apply(events, work)
        await asyncio.sleep(0.01)


class Post(OutsideProjection):
    name = "post"
    batch = 100

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def deliver(self, events: Sequence[RecordedEvent]) -> None:
        body = [{"id": one.event.id, "position": one.position} for one in events]
        try:
            (await self._client.post("/", json=body)).raise_for_status()
        except httpx.HTTPError as error:
            raise ConnectionError("The receiver does not take anything just now.") from error


async def main() -> None:
    settings = load({name: text for name, text in os.environ.items() if name.startswith("SHADOWER_")}).settings
    configure_logging(settings.log_level, settings.log_format)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with httpx.AsyncClient(base_url=os.environ[RECEIVER], timeout=2, verify=False, trust_env=False) as client:  # noqa: S501 - plain HTTP
        container = Container(settings=settings)
        container.projections.add_args(providers.Object(SlowSightings(batch=200)), providers.Object(Post(client)))
        async with working(container, report, [Role.PROCESSOR]):
            await tell_ready()
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
