"""How many events of each kind came in each minute, and the last of each key and source."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from shadower.application.ports.event_log import Batch, IntakeCount
from shadower.domain.events.event import Outcome
from shadower.domain.events.moments import MINUTE
from shadower.domain.events.rejection import CONFLICT
from shadower.domain.keys.key import KeyId

_Kind = tuple[KeyId | None, str, Outcome, str]
_Minutes = dict[int, dict[_Kind, IntakeCount]]
_Origin = tuple[KeyId | None, str]


class Intake:
    """
    The counts of one workspace. Reading shares the dictionaries; the next count replaces what it would change.

    So what a snapshot holds stays as it was, and copying is paid once per snapshot instead of once per event.
    """

    def __init__(self) -> None:
        self._minutes: _Minutes = {}
        self._latest: dict[_Origin, IntakeCount] = {}
        self._shared = False

    def count(self, batch: Batch, outcomes: Sequence[Outcome]) -> None:
        """Count what a batch brought."""
        self._own()
        at = batch.received_at
        minute = at - at % MINUTE
        kinds = self._minutes[minute] = dict(self._minutes.get(minute, {}))
        for kind, events in _kinds(batch, outcomes).items():
            kinds[kind] = _more(kinds.get(kind), minute, kind, events, at)
            if kind[2] is Outcome.STORED:
                origin = kind[:2]
                self._latest[origin] = _more(self._latest.get(origin), minute, kind, events, at)

    def shared(self) -> "IntakeView":
        """Return what has been counted until now, never to change."""
        self._shared = True
        return IntakeView(self._minutes, self._latest)

    def forget(self, before: int) -> None:
        """Drop the minutes before (micros); the last of each key and source stays."""
        self._minutes = {minute: kinds for minute, kinds in self._minutes.items() if minute >= before}

    def _own(self) -> None:
        if self._shared:
            self._minutes = dict(self._minutes)
            self._latest = dict(self._latest)
            self._shared = False


class IntakeView:
    """The counts at one instant."""

    def __init__(
        self, minutes: Mapping[int, Mapping[_Kind, IntakeCount]], latest: Mapping[_Origin, IntakeCount]
    ) -> None:
        self._minutes = minutes
        self._latest = latest

    def since(self, moment: int) -> list[IntakeCount]:
        """Return the counts of minutes from `moment` on, oldest first."""
        return [
            count for minute in sorted(self._minutes) if minute >= moment for count in self._minutes[minute].values()
        ]

    def latest(self) -> list[IntakeCount]:
        """Return the last stored intake of each key and source, with their total."""
        return list(self._latest.values())


def _kinds(batch: Batch, outcomes: Sequence[Outcome]) -> Counter[_Kind]:
    decided = Counter(zip((event.source for event in batch.events), outcomes, strict=True))
    refused = Counter((one.source or "", one.rejection.code) for one in batch.refused)
    kinds: Counter[_Kind] = Counter()
    for (source, outcome), events in decided.items():
        kinds[batch.key, source, outcome, CONFLICT.code if outcome is Outcome.CONFLICT else ""] = events
    for (source, code), events in refused.items():
        kinds[batch.key, source, Outcome.REJECTED, code] = events
    return kinds


def _more(counted: IntakeCount | None, minute: int, kind: _Kind, events: int, at: int) -> IntakeCount:
    if counted is None:
        return IntakeCount(minute, *kind, events=events, last_at=at)
    return replace(
        counted,
        minute=max(counted.minute, minute),
        events=counted.events + events,
        last_at=max(counted.last_at, at),
    )
