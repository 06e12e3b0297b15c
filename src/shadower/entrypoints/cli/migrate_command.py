"""`shadower migrate`."""

import click

from shadower.entrypoints.cli.session import kept_settings, run
from shadower.entrypoints.container import Container


@click.command("migrate")
def command() -> None:
    """
    Bring the store's schema up to date.

    Safe to run again, and while a server of the previous version still runs. Servers with SHADOWER_MIGRATE=on (the
    default, except with the profile production) do this by themselves when they start.
    """
    click.echo(run(_migrate()), err=True)


async def _migrate() -> str:
    store = Container(settings=kept_settings()).store()
    try:
        await store.migrate()
        await store.open()
        return f"The schema is at {(await store.health()).schema_version}."
    finally:
        await store.close()
