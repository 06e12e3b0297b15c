"""The query parameters several routes share, with what the API's description says of them."""

import re
from typing import Annotated

from litestar.params import QueryParameter

SMALLEST_PAGE = 1
LARGEST_PAGE = 1_000
USUAL_PAGE = 100

Limit = Annotated[
    int, QueryParameter(ge=SMALLEST_PAGE, le=LARGEST_PAGE, description="How many items at most; 1 to 1,000.")
]
Cursor = Annotated[
    str | None,
    QueryParameter(max_length=500, description="`next_cursor` of the page before; the other parameters must stay."),
]
From = Annotated[
    str | None,
    QueryParameter(
        name="from",
        max_length=64,
        description="Start, included: RFC 3339, or a date or time in the workspace's time zone.",
    ),
]
To = Annotated[str | None, QueryParameter(name="to", max_length=64, description="End, excluded; written like `from`.")]


_LOST_PLUS = re.compile(r"(.*[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?) ([0-9]{2}:[0-9]{2})")


def moment(sent: str | None) -> str | None:
    """Return a time as it was meant: a plus that was not escaped in a URL arrives as a space. Empty is not given."""
    lost = None if not sent else _LOST_PLUS.fullmatch(sent)
    return (sent or None) if lost is None else f"{lost[1]}+{lost[2]}"
