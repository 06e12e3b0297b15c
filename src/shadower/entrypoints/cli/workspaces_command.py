"""`shadower workspaces`."""

from collections.abc import Sequence

import click

from shadower.domain.workspaces.workspace import Weekday, Workspace
from shadower.entrypoints.cli.session import open_store, run


@click.group("workspaces")
def command() -> None:
    """Make and list workspaces: tenants with events, keys and a calendar of their own."""


@command.command("create")
@click.argument("slug")
@click.option("--time-zone", "zone", default="UTC", show_default=True, help="IANA name, such as Europe/Berlin.")
@click.option("--name", help="What people read. [default: SLUG]")
@click.option(
    "--first-weekday",
    default="monday",
    show_default=True,
    type=click.Choice([day.name.lower() for day in Weekday], case_sensitive=False),
    help="When weeks begin.",
)
def create(slug: str, zone: str, name: str | None, first_weekday: str) -> None:
    """
    Make the workspace SLUG: lower-case letters, digits and hyphens.

    Then give it a key: shadower keys create --workspace SLUG --scope admin
    """
    workspace = run(_create(slug, name, zone, Weekday[first_weekday.upper()]))
    click.echo(f"Made the workspace {workspace.slug} ({workspace.time_zone}).", err=True)


@command.command("list")
def list_all() -> None:
    """List workspaces: slug, time zone, name."""
    for workspace in run(_list()):
        click.echo(f"{workspace.slug}\t{workspace.time_zone}\t{workspace.name}")


async def _create(slug: str, name: str | None, zone: str, first_weekday: Weekday) -> Workspace:
    async with open_store() as container:
        return await container.create_workspace()(slug, name=name, zone=zone, first_weekday=first_weekday)


async def _list() -> Sequence[Workspace]:
    async with open_store() as container:
        return await container.list_workspaces()()
