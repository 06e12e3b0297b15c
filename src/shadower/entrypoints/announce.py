"""What a server tells whoever started it, apart from its log."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from shadower.entrypoints.container import Container
from shadower.entrypoints.settings import Role


@asynccontextmanager
async def announced(container: Container, url: str) -> AsyncIterator[None]:
    """Say where the server is, and with which key to come in for the first time."""
    announce(url, container.start().first_key)
    yield


def announce(url: str, first_key: str | None) -> None:
    """Say where the server is, and with which key to come in."""
    _say(f"Shadower is at {url}")
    if first_key is not None:
        announce_key(first_key)


def announce_work(roles: Sequence[Role]) -> None:
    """Say what this process does."""
    _say(f"At work as {', '.join(roles)}")


def announce_key(first_key: str) -> None:
    """Show the first admin key, which nobody can ask for again."""
    _say(f"Your admin key for the workspace default, shown only now: {first_key}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
