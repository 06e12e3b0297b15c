"""What the stores keep: the key of a page, and its content in separate blobs so that a reader fetches what it needs."""

from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from shadower.domain.errors import Unavailable
from shadower.domain.metrics.pages import Family
from shadower.domain.metrics.question import Dimension
from shadower.domain.metrics.tally import Needs

KEY_OF: Final = {Family.AGENT: Dimension.AGENT, Family.USER: Dimension.USER}
"""What the pages of a family are kept by."""

EVERYBODY: Final = 0
"""The key of pages and views that hold everybody's events."""

_SETS: Final = Needs.USERS | Needs.AGENTS | Needs.SESSIONS
_OWN: Final = {Family.AGENT: Needs.AGENTS, Family.USER: Needs.USERS}
"""The ids that a family's key tells without any set."""


class RollupUnreadable(Unavailable):
    """A stored page is damaged or of another version; a rebuild makes it anew from the events."""

    code = "rollup_unreadable"


class PageKey(NamedTuple):
    """The identity of a page."""

    workspace: int
    family: int
    key: int
    """The dense number of the agent or user; 0 for events without one, and in the family ALL."""
    level: int
    start: int
    """Micros, UTC."""


class PageBlobs(NamedTuple):
    """
    The content of a page. Empty bytes stand for nothing to tell, which is common for hist and sets.

    Pages of users have no totals: these are computed from the cells.
    """

    total_sums: bytes
    total_hist: bytes
    total_sets: bytes
    cell_sums: bytes
    cell_hist: bytes
    cell_sets: bytes


class Wanted(NamedTuple):
    """Which parts of pages are read."""

    totals: bool
    """Those of the whole page, rather than those of its cells."""
    hist: bool = True
    sets: bool = True


def wanted_parts(family: Family, needs: Needs, dimensions: AbstractSet[Dimension]) -> Wanted:
    """Return what a question reads that filters and groups by these dimensions."""
    totals = family is not Family.USER and dimensions <= {KEY_OF.get(family)}
    return Wanted(totals, Needs.HISTOGRAM in needs, bool(needs & _SETS & ~_OWN.get(family, Needs.SUMS)))


class PageRow(NamedTuple):
    """A page as read for an answer: of its totals or of its cells, whichever are wanted; or a view of a span."""

    level: int
    start: int
    key: int
    sums: bytes
    hist: bytes = b""
    """May be left empty when no histogram is needed."""
    sets: bytes = b""
    """May be left empty when no sets are needed."""
