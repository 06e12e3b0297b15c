"""
Requests that another site makes a browser send.

Browsers say where a request comes from: in Sec-Fetch-Site (Fetch Metadata) and, for everything that changes something,
in Origin. A request that carries a browser's cookie and says neither comes from no browser we know.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from shadower.domain.errors import Forbidden

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({b"same-origin", b"none"})


class CrossSiteRequest(Forbidden):
    """A browser was led here from elsewhere."""

    code = "cross_site_request"


def is_safe(method: str) -> bool:
    """Whether requests of this method change nothing."""
    return method in _SAFE


def check_same_site(headers: Mapping[bytes, bytes], *, lenient: bool = False) -> None:
    """
    Raise CrossSiteRequest unless the request comes from our own pages.

    `lenient` lets pass what says nothing about its origin: right only where no cookie lends it any power.
    """
    site = headers.get(b"sec-fetch-site")
    if site in _OWN:
        return
    origin = headers.get(b"origin")
    if site is None and origin is None and lenient:
        return
    if site is None and origin is not None and _host(origin) == headers.get(b"host", b"").decode("latin-1").lower():
        return
    raise CrossSiteRequest("This request did not come from a page of this server; use an API key instead of a cookie.")


def _host(origin: bytes) -> str | None:
    try:
        return urlsplit(origin.decode("latin-1")).netloc.lower() or None
    except ValueError:
        return None
