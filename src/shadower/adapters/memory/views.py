"""Everything one unit of work sees of the tables."""

from typing import Any

from shadower.adapters.memory.rows import View
from shadower.adapters.memory.state import MemoryState


class Views:
    """A view of each table, applied or discarded together."""

    def __init__(self, state: MemoryState, *, reading: bool = False) -> None:
        """Those only for `reading` lock nothing."""
        tables, patience = state.tables, None if reading else state.patience
        self.workspaces = View(tables.workspaces, patience)
        self.workspace_slugs = View(tables.workspace_slugs, patience)
        self.keys = View(tables.keys, patience)
        self.key_digests = View(tables.key_digests, patience)
        self.sign_ins = View(tables.sign_ins, patience)
        self.quarantine = View(tables.quarantine, patience)
        self.quarantine_digests = View(tables.quarantine_digests, patience)
        self.quarantine_sizes = View(tables.quarantine_sizes, patience)
        self.projections = View(tables.projections, patience)
        self.documents = View(tables.documents, patience)
        self.retention_runs = View(tables.retention_runs, patience)
        self.jobs = View(tables.jobs, patience)
        self.job_keys = View(tables.job_keys, patience)
        self.schedule_marks = View(tables.schedule_marks, patience)
        self.schedule_slots = View(tables.schedule_slots, patience)
        self.bus_groups = View(tables.bus_groups, patience)
        self.dead_letters = View(tables.dead_letters, patience)
        self.dead_letter_places = View(tables.dead_letter_places, patience)
        self.outbox = View(tables.outbox, patience)

    def apply(self) -> None:
        """Make every change visible at once: nothing here awaits."""
        for view in self._all():
            view.apply()

    def discard(self) -> None:
        """Forget every change."""
        for view in self._all():
            view.discard()

    def _all(self) -> tuple[View[Any, Any], ...]:
        return (
            self.workspaces,
            self.workspace_slugs,
            self.keys,
            self.key_digests,
            self.sign_ins,
            self.quarantine,
            self.quarantine_digests,
            self.quarantine_sizes,
            self.projections,
            self.documents,
            self.retention_runs,
            self.jobs,
            self.job_keys,
            self.schedule_marks,
            self.schedule_slots,
            self.bus_groups,
            self.dead_letters,
            self.dead_letter_places,
            self.outbox,
        )
