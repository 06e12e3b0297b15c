"""The demo as a whole: a server with a store of its own, a past, and a present."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from shadower.domain.workspaces.workspace import Workspace
from shadower.entrypoints.container import Container
from shadower.entrypoints.demo.admission import Admission
from shadower.entrypoints.demo.cast import COMPANIES, Company
from shadower.entrypoints.demo.keys import KeyRing
from shadower.entrypoints.demo.past import DAYS, Past
from shadower.entrypoints.demo.present import Present, Producer
from shadower.entrypoints.demo.simulation import Simulation

DAYS_FIRST = 2
"""How many days of the past are told before anybody is invited to look: the rest follows while they do."""

_log = structlog.stdlib.get_logger("shadower.demo")


Invite = Callable[[str, list[Admission], bool], None]
"""Told, once there is something to see, the URL, the ways in, and whether more of the past is to come."""


class Show:
    """Runs beside the server until it stops."""

    def __init__(self, folder: Path, invite: Invite) -> None:
        self._folder = folder
        self._invite = invite

    @asynccontextmanager
    async def __call__(self, container: Container, url: str) -> AsyncIterator[None]:
        """Begin, without waiting for the past to be told."""
        playing = asyncio.create_task(self._play(container, url), name="demo")
        try:
            yield
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)

    async def _play(self, container: Container, url: str) -> None:
        try:
            now = container.clock().now()
            acts = [await self._act(container, company) for company in COMPANIES]
            for past, _, _ in acts:
                await past.catch_up(now)
                await past.tell_days(DAYS_FIRST)
            more = any(past.has_gaps for past, _, _ in acts)
            self._invite(url, [admission for _, _, admission in acts], more)
            async with asyncio.TaskGroup() as together:
                for _, simulation, admission in acts:
                    producer = Producer(url, admission.key)
                    together.create_task(Present(simulation, producer, container.clock())(now))
                together.create_task(_tell_the_rest([past for past, _, _ in acts]))
        except Exception:
            _log.exception("the demo has stopped telling its story; the server goes on")
            raise

    async def _act(self, container: Container, company: Company) -> tuple[Past, Simulation, Admission]:
        workspace = await _workspace_of(container, company)
        simulation = Simulation(company, workspace.created_at)
        key = await KeyRing(container, self._folder).key_of(workspace)
        admission = Admission(workspace.name, workspace.time_zone, key)
        return Past(container, workspace, simulation), simulation, admission


async def _tell_the_rest(pasts: list[Past]) -> None:
    for day in range(DAYS_FIRST, DAYS + 1):
        for past in pasts:
            await past.tell_days(day, at_leisure=True)


async def _workspace_of(container: Container, company: Company) -> Workspace:
    for workspace in await container.list_workspaces()():
        if workspace.slug == company.slug:
            found: Workspace = workspace
            return found
    made: Workspace = await container.create_workspace()(
        company.slug, name=company.name, zone=company.zone, first_weekday=company.first_weekday
    )
    return made
