"""How many files a process may have open: every connection is one."""

import resource

import structlog

from shadower.domain.live.seats import Seats

BACKLOG = 2048
"""Connections for requests served at once, beside the live ones; and those that may wait to be accepted."""
_RESERVED = BACKLOG + 256
"""For those requests, and for the store, the log and the rest."""

_log = structlog.stdlib.get_logger("shadower.server")


def make_room(seats: Seats, live_connections: int) -> None:
    """Have the system allow what is needed; where it allows less, there are fewer seats for live connections."""
    wanted = live_connections + _RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        most = max(0, allowed - _RESERVED)
        seats.lower(most)
        _log.warning("few files may be open: raise RLIMIT_NOFILE", allowed=allowed, live_connections=most)
