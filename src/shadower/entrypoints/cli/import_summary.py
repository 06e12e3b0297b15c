"""What an import, or its rehearsal, has to say in the end: figures on standard output, the rest on standard error."""

from collections import Counter
from collections.abc import Iterable

import click

from shadower.application.import_file.import_rows import Summary
from shadower.application.import_file.preview_rows import Preview
from shadower.domain.events.event import Outcome
from shadower.entrypoints.wiring.importing import FileRejectedRows, event_json

_NAMES = {
    Outcome.STORED: "stored",
    Outcome.DUPLICATE: "duplicates",
    Outcome.CONFLICT: "conflicts",
    Outcome.REJECTED: "rejected",
}
_UNDATED = "No column says when: the time of arrival stands in. --map occurred_at=COLUMN names one."
_LONGEST_SHOWN = 120


def show_summary(summary: Summary, rejected: FileRejectedRows, seconds: float) -> bool:
    """Return whether every row is in the store."""
    counts = summary.counts()
    for outcome, name in _NAMES.items():
        click.echo(f"{name:<11}{counts[outcome]:>10}")
    earlier = f"{summary.before.rows:,} rows were imported earlier"
    if summary.before.rows and not summary.rows:
        _note(f"Nothing is new: {earlier}. --restart sends them again.")
    else:
        _note(f"{summary.rows:,} rows in {seconds:.1f} s ({summary.rows / max(seconds, 0.001):,.0f} a second).")
        if summary.before.rows:
            _note(f"Before them, {earlier}.")
    if summary.undated and summary.rows:
        _note(_UNDATED)
    _note_unseen(summary.unseen)
    _note_codes(summary.codes, "not stored")
    if counts[Outcome.CONFLICT] or counts[Outcome.REJECTED]:
        _note(f"The rows that were not stored, and why: {rejected.path}")
        return False
    return True


def show_preview(preview: Preview) -> bool:
    """Return whether every row would be taken."""
    for event in preview.first:
        click.echo(event_json(event))
    for row in preview.rejected:
        where = f" {row.field}:" if row.field else ""
        _note(f"row {row.row}: {row.code}:{where} {row.message}\n  {_short(row.text)}")
    told = sum(preview.codes.values())
    if told > len(preview.rejected):
        _note(f"… and {told - len(preview.rejected):,} more.")
    _note_codes(preview.codes, "would be rejected")
    _note(f"{preview.rows:,} rows read, {preview.rows - told:,} would be sent. Nothing was sent.")
    if preview.undated and preview.rows:
        _note(_UNDATED)
    _note_unseen(preview.unseen)
    return not told


def _note_codes(codes: Counter[tuple[str, str | None]], what: str) -> None:
    for (code, field), rows in codes.most_common():
        _note(f"{rows:,} {'row' if rows == 1 else 'rows'} {what}: {code}{f' ({field})' if field else ''}")
    if any(code == "timestamp_without_offset" for code, _ in codes):
        _note("--time-zone ZONE says where times without an offset were written, for example Europe/Berlin or UTC.")


def _note_unseen(columns: Iterable[str]) -> None:
    for column in sorted(columns):
        _note(f"No row has a value in {column!r}. Is it the right name?")


def _note(text: str) -> None:
    click.echo(text, err=True)


def _short(text: str) -> str:
    shown = text.encode("utf-8", "replace").decode()
    return shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "…"
