"""One page of a list, and where the next one begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Where = TypeVar("Where")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item, Where]):
    """Items in order. `next` is the place of the last item when more follow it, else None."""

    items: Sequence[Item]
    next: Where | None


def page_of(found: Sequence[Item], limit: int) -> tuple[Sequence[Item], Item | None]:
    """Split what was found with a limit one too high: the page, and its last item when more follow."""
    if len(found) <= limit:
        return found, None
    return found[:limit], found[limit - 1]
