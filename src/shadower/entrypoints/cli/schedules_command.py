"""`shadower schedules`."""

from collections.abc import Sequence

import click

from shadower.application.list_schedules import ScheduleStatus
from shadower.domain.events.moments import rfc3339
from shadower.domain.jobs.job import Job
from shadower.domain.workspaces.workspace import DEFAULT_WORKSPACE
from shadower.entrypoints.cli.session import open_store, run


@click.group("schedules")
def command() -> None:
    """List what is done again and again, and do it out of turn."""


@command.command("list")
@click.option(
    "--workspace", default=DEFAULT_WORKSPACE, show_default=True, metavar="NAME", help="Whose clock and whose jobs."
)
def list_all(workspace: str) -> None:
    """List schedules: name, cron expression, time zone, task, what becomes of missed slots, next and last slot."""
    for status in run(_list(workspace)):
        schedule = status.schedule
        last = "never" if status.last_at is None else rfc3339(status.last_at)
        became = f" ({status.last_job.state})" if status.last_job is not None else ""
        missed = f"missed: {schedule.missed}"
        following = f"next {rfc3339(status.next_at)}"
        row = (schedule.name, schedule.cron, status.zone.key, schedule.kind, missed, following, f"last {last}{became}")
        click.echo("\t".join(row))


@command.command("run")
@click.argument("name")
def run_now(name: str) -> None:
    """
    Make the job of the schedule NAME now, for each workspace where it has one for each.

    Its slots come and go as before. The numbers of the jobs go to standard output.
    """
    jobs = run(_run(name))
    for job in jobs:
        click.echo(str(job.id))
    click.echo(f"Put off {len(jobs)} of {name}: a worker does {'it' if len(jobs) == 1 else 'them'} shortly.", err=True)


async def _list(workspace: str) -> Sequence[ScheduleStatus]:
    async with open_store() as container:
        found = await container.list_workspaces().with_slug(workspace)
        listed: Sequence[ScheduleStatus] = await container.list_schedules()(found.id)
        return listed


async def _run(name: str) -> Sequence[Job]:
    async with open_store() as container:
        made: Sequence[Job] = await container.run_schedule()(name)
        return made
