"""`shadower retention`."""

from collections.abc import Mapping, Sequence

import click

from shadower.application.read_retention import RetentionStatus
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import rfc3339
from shadower.domain.retention.run import RetentionRun, RunState
from shadower.domain.retention.term import FOREVER, Term
from shadower.domain.workspaces.workspace import Workspace
from shadower.entrypoints.cli.retention_bars import retention_bars
from shadower.entrypoints.cli.session import open_store, run

_FOREVER = "forever"
_NONE = "-"

_ONE = click.option("--workspace", "only", metavar="SLUG", help="Only this one.")


@click.group("retention")
def command() -> None:
    """
    Keep events for so many days, counted from when the server received them.

    Metrics keep what removed events added up to. A server removes events every night at 02:00 UTC.
    """


@command.command("show")
@_ONE
def show(only: str | None) -> None:
    """List workspaces: slug, days, events removed, received before, state of the last run, what it says."""
    for status in run(_statuses(only)):
        click.echo("\t".join(_told(status)))


@command.command("set")
@click.argument("workspace")
@click.argument("days")
def set_term(workspace: str, days: str) -> None:
    """
    Keep the events of WORKSPACE for so many DAYS, or `forever`.

    Nothing goes before the next run; `shadower retention run --dry-run` counts what will.
    """
    changed = run(_change(workspace, _term(days)))
    kept = "for ever" if changed.term.days is None else f"for {changed.term.days:,} days"
    click.echo(f"Events of {changed.slug} are kept {kept}.", err=True)


@command.command("run")
@click.option("--dry-run", is_flag=True, help="Count what would go, and remove nothing.")
@_ONE
@click.pass_context
def run_now(context: click.Context, dry_run: bool, only: str | None) -> None:
    """
    Remove the events whose term has passed.

    May run while the server does; when it is interrupted, the next run goes on from there. Each run is a line:
    workspace (- for the store's partitions), state, due, removed, what there is to say. The exit code is 0 when every
    one has succeeded.
    """
    runs, slugs = run(_apply(only, dry_run=dry_run))
    for each in runs:
        whose = _NONE if each.workspace is None else slugs[each.workspace]
        click.echo("\t".join([whose, each.state, str(each.due), str(each.removed), each.detail or _NONE]))
    if not runs:
        click.echo("No workspace has a term: everything is kept for ever.", err=True)
    if any(each.state is not RunState.SUCCEEDED for each in runs):
        context.exit(1)


async def _statuses(only: str | None) -> Sequence[RetentionStatus]:
    async with open_store() as container:
        workspaces = container.list_workspaces()
        chosen = await workspaces() if only is None else [await workspaces.with_slug(only)]
        return [await container.read_retention()(workspace.id) for workspace in chosen]


async def _change(slug: str, term: Term) -> Workspace:
    async with open_store() as container:
        workspace = await container.list_workspaces().with_slug(slug)
        changed: Workspace = await container.change_workspace()(workspace.id, term=term)
        return changed


async def _apply(only: str | None, *, dry_run: bool) -> tuple[Sequence[RetentionRun], Mapping[WorkspaceId, str]]:
    async with open_store() as container:
        slugs = {workspace.id: workspace.slug for workspace in await container.list_workspaces()()}
        with retention_bars() as tell:
            return await container.apply_retention()(only, dry_run=dry_run, tell=tell), slugs


def _term(days: str) -> Term:
    if days.lower() == _FOREVER:
        return FOREVER
    if not days.isascii() or not days.isdigit():
        raise click.BadParameter(f"{days!r} is neither a number of days nor {_FOREVER}.", param_hint="DAYS")
    return Term(int(days))


def _told(status: RetentionStatus) -> list[str]:
    removed, latest, days = status.removed, status.latest, status.workspace.term.days
    return [
        status.workspace.slug,
        _FOREVER if days is None else str(days),
        "0" if removed is None else str(removed.events),
        _NONE if removed is None else rfc3339(removed.received_before),
        _NONE if latest is None else latest.state,
        (None if latest is None else latest.detail) or _NONE,
    ]
