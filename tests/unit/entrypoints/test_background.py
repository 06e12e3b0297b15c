"""What goes on in the background and is told in the log."""

import asyncio

from structlog.testing import capture_logs

from shadower.entrypoints.background import watch_quarantine
from shadower.entrypoints.container import raise_it
from shadower.testing import a_batch, a_refused_event, memory_container


async def test_a_full_quarantine_is_told_with_its_workspace() -> None:
    async with memory_container(quarantine_limit_bytes="1") as container:
        await container.log().append([a_batch(refused=[a_refused_event(b"too long")])])
        with capture_logs() as said:
            watching = asyncio.create_task(watch_quarantine(container, raise_it))
            async with asyncio.timeout(10):
                while not said:  # noqa: ASYNC110 - no event tells of it
                    await asyncio.sleep(0.01)
            watching.cancel()
    assert [(line["log_level"], line["workspace"]) for line in said] == [("warning", "default")]
