"""Reading what the server answered."""

from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from typing import TypeVar

import httpx
import msgspec

from shadower.adapters.remote.errors import (
    KeyInsufficient,
    KeyUnknown,
    NoShadowerThere,
    RequestRefused,
    ServerUnavailable,
)
from shadower.domain.errors import ShadowerError
from shadower.domain.events.event import Outcome

_Answer = TypeVar("_Answer")

WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Shadower answers 503; the others come from what stands between."""

_LONGEST_WAIT = 60
_LONGEST_QUOTED = 300


class RemoteResult(msgspec.Struct):
    """What became of one event that was not plainly stored."""

    index: int
    outcome: Outcome
    code: str | None = None
    field: str | None = None
    message: str | None = None


class RemoteReceipt(msgspec.Struct):
    """What became of the events of a request."""

    stored: int
    duplicates: int
    conflicts: int
    rejected: int
    results: list[RemoteResult]

    def add(self, other: "RemoteReceipt", places: Iterable[int]) -> None:
        """Add what became of events at these places."""
        at = list(places)
        self.stored += other.stored
        self.duplicates += other.duplicates
        self.conflicts += other.conflicts
        self.rejected += other.rejected
        self.results += [msgspec.structs.replace(result, index=at[result.index]) for result in other.results]


class Problem(msgspec.Struct):
    """RFC 9457, as far as it is shown."""

    title: str | None = None
    detail: str | None = None
    code: str | None = None


class WorkspaceAnswer(msgspec.Struct):
    """The workspace that a key belongs to."""

    slug: str


def read_receipt(response: httpx.Response, sent: int) -> RemoteReceipt:
    """Raises NoShadowerThere for anything but a receipt of as many events."""
    receipt = _read(response, RemoteReceipt)
    if any(not 0 <= result.index < sent for result in receipt.results):
        raise NoShadowerThere(f"{response.url} answered about events that were not sent.")
    return receipt


def read_workspace(response: httpx.Response) -> str:
    """Return the slug of the workspace. Raises NoShadowerThere for anything else."""
    return _read(response, WorkspaceAnswer).slug


def read_problem(response: httpx.Response) -> Problem:
    """Return what the answer says is wrong, as far as it says so."""
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Problem(title=HTTPStatus(response.status_code).phrase if response.status_code < 600 else None)


def error_of(response: httpx.Response) -> ShadowerError:
    """Return the error that an answer other than success stands for."""
    status, problem = response.status_code, read_problem(response)
    told = (problem.detail or problem.title or "no reason given")[:_LONGEST_QUOTED]
    if status in WORTH_ANOTHER_TRY:
        return ServerUnavailable(f"The server answers {status}: {told}", retry_after=retry_after(response))
    if status == HTTPStatus.UNAUTHORIZED:
        return KeyUnknown(f"The server does not take this key: {told}")
    if status == HTTPStatus.FORBIDDEN:
        return KeyInsufficient(f"The key may not do this: {told}")
    if response.is_redirect:
        return NoShadowerThere(f"The server is elsewhere: --url {response.headers.get('location', '?')}")
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return NoShadowerThere(f"{response.url} is unknown there ({status}); is the address right?")
    return RequestRefused(f"The server answers {status}: {told}")


def retry_after(response: httpx.Response) -> int:
    """Return the whole seconds to wait (RFC 9110 §10.2.3): a number or a date; 1 when nothing is said."""
    told = response.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return min(int(told[:9]), _LONGEST_WAIT)
    try:
        return max(0, min(round(parsedate_to_datetime(told).timestamp() - time()), _LONGEST_WAIT))
    except (ValueError, TypeError):
        return 1


def _read(response: httpx.Response, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoShadowerThere(f"{response.url} answers, but not as Shadower does; is the address right?") from error
