"""`shadower projections`."""

from collections.abc import Sequence

import click

from shadower.application.list_projections import ProjectionList
from shadower.application.ports.projection_cursors import ProjectionStatus
from shadower.domain.events.event import Position
from shadower.domain.events.moments import SECOND, rfc3339
from shadower.domain.projections.lease import LOOK_EVERY
from shadower.entrypoints.cli.progress import follow
from shadower.entrypoints.cli.session import open_store, run
from shadower.entrypoints.cli.table import show

COLUMNS = ("NAME", "STATE", "LAG", "WAITS", "POSITION", "OWNER", "FAILURES", "ASIDE", "LAST ERROR")

_yes = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group("projections")
def command() -> None:
    """
    Look at what follows the log, stop it, and let it begin anew.

    Everything here works while servers run: whoever runs a projection hears of it within a second or two.
    """


@command.command("list")
def list_all() -> None:
    """
    List projections.

    LAG is how many events of the log one has not taken in, and WAITS how long the oldest of them has waited; OWNER the
    process that runs it; FAILURES how many steps in a row failed; ASIDE how many events it could not take, which are in
    the quarantine.
    """
    found = run(_list())
    show(COLUMNS, _rows(found))


@command.command("pause")
@click.argument("name")
def pause(name: str) -> None:
    """
    Stop the projection NAME.

    Nothing moves it from now on, in any process, until `shadower projections resume NAME`. It falls behind meanwhile,
    and catches up afterwards.
    """
    run(_pause(name))
    click.echo(f"{name} is paused. It goes on with: shadower projections resume {name}", err=True)


@command.command("resume")
@click.argument("name")
def resume(name: str) -> None:
    """Let the projection NAME go on from where it was paused."""
    run(_resume(name))
    click.echo(f"{name} goes on within {LOOK_EVERY:g} s, if a process runs projections.", err=True)


@command.command("reset")
@click.argument("name")
@_yes
def reset(name: str, *, yes: bool) -> None:
    """
    Clear what the projection NAME has made of the log, and let it begin anew with the first event.

    What it has delivered to the outside is delivered again, all of it. The rollups are rebuilt, as by `shadower
    rebuild`: answers stay exact meanwhile.
    """
    if not yes:
        click.confirm(f"Clear everything {name} has made, and let it take every event of the log again?", abort=True)
    run(_reset(name))
    click.echo(f"{name} begins anew.", err=True)


@command.command("replay")
@click.argument("name")
@click.option(
    "--from",
    "start",
    type=click.IntRange(min=1),
    required=True,
    metavar="POSITION",
    help="The first event to take again, by its position in the log.",
)
@_yes
def replay(name: str, start: int, *, yes: bool) -> None:
    """
    Let the projection NAME take events again, from a position on.

    For projections that deliver to the outside, where receivers drop what they have by its id. One that counts has to
    be reset instead.
    """
    if not yes:
        click.confirm(f"Let {name} take every event from position {start} on again?", abort=True)
    events = run(_replay(name, Position(start)))
    click.echo(f"{name} takes {events:,} events again.", err=True)


def _rows(found: ProjectionList) -> Sequence[Sequence[str]]:
    known = [_row(status, found.now, status.state.value) for status in found.registered]
    return known + [_row(status, found.now, "unknown here") for status in found.strangers]


def _row(status: ProjectionStatus, now: int, state: str) -> Sequence[str]:
    waits = status.waits(now)
    error = "" if status.last_error is None else f"{rfc3339(status.last_error_at or 0)} {status.last_error}"
    return (
        status.name,
        state,
        str(status.lag),
        "" if waits is None else f"{waits / SECOND:.1f} s",
        str(status.cursor),
        status.owner or "nobody",
        str(status.failures),
        str(status.set_aside),
        error,
    )


async def _list() -> ProjectionList:
    async with open_store() as container:
        found: ProjectionList = await container.list_projections()()
        return found


async def _pause(name: str) -> None:
    async with open_store() as container:
        await container.pause_projection()(name)


async def _resume(name: str) -> None:
    async with open_store() as container:
        await container.resume_projection()(name)


async def _reset(name: str) -> None:
    async with open_store() as container:
        await follow(container.reset_projection()(name), "Resetting")


async def _replay(name: str, start: Position) -> int:
    async with open_store() as container:
        events: int = await container.replay_projection()(name, start)
        return events
