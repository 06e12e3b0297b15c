"""A batch of events as columns of numbers: what the fold reads."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from shadower.adapters.rollups.table import Ints

OTHER, EXECUTED, FAILED = 0, 1, 2
"""`Columns.kind`: not a run, a run of type agent.executed, one of type agent.failed."""

STATUS_CODES: dict[str | None, int] = {None: 0, "success": 1, "failure": 2, "cancelled": 3}
"""Stored in pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """
    One row per event, of any number of workspaces.

    Dense numbers of ids and names are from 1 to 2^32 - 1 and 0 where there is none. Amounts that are missing are 0;
    a missing duration is -1, since 0 is one.
    """

    workspace: Ints
    occurred_at: Ints
    """Micros."""
    kind: Ints
    """A function of the type: OTHER, EXECUTED or FAILED."""
    own: Ints
    """A function of the source: 1 for what Shadower writes itself, whose ids are not counted; otherwise 0."""
    type: Ints
    source: Ints
    model: Ints
    status: Ints
    """See STATUS_CODES."""
    user: Ints
    agent: Ints
    session: Ints
    duration_us: Ints
    credits: Ints
    cost: Ints
    tokens_in: Ints
    tokens_out: Ints

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> Self:
        """Return the columns of rows that have the fields in the order above."""
        names = [field.name for field in fields(cls)]
        table = np.array(rows, dtype=np.int64).reshape(-1, len(names))
        return cls(**{name: np.ascontiguousarray(table[:, column]) for column, name in enumerate(names)})
