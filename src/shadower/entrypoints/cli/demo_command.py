"""`shadower demo`."""

import json
import os
from collections.abc import Sequence

import click
from dependency_injector import providers

from shadower.entrypoints.cli.session import help_on
from shadower.entrypoints.container import Container
from shadower.entrypoints.demo.admission import Admission
from shadower.entrypoints.logging import configure_logging
from shadower.entrypoints.settings import LogLevel
from shadower.entrypoints.settings_sources import load


@click.command("demo")
@click.option("--host", help=help_on("host"))
@click.option("--port", type=int, help=help_on("port"))
def command(host: str | None, port: int | None) -> None:
    """
    Show a living system.

    Two made-up companies with AI agents send events, and have done so for a month. Their store is in the folder `demo`
    of the data directory, apart from yours; delete it to begin anew.
    """
    click.echo("Starting the Shadower demo. Ctrl+C stops it.")
    folder = load(os.environ).settings.data_dir / "demo"
    apart = {"profile": "embedded", "workers": "1", "database_url": f"sqlite:///{folder}/shadower.sqlite3"}
    given = {name: str(value) for name, value in (("host", host), ("port", port)) if value is not None}
    chosen = load(os.environ, apart | given)
    level = LogLevel.WARNING if chosen.origins["log_level"] == "default" else chosen.settings.log_level
    configure_logging(level, chosen.settings.log_format)

    from shadower.entrypoints.demo.show import Show  # noqa: PLC0415 - what takes long comes after the first line
    from shadower.entrypoints.serve import serve  # noqa: PLC0415

    container = Container(settings=chosen.settings, wants_first_key=providers.Object(False))
    serve(container, Show(folder, invite))


def invite(url: str, admissions: Sequence[Admission], more: bool) -> None:
    """Say how to come in."""
    click.echo(f"\nShadower is at {url}\n\nSign in with a key:\n")
    for admission in admissions:
        click.echo(f"  {admission.name:20} {admission.key}  ({admission.time_zone})")
    event = {"type": "agent.executed", "agent_id": "my-agent", "status": "success", "duration_ms": 1200}
    click.echo("\nSend an event of your own and watch it appear:\n")
    click.echo(f"  curl {url}/api/v1/events -H 'Authorization: Bearer {admissions[0].key}' \\")
    click.echo(f"    -H 'Content-Type: application/json' -d '{json.dumps([event])}'\n")
    if more:
        click.echo("Their last days are there already; the rest of the month fills in within a minute or two.\n")
