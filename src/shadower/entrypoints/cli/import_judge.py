"""What the rules of admission would say of an event, without sending it."""

from collections.abc import Mapping

from shadower.application.import_file.preview_rows import Judge
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.rejection import Rejected, Rejection
from shadower.entrypoints.container import Container
from shadower.entrypoints.reading.events import read_json
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.wiring.importing import event_json

_NOWHERE = WorkspaceId(0)


def judge(settings: Settings) -> Judge:
    """Return a judge that needs neither store nor server."""
    container = Container(settings=settings)
    admission, clock = container.admission(), container.clock()

    def rejection_of(event: Mapping[str, object]) -> Rejection | None:
        (sent,) = read_json(b"[" + event_json(event) + b"]").events
        if isinstance(sent, Rejection):
            return sent
        try:
            admission.admit(sent, _NOWHERE, clock.now())
        except Rejected as error:
            return error.rejection
        return None

    return rejection_of
