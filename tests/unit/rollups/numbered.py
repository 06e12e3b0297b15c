"""Events as columns of dense numbers, and the plain reference's pages in the same numbers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shadower.adapters.rollups.columns import EXECUTED, FAILED, OTHER, STATUS_CODES, Columns
from shadower.adapters.rollups.differences import Cell, cells_of
from shadower.adapters.rollups.pages import PageBlobs, PageKey
from shadower.domain.events.event import Event
from shadower.domain.metrics.pages import Family, PlainPages
from shadower.domain.metrics.question import Dimension
from shadower.domain.metrics.tally import Tally

KINDS = {"agent.executed": EXECUTED, "agent.failed": FAILED}


class Numbers:
    """Dense numbers for texts, per field, from 1 in the order of first use; 0 for none."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = defaultdict(dict)

    def of(self, field: str, text: str | None) -> int:
        if text is None:
            return 0
        return self._numbers[field].setdefault(text, len(self._numbers[field]) + 1)

    def columns(self, events: Iterable[Event], workspace: int = 1) -> Columns:
        return Columns.of(self.rows(events, workspace))

    def rows(self, events: Iterable[Event], workspace: int = 1) -> list[Sequence[int]]:
        return [self._row(event, workspace) for event in events]

    def of_dimension(self, dimension: Dimension, text: str | None) -> int:
        return STATUS_CODES[text] if dimension is Dimension.STATUS else self.of(dimension.removesuffix("_id"), text)

    def _row(self, event: Event, workspace: int) -> Sequence[int]:
        return (
            workspace,
            event.occurred_at,
            KINDS.get(event.type, OTHER),
            int(event.source == "shadower"),
            self.of("type", event.type),
            self.of("source", event.source),
            self.of("model", event.model),
            STATUS_CODES[event.status],
            self.of("user", event.user_id),
            self.of("agent", event.agent_id),
            self.of("session", event.session_id),
            -1 if event.duration_us is None else event.duration_us,
            event.credits or 0,
            event.cost or 0,
            event.tokens_in or 0,
            event.tokens_out or 0,
        )

    def pages(self, plain: PlainPages, workspace: int = 1) -> dict[PageKey, dict[Cell, Tally]]:
        return {
            PageKey(workspace, page.family, self.of(_key_field(page.family), page.key), page.level, page.start): {
                Cell(
                    cell.slot,
                    self.of("type", cell.type),
                    self.of("source", cell.source),
                    self.of("model", cell.model),
                    STATUS_CODES[cell.status],
                ): self.tally(tally)
                for cell, tally in cells.items()
            }
            for page, cells in plain.items()
        }

    def tally(self, tally: Tally) -> Tally:
        """The same tally with numbers in its sets."""
        sets = {"users": "user", "agents": "agent", "sessions": "session"}
        numbers = {
            name: {self.of(field, text) for text in found}
            for name, field in sets.items()
            if (found := getattr(tally, name)) is not None
        }
        return replace(tally, **numbers)


def plainly(tally: Tally) -> Tally:
    """The same tally with built-in sets."""
    sets = {"users": tally.users, "agents": tally.agents, "sessions": tally.sessions}
    return replace(tally, **{name: None if found is None else set(found) for name, found in sets.items()})


def all_cells(pages: Mapping[PageKey, PageBlobs]) -> dict[PageKey, dict[Cell, Tally]]:
    return {key: {cell: plainly(tally) for cell, tally in cells_of(key, blobs).items()} for key, blobs in pages.items()}


def _key_field(family: Family) -> str:
    return "user" if family is Family.USER else "agent"
