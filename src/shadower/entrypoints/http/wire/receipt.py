"""What is answered to sent events."""

from msgspec import Struct
from msgspec.json import Encoder

from shadower.application.ingest_events import Receipt, Result


class ResultOut(Struct, frozen=True):
    """What became of one event that was not plainly stored; `code`, `field` and `message` say why not."""

    index: int
    id: str | None
    outcome: str
    code: str | None
    field: str | None
    message: str | None


class ReceiptOut(Struct, frozen=True):
    """What became of a request's events. All of it is durable."""

    stored: int
    duplicates: int
    conflicts: int
    rejected: int
    results: list[ResultOut]


_encode = Encoder().encode


def receipt_json(receipt: Receipt) -> bytes:
    """Return the answer's body."""
    return _encode(
        ReceiptOut(
            receipt.stored,
            receipt.duplicates,
            receipt.conflicts,
            receipt.rejected,
            [_result(result) for result in receipt.results],
        )
    )


def _result(result: Result) -> ResultOut:
    return ResultOut(result.index, result.id, result.outcome, result.code, result.field, result.message)
