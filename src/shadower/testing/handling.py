"""Letting handlers handle the log."""

import asyncio

from shadower.domain.events.event import Position
from shadower.entrypoints.container import Container

_LOOK_SECONDS = 0.01


async def handle_all(container: Container) -> None:
    """Give every handler the whole log, but what it has handled already. Raises the first thing that goes wrong."""
    groups = [handler.group for handler in container.handlers()]
    async with container.begin()() as work:
        for group in groups:
            await work.bus_groups.join(group, Position(0), container.clock().now())
        await work.commit()
    errors: list[Exception] = []
    running = asyncio.create_task(container.handle_events()(errors.append))
    try:
        await container.fill_bus().up_to(await container.log().head())
        while not errors and not await _have_handled(container, groups):
            await asyncio.wait({running}, timeout=_LOOK_SECONDS)
    finally:
        running.cancel()
        await asyncio.wait({running})
    if errors:
        raise errors[0]


async def _have_handled(container: Container, groups: list[str]) -> bool:
    found = await container.list_bus_groups()()
    return all(group.acknowledged == group.head for group in found.groups if group.name in groups)
