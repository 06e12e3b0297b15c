"""Processes that serve a handler and can be killed or frozen, and the book in which they write what they were given."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tests.faults.companion import Companion
from tests.faults.handler_process import BOOK
from tests.faults.shadower_server import ShadowerServer


class HandlerRunner(Companion):
    """A process with the role metrics-processor and a handler, on the store and the bus of a server."""

    name: ClassVar[str] = "handler"
    module: ClassVar[str] = "tests.faults.handler_process"

    def __init__(self, server: ShadowerServer, book: Path) -> None:
        super().__init__(server, **{BOOK: book})


def handled(book: Path) -> Sequence[Mapping[str, Any]]:
    """Return what was handled, in the order in which it was, repeats included."""
    return [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []


def check_order(book: Path) -> None:
    """Within each workspace, nothing was handled for the first time after something behind it."""
    firsts: defaultdict[int, dict[int, None]] = defaultdict(dict)
    for line in handled(book):
        firsts[line["workspace"]].setdefault(line["position"])
    for workspace, positions in firsts.items():
        assert list(positions) == sorted(positions), f"workspace {workspace}"
