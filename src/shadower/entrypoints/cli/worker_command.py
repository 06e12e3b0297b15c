"""`shadower worker`."""

from collections.abc import Sequence

import click

from shadower.entrypoints.cli.session import help_on, kept_settings
from shadower.entrypoints.container import Container
from shadower.entrypoints.logging import configure_logging
from shadower.entrypoints.settings import Role, Technology, variable
from shadower.entrypoints.settings_sources import SettingsInvalid

ROLES = [role.value for role in Role if role is not Role.API]


@click.command("worker")
@click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    type=click.Choice(ROLES),
    help="What it does. May be given several times.",
)
@click.option("--concurrency", type=click.IntRange(1, 1_000), help=help_on("job_concurrency"))
def command(roles: Sequence[str], concurrency: int | None) -> None:
    """
    Do the background work of a role.

    For PostgreSQL; with SQLite the server does all of it by itself. Ctrl+C or SIGTERM stops it: jobs in hand have
    SHADOWER_SHUTDOWN_SECONDS to end, then another worker does them from the start.
    """
    from shadower.entrypoints.work import work  # noqa: PLC0415 - only who needs it pays for it

    chosen = kept_settings(job_concurrency=concurrency)
    if chosen.technology is not Technology.POSTGRES:
        url = variable("database_url")
        raise SettingsInvalid([f"A worker needs PostgreSQL ({url}): with SQLite, the server does all work by itself."])
    configure_logging(chosen.log_level, chosen.log_format)
    work(Container(settings=chosen), [Role(role) for role in dict.fromkeys(roles)])
