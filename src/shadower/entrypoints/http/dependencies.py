"""What handlers may ask for by name: the use cases, and who is calling."""

from typing import Any

from litestar import Request
from litestar.di import Provide

from shadower.application.known_callers import Caller
from shadower.application.list_events import ListEvents
from shadower.entrypoints.container import Container
from shadower.entrypoints.http.access import caller_of
from shadower.entrypoints.http.parameters import provide_selection

USE_CASES: dict[str, type] = {"list_events": ListEvents}
"""Name, of the container's provider and of the handlers' parameter alike → what it is."""


def dependencies(container: Container) -> dict[str, Provide]:
    """Return every dependency of the handlers."""
    provided = {name: _provide(getattr(container, name)(), kind) for name, kind in USE_CASES.items()}
    provided["caller"] = Provide(_caller, sync_to_thread=False)
    provided["selection"] = Provide(provide_selection, sync_to_thread=False)
    return provided


def _provide(use_case: object, kind: type) -> Provide:
    # The framework wants a function that says what it returns, and a type checker does not look into the container.
    if not isinstance(use_case, kind):
        raise TypeError(f"The container provides {type(use_case).__name__} where {kind.__name__} is meant.")

    def provided() -> object:
        return use_case

    provided.__annotations__ = {"return": kind}
    return Provide(provided, sync_to_thread=False)


def _caller(request: Request[Any, Any, Any]) -> Caller:
    return caller_of(request)
