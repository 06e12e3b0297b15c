"""
What several processes of one server measure, told as one.

Each writes down every few seconds what it has measured; whoever is asked adds up what all have written. Counts of
processes that are gone stay in the sum, so that no count ever falls. The library's own way for several processes knows
neither counts that are kept elsewhere nor gauges whose labels go away.
"""

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from time import time
from uuid import uuid4

import msgspec
from msgspec import Struct
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

TELL_EVERY = 2.0
"""Seconds."""
_SILENT_AFTER = 5 * TELL_EVERY

_Labels = tuple[tuple[str, str], ...]


class _Sample(Struct, frozen=True):
    name: str
    labels: _Labels
    value: float


class _Family(Struct, frozen=True):
    name: str
    about: str
    kind: str
    samples: list[_Sample]


class SharedMeasurements(Collector):
    """
    Counts and histograms of all processes together.

    A gauge is what this process sees, because most are facts about the store; those named are added up over the
    processes that are still there.
    """

    def __init__(self, folder: Path, own: CollectorRegistry, added: Collection[str]) -> None:
        """`added`: names of gauges that each process has a share of."""
        self._folder = folder
        self._file = folder / f"{os.getpid()}-{uuid4().hex}.json"
        self._own = own
        self._added = added

    def tell(self) -> None:
        """Write down what this process has measured. Raises OSError."""
        part = self._file.with_suffix(".part")
        part.write_bytes(msgspec.json.encode([_told(metric) for metric in self._own.collect()]))
        part.replace(self._file)

    def collect(self) -> Iterable[Metric]:
        """Return everything. Raises OSError."""
        self.tell()  # nobody who is asked next may know less of this process than is told now
        families: dict[str, _Family] = {}
        sums: dict[str, dict[tuple[str, _Labels], float]] = {}
        for file in sorted(self._folder.glob("*.json"), key=lambda file: file != self._file):
            for family in msgspec.json.decode(file.read_bytes(), type=list[_Family]):
                if family.kind != "gauge" or self._counts(family.name, file):
                    families.setdefault(family.name, family)
                    found = sums.setdefault(family.name, {})
                    for sample in family.samples:
                        key = (sample.name, sample.labels)
                        found[key] = found.get(key, 0) + sample.value
        return [_metric(family, sums[name]) for name, family in families.items()]

    def _counts(self, gauge: str, file: Path) -> bool:
        """Whether what a file says of a gauge is part of the answer."""
        return file == self._file or (gauge in self._added and time() - file.stat().st_mtime < _SILENT_AFTER)


def _told(metric: Metric) -> _Family:
    samples = [_Sample(sample.name, tuple(sample.labels.items()), sample.value) for sample in metric.samples]
    return _Family(metric.name, metric.documentation, metric.type, samples)


def _metric(family: _Family, sums: dict[tuple[str, _Labels], float]) -> Metric:
    metric = Metric(family.name, family.about, family.kind)
    for (name, labels), value in sums.items():
        metric.add_sample(name, dict(labels), value)
    return metric
