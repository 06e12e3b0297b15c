"""What the stores keep: the key of a page, and its content in separate blobs so that a reader fetches what it needs."""

from typing import NamedTuple

from shadower.domain.errors import Unavailable


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


class PageRow(NamedTuple):
    """A page as read for an answer: of its totals or of its cells, whichever `Selection.uses_totals` says."""

    level: int
    start: int
    key: int
    sums: bytes
    hist: bytes = b""
    """May be left empty when no histogram is needed."""
    sets: bytes = b""
    """May be left empty when no sets are needed."""
