"""Names of fields, as people write them: `tokens_in`, or `data.plan.tier` for a place inside `data`."""

from collections.abc import Iterable
from difflib import get_close_matches

from shadower.application.import_file.errors import FieldUnknown
from shadower.domain.events.admission import SentEvent

Path = tuple[str, ...]
"""Where a value goes in an event."""

FIELDS: Path = tuple(SentEvent.__annotations__)
"""Every field of an event as it is sent."""

OCCURRED_AT: Path = ("occurred_at",)
DATA: Path = ("data",)


def path_of(field: str) -> Path:
    """Raises FieldUnknown, with the name that may have been meant."""
    first, *inner = field.split(".")
    if field in FIELDS or (first == "data" and inner and all(inner)):
        return (first, *inner)
    raise FieldUnknown(
        f"Events have no field {field!r}.{suggestion(field, FIELDS)} The fields are {', '.join(FIELDS)}; "
        "anything else can go into data, as data.NAME."
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean …?`, or nothing when no known name comes near."""
    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), by_lower, n=1)
    return f" Did you mean {by_lower[near[0]]}?" if near else ""
