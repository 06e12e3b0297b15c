"""The command `shadower` and how it fails: one clear line, and an exit code that scripts can rely on."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from shadower.domain.errors import ShadowerError
from shadower.entrypoints.settings_sources import SettingsInvalid
from shadower.entrypoints.wiring.choice import ExtraMissing

FAILED = 1
MISCONFIGURED = 2

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("demo_command", "Show a living system: two simulated workspaces, kept apart from your data."),
    "serve": ("serve_command", "Start the server."),
    "worker": ("worker_command", "Do the background work of a role, in a process of its own."),
    "schedules": ("schedules_command", "List what is done again and again, and do it out of turn."),
    "import": ("import_command", "Import events from a CSV, NDJSON or JSON file."),
    "convert": ("convert_command", "Turn files of other tools into events."),
    "workspaces": ("workspaces_command", "Make and list workspaces."),
    "keys": ("keys_command", "Make, list and revoke API keys."),
    "retention": ("retention_command", "Say how long events are kept, and remove those past their term."),
    "verify": ("verify_command", "Recount every rollup from the events and show what differs."),
    "rebuild": ("rebuild_command", "Make the rollups anew from the events, while the server runs."),
    "projections": ("projections_command", "Look at what follows the log, pause it, or let it begin anew."),
    "bus": ("bus_command", "Look at the event bus, and have events handled again."),
    "migrate": ("migrate_command", "Bring the store's schema up to date."),
    "config": ("config_command", "Show the settings in effect and where each comes from."),
}
"""Command → module and summary. A module is imported when its command runs, so that `--help` is quick."""


class Failure(click.ClickException):
    """What went wrong, in a line or a few."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads it from the instance


class Root(click.Group):
    """Knows its commands by name alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click asks
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"shadower.entrypoints.cli.{COMMANDS[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - whatever the command returns
        try:
            return super().invoke(ctx)
        except SettingsInvalid as error:
            raise Failure("\n       ".join(error.problems), MISCONFIGURED) from error
        except (ShadowerError, ExtraMissing) as error:
            raise Failure(str(error)) from error
        except OSError as error:
            named = f"{error.filename}: " if error.filename else ""
            raise Failure(f"{named}{error.strerror or error}") from error


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="shadower", prog_name="shadower", message="%(prog)s %(version)s")
def main() -> None:
    """
    Record what AI agents do, and answer questions about it, exactly.

    Settings come from SHADOWER_… variables and from shadower.toml; `shadower config` shows them. Every command works
    while a server runs on the same store.
    """
