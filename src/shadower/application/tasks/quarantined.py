"""What tasks about the whole quarantine have in common."""

from collections.abc import Sequence
from typing import Final

from shadower.application.ports.task import Payload
from shadower.application.ports.work import BeginWork
from shadower.domain.events.event import WorkspaceId
from shadower.domain.jobs.errors import JobPayloadInvalid
from shadower.domain.quarantine.entry import EntryId, EntryState

_PAGE: Final = 1_000


def check_code(kind: str, payload: Payload) -> None:
    """Raise JobPayloadInvalid unless it is nothing, or the code of the entries that are meant."""
    code = payload.get("code")
    if set(payload) - {"code", "slot"} or not (code is None or isinstance(code, str)):
        raise JobPayloadInvalid(
            f'{kind} takes nothing, or {{"code": "…"}} for entries with this code.', field="payload"
        )


async def open_entries(begin: BeginWork, workspace: WorkspaceId, code: str | None) -> Sequence[EntryId]:
    """Return the open entries, those that came first at the front."""
    found: list[EntryId] = []
    before: EntryId | None = None
    while True:
        async with begin(reading=True) as work:
            page = await work.quarantine.list(
                workspace, code=code, start=None, end=None, state=EntryState.OPEN, limit=_PAGE, before=before
            )
        found += [entry.id for entry in page]
        if len(page) < _PAGE:
            return found[::-1]
        before = found[-1]
