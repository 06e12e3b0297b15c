"""Pages as HTML: every value is escaped, and a name a template does not know is an error."""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response

from shadower.entrypoints.http.static_files import static_files

HTML = "text/html"
"""The framework adds the charset."""


@cache
def page_templates() -> Environment:
    """Return the templates; each is read and compiled when it is first needed."""
    templates = Environment(
        loader=PackageLoader("shadower.entrypoints.http"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["static"] = static_files().url
    return templates


def html(
    templates: Environment,
    name: str,
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **known: Any,  # noqa: ANN401 - whatever the template shows
) -> Response[bytes]:
    """Return the template of this name with what it knows filled in."""
    text = templates.get_template(name).render(known)
    return Response(text.encode(), status_code=int(status), media_type=HTML, headers=dict(headers or {}))
