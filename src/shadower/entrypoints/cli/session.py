"""What commands share: the settings, an open store, and a loop to run in."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import opened
from shadower.entrypoints.settings import RULES, Settings, Technology
from shadower.entrypoints.settings_sources import SettingsInvalid, load

_T = TypeVar("_T")


def settings(**options: str | int | None) -> Settings:
    """Return the settings in effect, options of the command line first. Raises SettingsInvalid."""
    return load(os.environ, {name: str(value) for name, value in options.items() if value is not None}).settings


def kept_settings(**options: str | int | None) -> Settings:
    """Return the settings of a store that outlives the command. Raises SettingsInvalid for the store in memory."""
    read = settings(**options)
    if read.technology is Technology.MEMORY:
        raise SettingsInvalid(["The store in memory ends with its process, so there is nothing for a command to do."])
    return read


def help_on(setting: str) -> str:
    """Return the help on an option that is a setting for this once."""
    rule = RULES[setting]
    return f"{rule.about} [default: {rule.default}]"


@asynccontextmanager
async def open_store() -> AsyncIterator[Container]:
    """The container, with the store open. Raises StoreUnavailable, SchemaMismatch, SettingsInvalid."""
    async with opened(Container(settings=kept_settings())) as container:
        yield container


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end."""
    with asyncio.Runner() as runner:
        return runner.run(work)
