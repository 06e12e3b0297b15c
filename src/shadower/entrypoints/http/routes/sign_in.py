"""Browser sessions: how a page is entered and left."""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter, URLEncodedBody
from msgspec import Struct

from shadower.application.sign_in import SESSION_DAYS, SignIn
from shadower.application.sign_out import SignOut
from shadower.domain.keys.key import KeyUnknown, ScopeMissing
from shadower.entrypoints.http.access import PUBLIC
from shadower.entrypoints.http.credentials import SESSION_COOKIE, session_in
from shadower.entrypoints.http.cross_site import check_same_site
from shadower.entrypoints.http.templating import html, page_templates

SIGN_IN = "/sign-in"

_WHY = {
    KeyUnknown.code: "This key is not known, or was revoked.",
    ScopeMissing.code: "This key may only send events; looking at them takes a key with the scope read.",
}

_Request = Request[Any, Any, Any]
Next = Annotated[str, QueryParameter(max_length=4_000, description="Where to go afterwards; a path of this server.")]
Why = Annotated[str, QueryParameter(max_length=100, description="Why the last attempt failed.")]


class Form(Struct, frozen=True):
    """What the sign-in form sends."""

    key: str = ""
    next: str = "/"


@get(SIGN_IN, opt=PUBLIC, include_in_schema=False)
async def get_sign_in(next: Next = "/", problem: Why = "") -> Response[bytes]:
    """Ask for a key."""
    return html(page_templates(), "sign_in.html", title="Sign in", next=local_path(next), problem=_WHY.get(problem, ""))


@post(SIGN_IN, opt=PUBLIC, include_in_schema=False)
async def post_sign_in(
    request: _Request, sign_in: NamedDependency[SignIn], data: URLEncodedBody[Form]
) -> Response[bytes]:
    """Begin a session and go where the reader wanted; or back to the form, which says why not."""
    check_same_site(dict(request.scope["headers"]), lenient=True)
    target = local_path(data.next)
    try:
        token = await sign_in(data.key.strip())
    except (KeyUnknown, ScopeMissing) as error:
        return _go(f"{SIGN_IN}?{urlencode({'problem': error.code, 'next': target})}")
    return _go(target, _cookie(request, token, SESSION_DAYS * 86_400))


@post("/sign-out", opt=PUBLIC, include_in_schema=False)
async def post_sign_out(request: _Request, sign_out: NamedDependency[SignOut]) -> Response[bytes]:
    """End the session."""
    headers = dict(request.scope["headers"])
    token = session_in(headers)
    if token:
        check_same_site(headers)
        await sign_out(token)
    return _go(SIGN_IN, _cookie(request, "", 0))


def local_path(wanted: str) -> str:
    """Return where to go: a path of this server and never another one, however it is written."""
    parts = urlsplit(wanted) if wanted.isprintable() and "\\" not in wanted else None
    if parts is None or parts.scheme or parts.netloc or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    return wanted


def _cookie(request: _Request, token: str, seconds: int) -> str:
    headers = dict(request.scope["headers"])
    # A proxy that ends TLS says so; whoever claims it falsely only loses the cookie on a plain connection.
    secure = request.scope["scheme"] == "https" or headers.get(b"x-forwarded-proto") == b"https"
    only_when_secure = "; Secure" if secure else ""
    return f"{SESSION_COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{only_when_secure}"


def _go(where: str, cookie: str | None = None) -> Response[bytes]:
    headers = {"location": where} if cookie is None else {"location": where, "set-cookie": cookie}
    return Response(b"", status_code=HTTPStatus.SEE_OTHER, headers=headers, media_type="text/plain")
