"""What a client may send on a WebSocket."""

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from shadower.entrypoints.http.live.asked import WantedIn
from shadower.entrypoints.http.live.errors import MessageInvalid


class SubscribeIn(WantedIn, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="subscribe"):
    """Tell this too, from now on."""


class UnsubscribeIn(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="unsubscribe"):
    """Tell this no more."""

    id: str


Sent = SubscribeIn | UnsubscribeIn

_decoder: Decoder[Sent] = Decoder(Sent)


def read_message(text: str) -> Sent:
    """Raises MessageInvalid."""
    try:
        return _decoder.decode(text)
    except (DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise MessageInvalid(f"This is no message that is understood here: {error}.") from error
