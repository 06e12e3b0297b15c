"""Reading a request's body as it comes, never more of it than is allowed."""

import asyncio

from litestar.types import Receive

from shadower.entrypoints.http.wire.content import LARGEST_BODY, too_large
from shadower.entrypoints.reading.errors import BodyIncomplete, BodyStalled

LONGEST_PAUSE = 30.0
"""Seconds between two pieces of a body."""
MOST_DISCARDED = 4 * LARGEST_BODY
"""Bytes read and thrown away before 413 is answered: many clients look at the answer only after they have sent all."""

WAIT_TO_DISCARD = 0.5
"""Seconds between two pieces of what is thrown away."""


async def read_body(receive: Receive, announced: int | None) -> bytes:
    """
    Return the whole body. `announced` is its length by the Content-Length.

    Raises TooLarge, BodyIncomplete when the client hangs up, BodyStalled when it stops sending.
    """
    if announced is not None and announced > LARGEST_BODY:
        await _discard(receive, 0)
    piece, more = await _next(receive)
    if more or (announced is not None and len(piece) != announced):
        pieces = [piece]
        size = len(piece)
        while more:
            piece, more = await _next(receive)
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_BODY and more:
                await _discard(receive, size)
        if announced is not None and size != announced:
            raise _incomplete()
        piece = b"".join(pieces)
    if len(piece) > LARGEST_BODY:
        raise too_large()
    return piece


async def _next(receive: Receive, patience: float = LONGEST_PAUSE) -> tuple[bytes, bool]:
    """Return the next piece, and whether more follow."""
    try:
        async with asyncio.timeout(patience):
            message = await receive()
    except TimeoutError:
        raise BodyStalled("The body stopped coming; send it again.") from None
    if message["type"] != "http.request":
        raise _incomplete()
    return message["body"], message["more_body"]


async def _discard(receive: Receive, size: int) -> None:
    more = True
    try:
        while more and size < MOST_DISCARDED:
            piece, more = await _next(receive, WAIT_TO_DISCARD)
            size += len(piece)
    except BodyStalled:
        pass  # the client waits to hear whether it may go on
    raise too_large()


def _incomplete() -> BodyIncomplete:
    return BodyIncomplete("The body ended before it was complete; nothing of it was stored.")
