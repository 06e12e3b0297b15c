"""`shadower bus`."""

from collections.abc import Sequence

import click

from shadower.application.list_bus_groups import GroupList
from shadower.domain.bus.dead_letter import DeadLetter, DeadLetterId
from shadower.domain.bus.group import BusGroup
from shadower.domain.events.event import Position, WorkspaceId
from shadower.domain.events.moments import SECOND, rfc3339
from shadower.entrypoints.cli.session import open_store, run
from shadower.entrypoints.cli.table import show

GROUPS = ("GROUP", "LAG", "WAITS", "POSITION", "OWNER", "DEAD LETTERS")
LETTERS = ("ID", "GROUP", "WORKSPACE", "POSITION", "TYPE", "STATE", "TRIES", "LAST FAILED", "WHY")

SHOWN = 100
"""Dead letters, unless told otherwise…"""
MOST = 10_000
"""…and at most."""


@click.group("bus")
def command() -> None:
    """
    Look at the event bus: how far each group is, and what could not be handled.

    Everything here works while servers run.
    """


@command.command("groups")
def groups() -> None:
    """
    List groups.

    LAG is how many events of the log a group has not dealt with, and WAITS how long the oldest of them has waited;
    OWNER is the process that serves it, `outside` for a program that is not ours. A group that nobody serves any more
    holds up the bus until it is removed.
    """
    found = run(_groups())
    show(GROUPS, [_group(group, found.now) for group in found.groups])


@command.command("add-group")
@click.argument("name")
@click.option(
    "--from",
    "start",
    type=click.Choice(["now", "beginning"]),
    default="now",
    show_default=True,
    help="With what is recorded from now on, or with the first event that is kept.",
)
def add_group(name: str, start: str) -> None:
    """
    Add the group NAME for a program of yours, which reads the stream in Redis by itself.

    It does so with XREADGROUP and XACK. What it has not acknowledged waits for it, and is there again when Redis was
    lost, until the group is removed. One that is there already stays where it is.

    With --from beginning, all other groups wait until it has caught up with them.
    """
    position = run(_add(name, whole=start == "beginning"))
    click.echo(f"The group {name} is given what comes after position {position}.", err=True)


@command.command("dead-letters")
@click.option("--group", metavar="NAME", help="Only of this group.")
@click.option("--workspace", metavar="SLUG", help="Only of this workspace.")
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=SHOWN, show_default=True, metavar="N", help="Show the newest N."
)
def dead_letters(group: str | None, workspace: str | None, limit: int) -> None:
    """List events that a handler could not handle, newest first."""
    letters, names = run(_letters(group, workspace, limit))
    show(LETTERS, [_letter(letter, names) for letter in letters])


@command.command("replay")
@click.argument("letter", type=int, required=False, metavar="ID")
@click.option("--group", metavar="NAME", help="Every open one of this group.")
def replay(letter: int | None, group: str | None) -> None:
    """
    Have the dead letter ID handled again, or with --group all of a group.

    The process that serves the group does it within seconds, or as soon as there is one. What is handled is gone from
    the list; what is not is there again, with the new reason.
    """
    if (letter is None) == (group is None):
        raise click.UsageError("Give the ID of one, or --group for all of a group.")
    marked = run(_replay(letter, group))
    click.echo(f"{marked:,} to be handled again.", err=True)


@command.command("remove-group")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove_group(name: str, *, yes: bool) -> None:
    """
    Remove the group NAME, whose handler or program is gone, with its dead letters.

    A group that a process serves cannot be removed: take its handler away first. If the handler comes back later, it
    begins with what is recorded from then on.
    """
    if not yes:
        click.confirm(f"Remove {name}, whatever it has not handled, and its dead letters?", abort=True)
    run(_remove(name))
    click.echo(f"Removed the group {name}.", err=True)


def _group(group: BusGroup, now: int) -> Sequence[str]:
    waits = group.waits(now)
    return (
        group.name,
        str(group.lag),
        "" if waits is None else f"{waits / SECOND:.1f} s",
        str(group.acknowledged),
        group.owner or "nobody",
        str(group.dead_letters),
    )


def _letter(letter: DeadLetter, names: dict[WorkspaceId, str]) -> Sequence[str]:
    return (
        str(letter.id),
        letter.group,
        names.get(letter.workspace, ""),
        str(letter.position),
        letter.type,
        letter.state.value,
        str(letter.attempts),
        rfc3339(letter.last_failed_at),
        f"{letter.failure.error}: {letter.failure.message}",
    )


async def _groups() -> GroupList:
    async with open_store() as container:
        found: GroupList = await container.list_bus_groups()()
        return found


async def _add(name: str, *, whole: bool) -> Position:
    async with open_store() as container:
        acknowledged: Position = await container.add_bus_group()(name, whole=whole)
        return acknowledged


async def _letters(
    group: str | None, workspace: str | None, limit: int
) -> tuple[Sequence[DeadLetter], dict[WorkspaceId, str]]:
    async with open_store() as container:
        names = {each.id: each.slug for each in await container.list_workspaces()()}
        whose = None if workspace is None else (await container.list_workspaces().with_slug(workspace)).id
        page = await container.list_dead_letters()(whose, group=group, limit=limit)
        return page.items, names


async def _replay(letter: int | None, group: str | None) -> int:
    async with open_store() as container:
        if letter is not None:
            await container.replay_dead_letter()(None, DeadLetterId(letter))
            return 1
        marked: int = await container.replay_dead_letter().whole(str(group))
        return marked


async def _remove(name: str) -> None:
    async with open_store() as container:
        await container.remove_bus_group()(name)
