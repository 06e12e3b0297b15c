"""`shadower import`."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import click

from shadower.application.import_file.errors import PlanInvalid
from shadower.application.import_file.import_rows import ImportRows, Summary
from shadower.application.import_file.preview_rows import PreviewRows
from shadower.application.import_file.times import ClockChange
from shadower.domain.errors import ShadowerError, Unavailable
from shadower.entrypoints.cli.import_judge import judge
from shadower.entrypoints.cli.import_options import ImportOptions
from shadower.entrypoints.cli.import_progress import ImportProgress
from shadower.entrypoints.cli.import_sinks import Destination, open_server_sink, open_store_sink
from shadower.entrypoints.cli.import_summary import show_preview, show_summary
from shadower.entrypoints.cli.root import MISCONFIGURED, Failure
from shadower.entrypoints.cli.session import kept_settings, run, settings
from shadower.entrypoints.reading.sent import MOST_EVENTS
from shadower.entrypoints.wiring.importing import FileFormat, FileRejectedRows, ImportMemory, Patience, opened_rows

NOT_ALL_STORED = 3
INTERRUPTED = 130

PATIENCE = 120.0
"""Seconds that a store or server may be away before the import gives up…"""
FIRST_PATIENCE = 5.0
"""…and before anything was heard from a server: then the address may be wrong."""
SHOWN = 5
"""Rows that --dry-run shows as events."""


@click.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--workspace", metavar="SLUG", help="Where the events go. With --url, the key's workspace must be this.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice([str(each) for each in FileFormat]),
    help="[default: by the file's ending]",
)
@click.option("--map", "mapped", multiple=True, metavar="FIELD=COLUMN", help="A field, or data.NAME, from a column.")
@click.option("--set", "constants", multiple=True, metavar="FIELD=VALUE", help="The same value for every row.")
@click.option("--ignore", "ignored", multiple=True, metavar="COLUMN", help="Leave out a column named like a field.")
@click.option("--rest-into-data", is_flag=True, help="Put every other column into data.")
@click.option("--time-zone", "zone", metavar="ZONE", help="Where times without an offset were written.")
@click.option("--time-format", metavar="FORMAT", help="unix, unix_ms, unix_us, unix_ns or a pattern of strptime.")
@click.option(
    "--clock-change",
    type=click.Choice([str(each) for each in ClockChange]),
    default=ClockChange.REJECT.value,
    show_default=True,
    help="What a local time means that the clock showed twice, or skipped.",
)
@click.option("--delimiter", metavar="CHARACTER", help="Of CSV; tab is a word. [default: comma; tab for .tsv]")
@click.option("--no-header", is_flag=True, help="The CSV file names no columns; they are called 1, 2, 3…")
@click.option("--encoding", metavar="NAME", help="[default: UTF-8, or UTF-16 by its mark]")
@click.option("--records", metavar="PATH", help="Where the array of a JSON file is, such as result.rows.")
@click.option("--source", metavar="NAME", help="The source of the rows and events. [default: the file's name]")
@click.option(
    "--batch", type=click.IntRange(1, MOST_EVENTS), default=1_000, show_default=True, help="Rows sent at a time."
)
@click.option("--restart", is_flag=True, help="Send all rows anew; those stored come back as duplicates.")
@click.option("--dry-run", is_flag=True, help="Show the first rows as events and what would be rejected; send nothing.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rejected rows are written.")
@click.option("--url", metavar="URL", help="Send to this server instead of the store of the settings.")
@click.option("--key", metavar="KEY|@FILE", help="A key for that server with the scope ingest.")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - click hands over what is declared above
    """
    Import events from the file PATH: CSV, NDJSON or JSON, possibly with gzip.

    Columns named like fields of an event are taken as they are; --map names others. Each row is one event with an id
    of its own, made from the source, the row's number and its text: repeating a command never doubles anything, and
    goes on where it was stopped. docs/importing.md tells more.

    Exit codes: 0 every row is in the store, 3 some were rejected or conflict, 2 nothing was sent because something is
    not right, 1 it broke off, 130 it was interrupted.
    """
    options = ImportOptions(**given)
    progress = ImportProgress("Reading" if options.dry_run else "Importing")
    try:
        complete = _rehearse(options, progress) if options.dry_run else _import(options, progress)
    except ShadowerError as error:
        raise _failure(error, progress) from error
    except KeyboardInterrupt:
        click.echo(f"Interrupted. {_standing(progress)}", err=True)
        context.exit(INTERRUPTED)
    if not complete:
        context.exit(NOT_ALL_STORED)


def _rehearse(options: ImportOptions, progress: ImportProgress) -> bool:
    plan, source = options.plan(), options.source_name()
    with opened_rows(options.path, options.reading()) as reader, progress:
        preview = PreviewRows(progress.following(reader), judge(settings()))(plan, source=source, show=SHOWN)
    return show_preview(preview)


def _import(options: ImportOptions, progress: ImportProgress) -> bool:
    with progress:
        summary, rejected = run(_send(options, progress))
    return show_summary(summary, rejected, progress.seconds)


async def _send(options: ImportOptions, progress: ImportProgress) -> tuple[Summary, FileRejectedRows]:
    plan, source, chosen = options.plan(), options.source_name(), options.rejects_file()
    destination = _destination(options, progress)
    with opened_rows(options.path, options.reading()) as reader:
        async with destination as to:
            memory = ImportMemory(settings().data_dir, store=to.store, workspace=to.workspace, source=source)
            rejected = memory.rejected_rows(chosen)
            send = ImportRows(progress.following(reader), to.sink, memory.checkpoints, rejected, progress.reached)
            return await send(plan, source=source, batch_size=options.batch, restart=options.restart), rejected


def _destination(options: ImportOptions, progress: ImportProgress) -> AbstractAsyncContextManager[Destination]:
    patience = Patience(PATIENCE, progress.waiting)
    if options.url is not None:
        at_first = Patience(FIRST_PATIENCE, progress.waiting)
        return open_server_sink(options.url, options.api_key(), options.workspace, at_first, patience)
    if options.workspace is None:
        raise PlanInvalid("--workspace SLUG is missing; `shadower workspaces list` shows them.")
    return open_store_sink(kept_settings(), options.workspace, patience)


def _failure(error: ShadowerError, progress: ImportProgress) -> Failure:
    if progress.checkpoint is None and not isinstance(error, Unavailable):
        return Failure(str(error), MISCONFIGURED)
    return Failure(f"{error}\n{_standing(progress)}")


def _standing(progress: ImportProgress) -> str:
    if progress.checkpoint is None:
        return "The same command tries again."
    return f"The rows up to {progress.checkpoint.rows:,} are done; the same command goes on from there."
