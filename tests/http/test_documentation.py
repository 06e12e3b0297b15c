"""`docs/api.md`: its examples work, and it leaves out no code."""

import re
import shlex
from pathlib import Path

import httpx
import jsonschema

from shadower.domain.events.known_types import KNOWN_TYPES
from shadower.entrypoints.http.wire.content import LARGEST_BODY
from shadower.entrypoints.reading.sent import MOST_EVENTS, EventIn
from tests.http.conftest import ADMIN_KEY

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs" / "api.md").read_text()
SENT = ROOT / "src" / "shadower"


def commands() -> list[list[str]]:
    """Every `curl` of the page, as its arguments."""
    text = "\n".join(re.findall(r"```sh\n(.*?)```", API, re.DOTALL))
    text = text.replace("$URL", "").replace("$KEY", ADMIN_KEY)
    found = re.split(r"^(?=curl )", text, flags=re.MULTILINE)
    return [shlex.split(each) for each in found if each.startswith("curl ")]


async def test_every_example_works(api: httpx.AsyncClient) -> None:
    assert len(commands()) > 10
    for arguments in commands():
        if "-N" in arguments:  # goes on for ever: tests/http/live runs it
            continue
        method, headers, body, path = "GET", {}, None, ""
        rest = iter(arguments[1:])
        for argument in rest:
            if argument == "-X":
                method = next(rest)
            elif argument == "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value
            elif argument == "-d":
                body = next(rest)
            else:
                path = argument
        answer = await api.request(method, path, headers=headers, content=body)
        assert answer.status_code in {200, 201}, (arguments, answer.text)
        if path.endswith("/events") and method == "POST":
            assert answer.json()["stored"] == 1, answer.text


def test_every_code_of_a_rejected_event_is_explained() -> None:
    source = "".join(
        path.read_text()
        for folder in ("domain/events", "entrypoints/reading", "application")
        for path in (SENT / folder).glob("*.py")
    )
    codes = set(re.findall(r'Reject(?:ed|ion)\(\s*"([a-z_]+)"', source))
    assert len(codes) > 15
    assert {code for code in codes if f"`{code}`" not in API} == set()


def test_every_field_and_limit_of_an_event_is_explained() -> None:
    assert [field for field in EventIn.__struct_fields__ if f"`{field}`" not in API] == []
    assert f"{MOST_EVENTS:,} events and {LARGEST_BODY // 2**20} MiB" in API


def test_every_known_type_is_explained_with_the_fields_it_defines() -> None:
    said = API.partition("### Known types")[2].partition("###")[0]
    explained = re.findall(r"^\| `([a-z._]+)` \| (.+?) \| (`.+?) \|$", said, re.MULTILINE)
    assert explained == [
        (known.name, known.description, ", ".join(f"`{field}` {kind}" for field, kind in known.data.items()))
        for known in KNOWN_TYPES.values()
    ]


async def test_the_description_has_a_schema_of_each_known_type(api: httpx.AsyncClient) -> None:
    schemas = (await api.get("/api/docs/openapi.json")).json()["components"]["schemas"]
    for known in KNOWN_TYPES.values():
        assert list(schemas[f"data.{known.name}"]["properties"]) == list(known.data)
        jsonschema.validate({field: _A[kind] for field, kind in known.data.items()}, schemas[f"data.{known.name}"])


_A = {"text": "x", "number": 1.5, "boolean": True, "object": {}, "list": []}
