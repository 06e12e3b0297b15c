"""`shadower rebuild`."""

import click

from shadower.entrypoints.cli.progress import follow
from shadower.entrypoints.cli.session import open_store, run


@click.command("rebuild")
def command() -> None:
    """
    Make the rollups anew from the events.

    The server may run meanwhile and keeps answering from the old ones; the new ones take their place all at once.
    """
    run(_rebuild())
    click.echo("The rollups are made anew.", err=True)


async def _rebuild() -> None:
    async with open_store() as container:
        await follow(container.rollups().rebuild(), "Rebuilding")
