"""Events as they are sent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.json import Decoder

MOST_EVENTS = 5_000
"""In one request."""


def _about(description: str, *examples: object) -> Meta:
    return Meta(description=description, examples=list(examples))


class EventIn(Struct, forbid_unknown_fields=True, gc=False):
    """
    One event, as a producer writes it. Only `type` is required; an empty text counts as absent.

    Amounts are decimals, as a JSON number or a text; neither is ever read as a binary float.
    """

    type: Annotated[str, _about("Two or more lower-case words joined by dots.", "agent.executed")]
    id: Annotated[
        str | None,
        _about("A UUID, or any text up to 200 characters; without it a retry cannot be recognised.", "run-4711"),
    ] = None
    source: Annotated[str | None, _about("The producer; `api` when absent.", "crm-bot")] = None
    occurred_at: Annotated[
        str | None, _about("RFC 3339 with an offset; the server's time when absent.", "2026-01-31T09:30:00Z")
    ] = None
    user_id: Annotated[str | None, _about("The person the event is about.", "u-17")] = None
    agent_id: Annotated[str | None, _about("The agent the event is about.", "support-bot")] = None
    session_id: Annotated[str | None, _about("Events of one session are shown as a timeline.", "s-204")] = None
    correlation_id: Annotated[str | None, _about("Links events across systems.", "ticket-99")] = None
    parent_id: Annotated[str | None, _about("The event this one follows from.", "run-4710")] = None
    status: Annotated[str | None, _about("success, failure or cancelled.", "success")] = None
    error_type: Annotated[str | None, _about("What kind of failure it was.", "TimeoutError")] = None
    duration_ms: Annotated[Decimal | None, _about("Milliseconds; three places are kept.", "1250.5")] = None
    credits: Annotated[Decimal | None, _about("Credits; six places are kept.", "0.25")] = None
    cost: Annotated[Decimal | None, _about("Cost; nine places are kept.", "0.000175")] = None
    tokens_in: Annotated[int | None, _about("Tokens read.", 1200)] = None
    tokens_out: Annotated[int | None, _about("Tokens written.", 85)] = None
    model: Annotated[str | None, _about("The model that ran.", "gpt-4o")] = None
    data: Annotated[
        Mapping[str, Any] | None,
        _about(
            "Anything else: an object, at most 32 KiB and 16 levels. Of known types: `data.agent.executed` and so on.",
            {"task": "refund"},
        ),
    ] = None


class EventsIn(Struct, forbid_unknown_fields=True):
    """A request's events. A bare array of events, or NDJSON with one event a line, will do as well."""

    events: list[EventIn]


event_decoder: Decoder[EventIn] = Decoder(EventIn, float_hook=Decimal)
array_decoder: Decoder[list[EventIn]] = Decoder(list[EventIn], float_hook=Decimal)
object_decoder: Decoder[EventsIn] = Decoder(EventsIn, float_hook=Decimal)
