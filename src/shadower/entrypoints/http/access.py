"""
Who may use a route. Every route says so in its options; one that says nothing is closed to everybody.

    @get("/api/v1/events", opt=needs(Scope.READ))
    @get("/live", opt=PUBLIC)

A route that needs a scope may ask for the `caller` by name.
"""

from collections.abc import Mapping
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from shadower.application.authenticate import Authenticate, Credential, credential_of
from shadower.application.known_callers import Caller
from shadower.domain.errors import Forbidden
from shadower.domain.keys.key import Scope
from shadower.entrypoints.http.credentials import key_in, session_in
from shadower.entrypoints.http.cross_site import check_same_site, is_safe

_ACCESS = "access"
_PUBLIC = "public"
_ANYBODY_KNOWN = "any key"
_CALLER = "shadower_caller"

PUBLIC: Mapping[str, Any] = {_ACCESS: _PUBLIC}
"""Answers without a key, and guards by itself what it must."""

_Connection = ASGIConnection[Any, Any, Any, Any]


ANY_KEY: Mapping[str, Any] = {_ACCESS: _ANYBODY_KNOWN}
"""Answers whoever holds a key or a browser session, whatever its scopes."""


def needs(scope: Scope) -> dict[str, Any]:
    """Return the options of a route that takes a key or browser session with this scope."""
    return {_ACCESS: scope}


def scope_needed(handler: BaseRouteHandler) -> str | None:
    """Return the scope a route needs, `any key`, or None when it needs no key."""
    access = handler.opt.get(_ACCESS)
    return None if access in {None, _PUBLIC} else str(access)


class RouteClosed(Forbidden):
    """The route does not say who may use it."""

    code = "route_closed"


class Gate:
    """
    The guard before every route.

    Raises KeyUnknown, ScopeMissing, CrossSiteRequest, RouteClosed, StoreUnavailable.
    """

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate

    async def __call__(self, connection: _Connection, handler: BaseRouteHandler) -> None:
        """Let the request pass, or raise."""
        access = handler.opt.get(_ACCESS)
        if access == _PUBLIC:
            return
        caller = await self.recognise(connection)
        if isinstance(access, Scope):
            caller.require(access)
        elif access != _ANYBODY_KNOWN:
            raise RouteClosed("This route is closed.")
        connection.scope[_CALLER] = caller  # type: ignore[literal-required]

    async def recognise(self, connection: _Connection) -> Caller:
        """Return who sends this request."""
        headers = dict(connection.scope["headers"])
        caller = await self.holder(shown(headers))
        if caller.by_cookie and not is_safe(str(connection.scope.get("method", "GET"))):
            check_same_site(headers)
        return caller

    async def holder(self, credential: Credential) -> Caller:
        """Return who holds the credential. Raises KeyUnknown, StoreUnavailable."""
        return await self._authenticate.holder(credential)


def shown(headers: Mapping[bytes, bytes]) -> Credential:
    """
    Return the credential a request shows; a key counts before a cookie, because a browser adds cookies by itself.

    Raises KeyUnknown.
    """
    key = key_in(headers)
    return credential_of(session_in(headers), by_cookie=True) if key is None else credential_of(key)


def caller_of(connection: _Connection) -> Caller:
    """Return who was let in."""
    caller: Caller = connection.scope[_CALLER]  # type: ignore[literal-required]
    return caller
