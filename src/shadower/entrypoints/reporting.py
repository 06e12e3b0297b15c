"""What goes wrong in the background, in the log."""

import structlog

from shadower.domain.errors import Unavailable

_log = structlog.stdlib.get_logger("shadower.server")


def report(error: Exception) -> None:
    """Log what went wrong in the background; it is tried again."""
    if isinstance(error, Unavailable):
        _log.warning("background work waits", code=error.code, error=error.message)
    else:
        _log.error("background work failed", exc_info=error)
