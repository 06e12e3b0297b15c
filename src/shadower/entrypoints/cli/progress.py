"""Showing how far a long piece of upkeep has come."""

from collections.abc import AsyncIterator

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from shadower.application.ports.progress import Progress as Step


async def follow(steps: AsyncIterator[Step], title: str) -> list[str]:
    """Show a bar on standard error, print each difference on standard output as it is found, and return them all."""
    differences: list[str] = []
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        async for step in steps:
            bar.update(task, completed=step.done, total=step.total)
            for difference in step.differences:
                click.echo(difference)
            differences += step.differences
    return differences
