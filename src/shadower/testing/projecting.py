"""Letting projections take in the log."""

import asyncio

from shadower.entrypoints.container import Container

_LOOK_SECONDS = 0.01


async def project_all(container: Container) -> None:
    """Run every projection until it has taken in the whole log. Raises the first thing that goes wrong."""
    errors: list[Exception] = []
    running = asyncio.create_task(container.run_projections()(errors.append))
    try:
        while not errors and not await _have_caught_up(container):
            await asyncio.wait({running}, timeout=_LOOK_SECONDS)
    finally:
        running.cancel()
        await asyncio.wait({running})
    if errors:
        raise errors[0]


async def _have_caught_up(container: Container) -> bool:
    found = await container.list_projections()()
    return all(projection.cursor == projection.head for projection in found.registered)
