"""Take in events, decide each, and answer only when every decision is durable."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shadower.application.group_commit import GroupCommit
from shadower.application.ports.clock import Clock
from shadower.application.ports.event_log import Batch
from shadower.application.ports.meter import Meter
from shadower.domain.events.admission import Admission, SentEvent
from shadower.domain.events.event import Event, Outcome, WorkspaceId
from shadower.domain.events.rejection import CONFLICT, Rejected, Rejection
from shadower.domain.keys.key import KeyId
from shadower.domain.quarantine.entry import RefusedEvent


@dataclass(frozen=True, slots=True)
class Submission:
    """What one request brought."""

    events: Sequence[SentEvent | Rejection]
    """In the order sent; a Rejection stands for an element that is no event at all."""
    raw: Callable[[int], bytes]
    """`raw(i)` returns the bytes of element i as they came; asked for only when it has to be kept aside."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event that was not plainly stored."""

    index: int
    id: str | None
    outcome: Outcome
    code: str | None = None
    field: str | None = None
    message: str | None = None


@dataclass(slots=True)
class Receipt:
    """What became of a submission: all of it is durable."""

    stored: int = 0
    duplicates: int = 0
    conflicts: int = 0
    rejected: int = 0
    results: list[Result] = field(default_factory=list)


class IngestEvents:
    """
    Admit each event, append the admitted ones to the log, quarantine the others.

    One bad event never stops its neighbours. Raises Overloaded and StoreUnavailable, after either of which the whole
    submission may be sent again: what was stored already answers `duplicate`.
    """

    def __init__(self, admission: Admission, commit: GroupCommit, clock: Clock, meter: Meter) -> None:
        self._admission = admission
        self._commit = commit
        self._clock = clock
        self._meter = meter

    async def __call__(
        self,
        workspace: WorkspaceId,
        key: KeyId | None,
        submission: Submission,
        *,
        own: bool = False,
        keep_conflicts: bool = True,
    ) -> Receipt:
        """
        Return what became of each event.

        `own` marks events of the platform itself, whose source is `shadower`; `keep_conflicts` says whether conflicts
        enter the quarantine.
        """
        now = self._clock.now()
        events, places, refused = self._admit(workspace, submission, now, own=own)
        if not events and not refused:
            return Receipt()
        kept_aside = [
            RefusedEvent(rejection, submission.raw(index), getattr(submission.events[index], "source", None))
            for index, rejection in refused
        ]
        batch = Batch(
            workspace, now, events, lambda i: submission.raw(places[i]), kept_aside, key, keep_conflicts=keep_conflicts
        )
        outcomes = await self._commit.submit(batch)
        receipt = _receipt(submission, events, places, outcomes, refused)
        self._meter.decided(_counts(receipt))
        return receipt

    def _admit(
        self, workspace: WorkspaceId, submission: Submission, now: int, *, own: bool
    ) -> tuple[list[Event], Sequence[int], list[tuple[int, Rejection]]]:
        events: list[Event] = []
        refused: list[tuple[int, Rejection]] = []
        admit = self._admission.admit
        for index, sent in enumerate(submission.events):
            if isinstance(sent, Rejection):
                refused.append((index, sent))
                continue
            try:
                events.append(admit(sent, workspace, now, own=own))
            except Rejected as error:
                refused.append((index, error.rejection))
        if not refused:
            return events, range(len(events)), refused
        without = {index for index, _ in refused}
        return events, [index for index in range(len(submission.events)) if index not in without], refused


def _receipt(
    submission: Submission,
    events: Sequence[Event],
    places: Sequence[int],
    outcomes: Sequence[Outcome],
    refused: Sequence[tuple[int, Rejection]],
) -> Receipt:
    counts = Counter(outcomes)
    receipt = Receipt(counts[Outcome.STORED], counts[Outcome.DUPLICATE], counts[Outcome.CONFLICT], len(refused))
    if receipt.stored != len(submission.events):
        for index, event, outcome in zip(places, events, outcomes, strict=True):
            if outcome is Outcome.DUPLICATE:
                receipt.results.append(Result(index, event.client_id or event.id, outcome))
            elif outcome is Outcome.CONFLICT:
                receipt.results.append(_refusal(index, event.client_id or event.id, outcome, CONFLICT))
        for index, rejection in refused:
            sent_id = getattr(submission.events[index], "id", None)
            receipt.results.append(_refusal(index, sent_id, Outcome.REJECTED, rejection))
        receipt.results.sort(key=lambda result: result.index)
    return receipt


def _refusal(index: int, event_id: str | None, outcome: Outcome, rejection: Rejection) -> Result:
    return Result(index, event_id, outcome, rejection.code, rejection.field, rejection.message)


def _counts(receipt: Receipt) -> dict[Outcome, int]:
    return {
        Outcome.STORED: receipt.stored,
        Outcome.DUPLICATE: receipt.duplicates,
        Outcome.CONFLICT: receipt.conflicts,
        Outcome.REJECTED: receipt.rejected,
    }
