"""`shadower verify`."""

import click

from shadower.entrypoints.cli.progress import follow
from shadower.entrypoints.cli.session import open_store, run


@click.command("verify")
@click.pass_context
def command(context: click.Context) -> None:
    """
    Recount every rollup from the events and show what differs.

    There must be no difference. Each is a line on standard output; the exit code is 0 only when there is none. May run
    while the server does.
    """
    differences = run(_verify())
    if differences:
        click.echo(f"{len(differences):,} differences. `shadower rebuild` makes the rollups anew.", err=True)
        context.exit(1)
    click.echo("Every rollup equals a recount of the events.", err=True)


async def _verify() -> list[str]:
    async with open_store() as container:
        return await follow(container.rollups().verify(), "Recounting")
