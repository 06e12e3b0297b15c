"""A server elsewhere; apart from the rest because only who sends to one should wait for an HTTP client to load."""

from contextlib import AbstractAsyncContextManager

from shadower.adapters.codec.sent_event import event_json
from shadower.adapters.remote.http_sink import HttpEventSink, http_sink


def server_sink(url: str, key: str) -> AbstractAsyncContextManager[HttpEventSink]:
    """A sink for the workspace of this key. Raises AddressInvalid."""
    return http_sink(url, key, event_json)
