"""Deciding what becomes of each event of an append: the part that needs no database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shadower.application.ports.event_log import Batch
from shadower.domain.events.event import Event, Outcome
from shadower.domain.events.moments import MINUTE
from shadower.domain.events.rejection import CONFLICT
from shadower.domain.metrics.histogram import bin_of
from shadower.domain.quarantine.entry import RefusedEvent

Identity = tuple[int, str]
"""(workspace, event id)."""

NO_KEY = 0

IntakeKey = tuple[int, int, int, str, str, str]
"""(workspace, minute, key, source, outcome, code)."""


@dataclass(slots=True)
class Sorted:
    """Every event of an append with its outcome, given what the store holds already."""

    outcomes: list[list[Outcome]] = field(default_factory=list)
    new: list[tuple[Batch, Event]] = field(default_factory=list)
    """The events to store, in order."""
    refused: list[tuple[Batch, RefusedEvent]] = field(default_factory=list)
    """What goes to the quarantine: conflicts found here and events refused before."""


def sort_out(batches: Sequence[Batch], known: Mapping[Identity, bytes]) -> Sorted:
    """Decide each event, in order; `known` holds the fingerprints of identities that are stored already."""
    result = Sorted()
    seen: dict[Identity, bytes] = {}
    for batch in batches:
        outcomes: list[Outcome] = []
        for index, event in enumerate(batch.events):
            identity = (batch.workspace, event.id)
            there = seen.get(identity) or known.get(identity)
            if there is None:
                seen[identity] = event.fingerprint
                outcomes.append(Outcome.STORED)
                result.new.append((batch, event))
            elif there == event.fingerprint:
                outcomes.append(Outcome.DUPLICATE)
            else:
                outcomes.append(Outcome.CONFLICT)
                if batch.keep_conflicts:
                    result.refused.append((batch, RefusedEvent(CONFLICT, batch.sent(index), event.source)))
        result.outcomes.append(outcomes)
        result.refused.extend((batch, refused) for refused in batch.refused)
    return result


def identities(batches: Sequence[Batch]) -> Iterator[Identity]:
    """Every identity an append brings."""
    return ((batch.workspace, event.id) for batch in batches for event in batch.events)


def event_row(position: int, batch: Batch, event: Event) -> tuple[object, ...]:
    """Return an event as a row of `events`, in column order."""
    duration = event.duration_us
    return (
        position,
        batch.workspace,
        batch.received_at,
        *event[:-1],
        None if duration is None else bin_of(duration),
    )


def intake_counts(batches: Sequence[Batch], outcomes: Sequence[Sequence[Outcome]]) -> dict[IntakeKey, tuple[int, int]]:
    """Return how many events of each kind came in, with the latest moment (micros) of each kind."""
    counts: dict[IntakeKey, list[int]] = {}
    for batch, decided in zip(batches, outcomes, strict=True):
        minute = batch.received_at - batch.received_at % MINUTE
        kinds = _kinds(batch, decided)
        for source, outcome, code in kinds:
            counted = counts.setdefault(
                (batch.workspace, minute, batch.key or NO_KEY, source, outcome, code), [0, batch.received_at]
            )
            counted[0] += 1
            counted[1] = max(counted[1], batch.received_at)
    return {key: (events, last_at) for key, (events, last_at) in counts.items()}


def _kinds(batch: Batch, decided: Sequence[Outcome]) -> Iterable[tuple[str, str, str]]:
    for event, outcome in zip(batch.events, decided, strict=True):
        yield event.source, outcome.value, CONFLICT.code if outcome is Outcome.CONFLICT else ""
    for refused in batch.refused:
        yield refused.source or "", Outcome.REJECTED.value, refused.rejection.code


def arrivals(counts: Mapping[IntakeKey, tuple[int, int]]) -> dict[tuple[int, int, str], tuple[int, int]]:
    """Return the stored events per (workspace, key, source), with the latest moment."""
    stored: dict[tuple[int, int, str], tuple[int, int]] = {}
    for (workspace, _, key, source, outcome, _), (events, last_at) in counts.items():
        if outcome == Outcome.STORED.value:
            before = stored.get((workspace, key, source), (0, 0))
            stored[workspace, key, source] = (before[0] + events, max(before[1], last_at))
    return stored
