"""Showing how far retention has come: a bar for each workspace, on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from shadower.application.apply_retention import RetentionProgress, Tell
from shadower.domain.events.event import WorkspaceId


@contextmanager
def retention_bars() -> Iterator[Tell]:
    """Yield whom to tell. Nothing is shown when nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tasks: dict[WorkspaceId, TaskID] = {}
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:

        def tell(progress: RetentionProgress) -> None:
            workspace = progress.workspace
            if workspace.id not in tasks:
                tasks[workspace.id] = bars.add_task(workspace.slug)
            bars.update(tasks[workspace.id], completed=progress.done, total=progress.total)

        yield tell
