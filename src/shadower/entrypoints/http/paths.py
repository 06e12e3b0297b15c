"""Ids in paths. They are anybody's text: an id may hold slashes, even two in a row, which the router would fold."""

from typing import Any
from urllib.parse import unquote

from litestar import Request


def rest_of_path(request: Request[Any, Any, Any], prefix: str) -> str:
    """Return what follows the prefix in the path as it was sent, decoded."""
    sent = request.scope.get("raw_path") or request.scope["path"].encode()
    path = unquote(sent.partition(b"?")[0].decode("latin-1"), errors="replace")
    return path.removeprefix(prefix)
