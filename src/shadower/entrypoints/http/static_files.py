"""
Scripts, styles and drawings of the pages.

Their addresses hold a digest of them all, so a browser keeps them for good and asks anew after an upgrade. Only files
that were there at the start are served, whatever a path says.
"""

import gzip
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from shadower.entrypoints.http.access import PUBLIC

FOREVER = "public, max-age=31536000, immutable"
CHECK_FIRST = "no-cache"
SMALLEST_COMPRESSED = 1_000
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""By suffix; files of other kinds are not served. The framework adds the charset."""


class StaticFiles:
    """The files under a folder, in memory."""

    def __init__(self, root: Path) -> None:
        self._files = {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.suffix in MEDIA_TYPES and path.is_file()
        }
        self._compressed: dict[str, bytes] = {}
        digest = sha256()
        for name, content in self._files.items():
            digest.update(name.encode() + b"\0" + sha256(content).digest())
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """Return the address of a file. Raises KeyError for one that is not there."""
        if name not in self._files:
            raise KeyError(f"There is no static file {name!r}; is the package built?")
        return f"/static/{self.version}/{name}"

    def content(self, name: str, *, compressed: bool) -> tuple[bytes, bool] | None:
        """Return a file, compressed if that is wanted and worth it, and whether it is."""
        plain = self._files.get(name)
        if plain is None or not compressed or len(plain) < SMALLEST_COMPRESSED:
            return None if plain is None else (plain, False)
        if name not in self._compressed:
            self._compressed[name] = gzip.compress(plain, compresslevel=6, mtime=0)
        return self._compressed[name], True


@cache
def static_files() -> StaticFiles:
    """Return the files of the pages, read when they are first asked for."""
    return StaticFiles(Path(str(files("shadower.entrypoints.http").joinpath("static"))))


@get("/static/{version:str}/{name:path}", opt=PUBLIC, include_in_schema=False)
async def get_static(request: Request[Any, Any, Any], version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Answer a file; one asked for under the address of another release is not to be kept."""
    known = static_files()
    path = name.removeprefix("/")
    found = known.content(path, compressed="gzip" in request.headers.get("accept-encoding", ""))
    if found is None:
        raise NotFoundException
    content, compressed = found
    headers = {"cache-control": FOREVER if version == known.version else CHECK_FIRST, "vary": "accept-encoding"}
    if compressed:
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=MEDIA_TYPES[Path(path).suffix], headers=headers)
