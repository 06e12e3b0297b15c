"""Makes sure that a port and an SQLite file have one server each."""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from shadower.domain.errors import Conflict
from shadower.entrypoints.settings import Settings, Technology, variable


class AlreadyServed(Conflict):
    """Another server holds the store or the port."""

    code = "already_served"


@contextmanager
def only_server_of(settings: Settings) -> Iterator[None]:
    """
    Hold the SQLite file for this server; the system lets go of it when the process ends, however it ends.

    Commands need no such hold: they and the server take turns. Raises AlreadyServed.
    """
    if settings.technology is not Technology.SQLITE:
        yield
        return
    file = settings.sqlite_file
    file.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{file}.server").open("a") as hold:
        try:
            fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServed(
                f"Another server runs on {file}; an SQLite file takes one. For several, set "
                f"{variable('database_url')} to PostgreSQL."
            ) from None
        yield


def check_port(settings: Settings) -> None:
    """
    Raise AlreadyServed unless the address can be listened on.

    Granian shares ports on purpose (SO_REUSEPORT), so by itself it would take half of another server's connections.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with closing(socket.socket(family, kind, protocol)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise AlreadyServed(
                f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. Choose another port with --port "
                f"or {variable('port')}."
            ) from error
