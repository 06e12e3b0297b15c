"""Events as a program has them, read by the very rules of the wire."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from shadower.application.ingest_events import Submission
from shadower.entrypoints.reading.events import read_json
from shadower.entrypoints.reading.sent import MOST_EVENTS


def submissions(events: object) -> Iterator[Submission]:
    """
    Yield the events, as many at a time as one request may hold.

    `events`: mappings with the fields of the wire, or a data frame of pandas or polars with a column per field. Values
    may be datetimes (with an offset) and decimals; a NaN, as data frames have for what is missing, counts as absent.
    Raises TypeError for anything else.
    """
    rows = iter(_rows(events))
    while few := list(islice(rows, MOST_EVENTS)):
        yield read_json(b"[" + b",".join(map(_json, few)) + b"]")


def _rows(events: Any) -> Iterable[object]:  # noqa: ANN401 - whatever the caller has
    if hasattr(events, "iter_rows"):  # polars
        frame: Iterable[object] = events.iter_rows(named=True)
        return frame
    if hasattr(events, "to_dict"):  # pandas
        records: Iterable[object] = events.to_dict("records")
        return records
    if isinstance(events, Mapping | str | bytes) or not isinstance(events, Iterable):
        raise TypeError("ingest takes several events: a list of mappings, or a data frame with a row for each")
    return events


def _json(event: object) -> bytes:
    try:
        return msgspec.json.encode(event, enc_hook=_plain)
    except UnicodeEncodeError:  # a lone surrogate, which the rules of admission refuse for this event alone
        return json.dumps(event, default=_plain).encode()


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever an event holds
    """Numbers and instants of numpy and pandas know what they are in Python; so do other mappings."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} is nothing an event can hold")
