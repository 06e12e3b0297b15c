"""Why an element of a request is no event, said with a stable code and the field."""

import re
from collections.abc import Mapping

import msgspec

from shadower.domain.events.payload import DEEPEST_PAYLOAD
from shadower.domain.events.rejection import Rejection
from shadower.entrypoints.reading.sent import EventIn

_PLACE = re.compile(r" - at `\$(.*)`$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`$", re.DOTALL)
_EXPECTED = re.compile(r"Expected `(.*)`, got `(.*)`$", re.DOTALL)

_KINDS: Mapping[str, str] = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a decimal number",
    "bool": "a boolean",
    "object": "an object",
    "array": "an array",
    "null": "null",
}
_LONGEST_QUOTED = 100
_DECIMALS = "a decimal number, as a JSON number or a text"

TOO_DEEP = Rejection("data_too_deep", "data", f"data is nested deeper than {DEEPEST_PAYLOAD} levels")
LONE_SURROGATE = Rejection(
    "forbidden_character", None, "a text holds a lone surrogate (\\ud800 to \\udfff), which is not a character"
)
TOO_LARGE_A_NUMBER = Rejection("out_of_range", "data", "data holds a number too large to be kept")


def fault_of(error: msgspec.ValidationError) -> Rejection:
    """Return what the decoder found, in words that help whoever sent it."""
    text = str(error)
    place = _PLACE.search(text)
    told = text if place is None else text[: place.start()]
    field = _field(place)
    if unknown := _UNKNOWN.match(told):
        return _unknown_field(unknown[1])
    if missing := _MISSING.match(told):
        return Rejection("missing_field", missing[1], f"{missing[1]} is required")
    if expected := _EXPECTED.match(told):
        return _wrong_type(field, expected[1], expected[2])
    if told == "Invalid decimal string":
        return Rejection("wrong_type", field, f"{field} must be {_DECIMALS}")
    if told == "Integer value out of range":
        return Rejection("out_of_range", field, f"{field} holds a number too large to be kept")
    return Rejection("invalid", field, told[:_LONGEST_QUOTED])


def _field(place: re.Match[str] | None) -> str | None:
    """Turn `[3].data[...]` or `.data[...]` into `data`."""
    if place is None:
        return None
    within = re.match(r"(?:\.events)?(?:\[\d+\])?\.?([a-z_]*)", place[1])
    return (within and within[1]) or None


def _unknown_field(name: str) -> Rejection:
    shown = name[:_LONGEST_QUOTED]
    known = ", ".join(EventIn.__struct_fields__)
    return Rejection(
        "unknown_field", shown, f"{shown!r} is no field of an event; put it into data. The fields are {known}"
    )


def _wrong_type(field: str | None, wanted: str, got: str) -> Rejection:
    if field is None:
        return Rejection("wrong_type", None, f"an event must be a JSON object, not {_kind(got)}")
    wanted = _DECIMALS if "decimal" in wanted else _kind(wanted.removesuffix(" | null"))
    return Rejection("wrong_type", field, f"{field} must be {wanted}, not {_kind(got)}")


def _kind(name: str) -> str:
    return _KINDS.get(name, name)
