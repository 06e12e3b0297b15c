"""One computation for those who want the same at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

_ABANDONED: Final = object()

Found = bytes | None


class Flights:
    """Computations under way, by name."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[object]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._under_way

    async def join(self, name: str) -> tuple[Found, bool]:
        """
        Wait for the computation under way and return what it returned, and whether it came to an end.

        Raises what it raised.
        """
        under_way = self._under_way[name]
        # Shielded: whoever hangs up must not take it away from the others.
        found = await asyncio.shield(under_way)
        if found is _ABANDONED:
            return None, False
        return found, True  # type: ignore[return-value] # nothing else is put there

    async def lead(self, name: str, compute: Callable[[], Awaitable[Found]]) -> Found:
        """Compute, for oneself and for whoever joins. Raises what that raises."""
        under_way = asyncio.get_running_loop().create_future()
        self._under_way[name] = under_way
        try:
            found = await compute()
        except BaseException as error:
            if isinstance(error, Exception):
                under_way.set_exception(error)
                under_way.exception()  # perhaps nobody has joined
            else:
                under_way.set_result(_ABANDONED)
            raise
        else:
            under_way.set_result(found)
            return found
        finally:
            del self._under_way[name]
