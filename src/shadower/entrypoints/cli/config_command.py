"""`shadower config`."""

import os

import click

from shadower.entrypoints.settings_report import lines
from shadower.entrypoints.settings_sources import CONFIG, USUAL_FILE, load


@click.command("config", epilog=f"{CONFIG} names a TOML file to read; otherwise {USUAL_FILE} is, if it is there.")
@click.option("--explain", is_flag=True, help="Say what each setting is for.")
def command(explain: bool) -> None:
    """
    Show the settings in effect and where each comes from.

    Keys, tokens and passwords are hidden.
    """
    told = list(lines(load(os.environ)))
    name_width = max(len(line.name) for line in told)
    value_width = max(len(line.value) for line in told)
    for line in told:
        click.echo(f"{line.name:{name_width}}  {line.value:{value_width}}  {line.origin}".rstrip())
        if explain:
            click.echo(f"  {line.about}\n")
