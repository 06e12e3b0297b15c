"""One stream of lines from many processes, each line under the name of who wrote it."""

import sys
from itertools import cycle
from threading import Lock
from typing import IO, Final

_COLOURS: Final = ("36", "32", "33", "35", "34", "96", "92")
_OWN: Final = "stack"


class Lines:
    """Writes whole lines, one at a time, whoever they come from."""

    def __init__(self, names: list[str], out: IO[str] = sys.stdout) -> None:
        self._out = out
        self._width = max(map(len, [*names, _OWN]))
        self._colours = dict(zip(names, cycle(_COLOURS), strict=False))
        self._lock = Lock()

    def tell(self, line: str) -> None:
        """Write a line of our own."""
        self.write(_OWN, line)

    def write(self, name: str, line: str) -> None:
        """Write a line of somebody's."""
        label = f"{name:<{self._width}}"
        if self._out.isatty():
            label = f"\x1b[{self._colours.get(name, '1')}m{label}\x1b[0m"
        with self._lock:
            self._out.write(f"{label} | {line.rstrip()}\n")
            self._out.flush()

    def follow(self, name: str, stream: IO[str]) -> None:
        """Write what somebody writes until it ends."""
        for line in stream:
            self.write(name, line)
