"""Fold a batch of events into what it adds to pages: the fast form of `domain.metrics.pages.fold_plain`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from shadower.adapters.rollups.columns import Columns
from shadower.adapters.rollups.pages import PageKey
from shadower.adapters.rollups.table import (
    AGENTS,
    BIN_BITS,
    CELLS,
    HEAD,
    ID_BITS,
    KIND_BITS,
    NO_MAXIMUM,
    NO_MINIMUM,
    OWN,
    SESSIONS,
    SLOT_SHIFT,
    STATUS_SHIFT,
    USERS,
    Flags,
    Ints,
    Table,
    distinct,
    regrouped,
    selected,
    stacked,
    totalled,
)
from shadower.domain.metrics.histogram import SUB_BINS_LOG2
from shadower.domain.metrics.pages import QUARTER, Family, Level, span

_KEY, _START = 1, 2
"""Columns of the identity while folding, after the workspace. The start is in quarter-hours."""

_SLOT = -1 << SLOT_SHIFT
_LOW = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Pages:
    """Contributions to pages, not yet encoded. The identity of both tables begins with the place in `keys`."""

    keys: list[PageKey]
    cells: Table
    totals: Table


def fold(batch: Columns) -> Pages:
    """
    Return what the events add to the pages of every family and level.

    Events are looked at twice, by agent and by user; all else is added up from the quarter-hours of agents.
    """
    agents = _events(batch, batch.agent, Family.AGENT, {USERS: batch.user, SESSIONS: batch.session})
    users = _events(batch, batch.user, Family.USER, {AGENTS: batch.agent, SESSIONS: batch.session})
    by_agent = _levels(agents)
    by_all = _levels(_without_agents(by_agent[Level.QUARTER]))
    tables = [(Family.ALL, level, table) for level, table in by_all.items()]
    tables += [(Family.AGENT, level, table) for level, table in by_agent.items()]
    tables.append((Family.USER, Level.QUARTER, regrouped(users, users.identity)[0]))
    return _paged(tables)


def _events(batch: Columns, key: Ints, family: Family, ids: dict[int, Ints]) -> Table:
    """Return one row per event."""
    quarter = batch.occurred_at // QUARTER
    width = span(family, Level.QUARTER) // QUARTER
    start = quarter // width * width
    head = (quarter - start) << SLOT_SHIFT | batch.status << STATUS_SHIFT | batch.kind | batch.own * OWN
    duration = np.where(batch.kind > 0, batch.duration_us, -1)
    timed = np.flatnonzero(duration >= 0)
    known = np.maximum(duration, 0)
    amounts = np.column_stack([known, batch.credits, batch.cost, batch.tokens_in, batch.tokens_out])
    counts = np.column_stack([np.ones(len(key), dtype=np.int64), duration >= 0])
    return Table(
        CELLS,
        np.column_stack([batch.workspace, key, start, head, batch.type, batch.source, batch.model]),
        np.column_stack([counts, amounts & _LOW, amounts >> 32]),
        np.where(duration >= 0, duration, NO_MINIMUM),
        np.where(duration >= 0, duration, NO_MAXIMUM),
        timed << BIN_BITS | bins_of(duration[timed]),
        np.ones(len(timed), dtype=np.int64),
        _ids(batch.own == 0, ids),
    )


def _ids(counted: Flags, numbers: dict[int, Ints]) -> Ints:
    found = []
    for kind, column in numbers.items():
        rows = np.flatnonzero(counted & (column > 0))
        found.append((rows << KIND_BITS | kind) << ID_BITS | column[rows])
    return np.sort(np.concatenate(found))


def bins_of(durations: Ints) -> Ints:
    """Return the bin of each duration, as `histogram.bin_of` does; exact below 2^53 µs, that is 285 years."""
    bit_length = np.frexp(durations.astype(np.float64))[1].astype(np.int64)
    exponent = np.maximum(bit_length - SUB_BINS_LOG2 - 1, 0)
    return (exponent << SUB_BINS_LOG2) + (durations >> exponent)


def _levels(finest: Table) -> dict[Level, Table]:
    quarters, _ = regrouped(finest, finest.identity)
    identity = quarters.identity.copy()
    identity[:, HEAD] &= ~_SLOT
    hours, _ = regrouped(quarters, identity)
    identity = hours.identity.copy()
    identity[:, _START] -= identity[:, _START] % (span(Family.ALL, Level.DAY) // QUARTER)
    days, _ = regrouped(hours, identity)
    return {Level.QUARTER: quarters, Level.HOUR: hours, Level.DAY: days}


def _without_agents(table: Table) -> Table:
    """Take the agent out of the identity and put it among the ids."""
    agent = table.identity[:, _KEY]
    ids = _ids(table.identity[:, HEAD] & OWN == 0, {AGENTS: agent})
    identity = table.identity.copy()
    identity[:, _KEY] = 0
    return replace(table, identity=identity, ids=distinct(np.concatenate([table.ids, ids])))


def _paged(tables: Iterable[tuple[Family, Level, Table]]) -> Pages:
    """Number the pages, family by family and level by level."""
    keys: list[PageKey] = []
    numbered: list[Table] = []
    for family, level, table in tables:
        place = table.identity[:, :HEAD]
        first = np.ones(len(table), dtype=np.bool_)
        first[1:] = (place[1:] != place[:-1]).any(axis=1)
        page = np.cumsum(first) - 1 + len(keys)
        numbered.append(replace(table, identity=np.column_stack([page, table.identity[:, HEAD:]])))
        keys += [
            PageKey(workspace, int(family), key, int(level), start * QUARTER)
            for workspace, key, start in place[first].tolist()
        ]
    cells = stacked(numbered)
    return Pages(keys, cells, _totals(cells, np.array([key.family != Family.USER for key in keys], dtype=np.bool_)))


def _totals(cells: Table, wanted: Flags) -> Table:
    """Return one row per page and slot, of the pages wanted."""
    table = totalled(selected(cells, wanted[cells.identity[:, 0]]))
    identity = np.zeros_like(table.identity)
    identity[:, 0] = table.identity[:, 0]
    identity[:, HEAD] = table.identity[:, HEAD] & _SLOT
    return regrouped(table, identity)[0]
