"""The clients' own book: what was sent, and what the server said became of it."""

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

from tests.faults.batches import Batch, Event, Kind

EVERYTHING = "everything"


class Ledger:
    """
    Counts events when they set out and when they are acknowledged: the store has to be in between at every moment.

    An acknowledgement that contradicts what was sent is an error at once.
    """

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        """New events that a server may have by now, by agent, and all of them as `EVERYTHING`."""
        self.acknowledged: Counter[str] = Counter()
        self.under_way: dict[str, Batch] = {}
        """Batches of which nobody knows what became of them."""
        self.answered: dict[str, Batch] = {}
        self.retried = 0
        self._stored: list[Event] = []

    def stored(self, chance: Random) -> Event | None:
        """Return some event that is certainly in the log."""
        return chance.choice(self._stored) if self._stored else None

    def sending(self, batch: Batch) -> None:
        """Note, before the first byte leaves."""
        batch.attempts += 1
        if batch.attempts > 1:
            self.retried += 1
            return
        self.under_way[batch.name] = batch
        self.sent.update(_counts(batch))

    def acknowledge(self, batch: Batch, receipt: Mapping[str, Any]) -> None:
        """Hold an answer against what was sent. Of a batch sent before, all or nothing was stored already."""
        told = Counter({kind: receipt[kind.value] for kind in Kind})
        expected = Counter(element.kind for element in batch.elements)
        if batch.attempts > 1 and told[Kind.FRESH] == 0:
            expected[Kind.REPEAT] += expected.pop(Kind.FRESH)
        assert told == expected, f"{batch.name}, sent {batch.attempts} times: {receipt}"
        refused = {result["index"]: result["code"] for result in receipt["results"] if result["code"]}
        assert refused == {index: element.code for index, element in enumerate(batch.elements) if element.code}
        del self.under_way[batch.name]
        self.answered[batch.name] = batch
        self.acknowledged.update(_counts(batch))
        self._stored.extend(batch.new_events())


def _counts(batch: Batch) -> Counter[str]:
    agents = Counter(event["agent_id"] for event in batch.new_events())
    return agents + Counter({EVERYTHING: agents.total()})
