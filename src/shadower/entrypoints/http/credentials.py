"""What a request shows of who sends it."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

SESSION_COOKIE = "shadower_session"


def key_in(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the API key of `Authorization: Bearer KEY` or `X-API-Key: KEY`; the former counts when there are both."""
    authorization = headers.get(b"authorization")
    if authorization is not None and authorization[:7].lower() == b"bearer ":
        return authorization[7:].strip().decode("latin-1")
    key = headers.get(b"x-api-key")
    return None if key is None else key.strip().decode("latin-1")


def session_in(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the token of the browser session."""
    sent = headers.get(b"cookie")
    if sent is None or SESSION_COOKIE.encode() not in sent:
        return None
    try:
        morsel = SimpleCookie(sent.decode("latin-1")).get(SESSION_COOKIE)
    except CookieError:
        return None
    return None if morsel is None else morsel.value
