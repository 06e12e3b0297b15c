"""What operators look at."""

from litestar import get
from msgspec import Struct

from shadower.entrypoints.http.access import PUBLIC


class Liveness(Struct, frozen=True):
    """The process answers."""

    status: str = "ok"


@get("/live", opt=PUBLIC, summary="Is the process alive?", tags=["operations"])
async def get_live() -> Liveness:
    """Answer as long as the process can."""
    return Liveness()
