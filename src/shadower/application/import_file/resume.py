"""Where an import goes on, and whether it may."""

import asyncio
from collections.abc import Iterator, Mapping

from shadower.application.import_file.errors import FileChanged, PlanChanged
from shadower.application.import_file.identity import Trail
from shadower.application.import_file.plan import differences
from shadower.application.ports.import_checkpoints import Checkpoint
from shadower.application.ports.row_reader import Row
from shadower.domain.events.event import Outcome

_WAYS_OUT = (
    "--restart sends all rows anew: what is stored stays; a row that is as it was is a duplicate, or a conflict if it "
    "makes another event now; any other row is a new event. With another --source, all rows are new events beside the "
    "stored ones."
)
_BREATH = 1_000
"""Rows after which others get a turn, an interruption among them."""


def starting_point(found: Checkpoint | None, facts: Mapping[str, str]) -> Checkpoint:
    """
    Return the checkpoint to go on from.

    A file of which nothing was stored begins again whatever has changed. Raises PlanChanged.
    """
    beginning = Checkpoint(plan=facts, rows=0, digest="")
    if found is None:
        return beginning
    if changes := differences(found.plan, facts):
        if not _in_the_store(found):
            return beginning
        told = "\n".join(f"  {change}" for change in changes)
        raise PlanChanged(f"{found.rows:,} rows of this file were imported in another way:\n{told}\n{_WAYS_OUT}")
    return found


async def pass_over(rows: Iterator[Row], trail: Trail, done: Checkpoint) -> None:
    """Read the rows that are done and compare them with what they were. Raises FileChanged."""
    if not done.rows:
        return
    for row in rows:
        trail.passed(row)
        if trail.rows == done.rows:
            break
        if not trail.rows % _BREATH:
            await asyncio.sleep(0)
    if trail.rows < done.rows:
        raise FileChanged(f"{done.rows:,} rows were imported, and now the file has only {trail.rows:,}. {_WAYS_OUT}")
    if trail.digest() != done.digest:
        raise FileChanged(
            f"The header or the first {done.rows:,} rows, which were imported, have changed since; or this is another "
            f"file of the same name. {_WAYS_OUT}"
        )


def _in_the_store(found: Checkpoint) -> bool:
    return any(found.counts.get(outcome, 0) for outcome in Outcome if outcome is not Outcome.REJECTED)
