"""What goes on in the background does not stop unnoticed."""

import asyncio

import pytest

from shadower.application.ports.report import Report
from shadower.entrypoints import lifecycle, supervise
from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import working
from shadower.entrypoints.roles import Role, Service
from shadower.entrypoints.settings_sources import settings_for


async def test_a_service_that_breaks_down_is_reported_and_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [LookupError("first"), LookupError("second")]
    left, reported = list(errors), list[Exception]()
    at_work = asyncio.Event()

    async def frail(_container: Container, _report: Report) -> None:
        if left:
            raise left.pop(0)
        at_work.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(lifecycle, "SERVICES", {Role.API: [Service("frail", frail)]})
    monkeypatch.setattr(supervise, "_PAUSE", 0.0)
    async with working(Container(settings=settings_for(profile="memory")), reported.append, [Role.API]):
        async with asyncio.timeout(5):
            await at_work.wait()
    assert reported == errors
