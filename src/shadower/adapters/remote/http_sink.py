"""Sending events to a server: `POST /api/v1/events`."""

import gzip
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import NamedTuple

import httpx

from shadower.adapters.remote.answers import (
    RemoteReceipt,
    RemoteResult,
    error_of,
    read_problem,
    read_receipt,
    read_workspace,
)
from shadower.adapters.remote.errors import AddressInvalid, RequestRefused, ServerUnavailable
from shadower.application.ports.event_sink import EventSink, Receipt
from shadower.domain.events.event import Outcome

MOST_BYTES = 8 * 1024 * 1024
"""Of a request before compression; half of what a server takes."""

_WORTH_COMPRESSING = 1024
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_BODY_AT_FAULT = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)
EncodeEvent = Callable[[Mapping[str, object]], bytes]


class _Encoded(NamedTuple):
    place: int
    body: bytes


class HttpEventSink(EventSink):
    """
    A workspace on a server, the one its key belongs to.

    A request that the server refuses as a whole is halved until the event at fault stands alone; that one is rejected
    and its neighbours are not. Besides what the port says, raises KeyUnknown, KeyInsufficient, NoShadowerThere and
    RequestRefused.
    """

    def __init__(self, client: httpx.AsyncClient, encode: EncodeEvent) -> None:
        """`client` knows the address and the key; `encode` writes an event as JSON."""
        self._client = client
        self._encode = encode

    async def workspace(self) -> str | None:
        """Return the slug of the key's workspace, None when the key may not even read that. Raises as `send` does."""
        response = await self._ask("GET", "/api/v1/workspaces/current")
        if response.status_code == HTTPStatus.FORBIDDEN:
            return None
        if response.is_success:
            return read_workspace(response)
        raise error_of(response)

    async def send(self, events: Sequence[Mapping[str, object]]) -> Receipt:
        receipt = RemoteReceipt(0, 0, 0, 0, [])
        encoded = [_Encoded(place, self._encode(event)) for place, event in enumerate(events)]
        refused_alone = 0
        for group in _groups(encoded):
            refused_alone += await self._send(group, receipt)
        if 1 < len(events) == refused_alone:
            raise RequestRefused(f"The server refuses every request: {receipt.results[0].message}")
        receipt.results.sort(key=lambda result: result.index)
        return receipt

    async def _send(self, group: Sequence[_Encoded], receipt: RemoteReceipt) -> int:
        """Return how many events were refused although they were alone."""
        response = await self._ask("POST", "/api/v1/events", b"[" + b",".join(each.body for each in group) + b"]")
        if response.status_code == HTTPStatus.OK:
            receipt.add(read_receipt(response, len(group)), (each.place for each in group))
            return 0
        if response.status_code not in _BODY_AT_FAULT:
            raise error_of(response)
        if len(group) > 1:
            middle = len(group) // 2
            return await self._send(group[:middle], receipt) + await self._send(group[middle:], receipt)
        problem = read_problem(response)
        _reject(receipt, group[0].place, problem.code, problem.detail or problem.title)
        return 1

    async def _ask(self, method: str, path: str, body: bytes = b"") -> httpx.Response:
        headers = {"Content-Type": "application/json"} if body else {}
        if len(body) > _WORTH_COMPRESSING:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        try:
            return await self._client.request(method, path, content=body, headers=headers)
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as error:
            raise AddressInvalid(f"{self._client.base_url}: {error}") from error
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise ServerUnavailable(f"{self._client.base_url} cannot be reached: {reason}") from error


@asynccontextmanager
async def http_sink(url: str, key: str, encode: EncodeEvent) -> AsyncIterator[HttpEventSink]:
    """A sink for the server at this address, `https://host[:port][/prefix]`. Raises AddressInvalid."""
    try:
        address = httpx.URL(url.strip().rstrip("/").removesuffix("/api/v1/events").removesuffix("/api/v1"))
    except httpx.InvalidURL as error:
        raise AddressInvalid(f"{url} is no address: {error}") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise AddressInvalid(f"{url} is no address of a server; write http://HOST:PORT or https://HOST.")
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "shadower-import"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=_TIMEOUT) as client:
        yield HttpEventSink(client, encode)


def _groups(encoded: Sequence[_Encoded]) -> Iterator[Sequence[_Encoded]]:
    group: list[_Encoded] = []
    size = 0
    for each in encoded:
        if group and size + len(each.body) > MOST_BYTES:
            yield group
            group, size = [], 0
        group.append(each)
        size += len(each.body) + 1
    if group:
        yield group


def _reject(receipt: RemoteReceipt, place: int, code: str | None, message: str | None) -> None:
    receipt.rejected += 1
    receipt.results.append(RemoteResult(place, Outcome.REJECTED, code or "refused", None, message))
