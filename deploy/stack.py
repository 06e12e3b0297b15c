"""
`make stack`: the whole of Shadower as in production, on one machine, in one terminal.

PostgreSQL and Redis come from wheels and keep their data in a folder; the API and four workers are a process each. What
ends is started again, whoever ended it; Ctrl+C stops everything in good order. After SIGUSR1, PostgreSQL and Redis are
left down when they end, as in a long outage, until SIGUSR2.
"""

import argparse
import os
import secrets
import signal
import stat
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Final

import httpx

from deploy.lines import Lines
from deploy.member import Member
from shadower.entrypoints.one_process import AlreadyServed, check_port
from shadower.entrypoints.settings import variable
from shadower.entrypoints.settings_sources import load
from tests.servers import PostgresServer, RedisServer
from tests.servers.account import Account
from tests.servers.process import ServerDidNotStartError
from tests.servers.server import Server

API: Final = "analytics-api"
WORKERS: Final = ("metrics-processor", "report-generator", "notification-service", "data-aggregator")
DATABASE: Final = "shadower"

_SHADOWER: Final = (sys.executable, "-m", "shadower")
_LOOK_EVERY: Final = 1.0
_NAMES: Final = ("postgres", "redis", API, *WORKERS)


def main() -> int:
    """Run until told to stop; return the exit status."""
    options = _parser().parse_args()
    stopped, left_alone = Event(), Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    signal.signal(signal.SIGUSR1, lambda *_: left_alone.set())
    signal.signal(signal.SIGUSR2, lambda *_: left_alone.clear())
    _check_port(options.port)
    lines = Lines(list(_NAMES))
    folder = _reachable(options.folder)
    lines.tell(f"data is kept in {folder}")
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(folder / "postgres"))
        lines.tell(f"postgres is process {postgres.pid}, on port {postgres.port}")
        redis = stack.enter_context(RedisServer(folder / "redis"))
        lines.tell(f"redis is process {redis.pid}, on port {redis.port}")
        environment = _environment(folder, postgres, redis, options.port)
        _prepare(postgres, environment)
        Thread(target=_watch, args=((postgres, redis), stopped, left_alone, lines), daemon=True).start()
        members = _members(environment, lines)
        for member in members:
            member.start()
            stack.callback(member.join)
        _invite(environment, options.port, stopped, lines)
        stopped.wait()
        lines.tell("stopping")
        for member in members:
            member.stop()
    lines.tell("stopped")
    return 0


def _members(environment: Mapping[str, str], lines: Lines) -> list[Member]:
    api = Member(API, (*_SHADOWER, "serve"), environment, lines)
    workers = [Member(role, (*_SHADOWER, "worker", "--role", role), environment, lines) for role in WORKERS]
    return [api, *workers]


def _environment(folder: Path, postgres: Server, redis: Server, port: int) -> dict[str, str]:
    """Return the settings of all processes; what the caller has set in SHADOWER_* counts as well."""
    return {
        "SHADOWER_LOG_FORMAT": "console",
        "SHADOWER_HOST": "127.0.0.1",
        **os.environ,
        "SHADOWER_PROFILE": "production",
        "SHADOWER_DATA_DIR": str(folder),
        "SHADOWER_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{postgres.port}/{DATABASE}",
        "SHADOWER_REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
        "SHADOWER_PORT": str(port),
        "SHADOWER_BOOTSTRAP_KEY": _key(folder),
        "PYTHONUNBUFFERED": "1",
    }


def _key(folder: Path) -> str:
    """Return the admin key of this stack: made once, readable for its owner only."""
    file = folder / "key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"shd_{secrets.token_urlsafe(32)}")
    return file.read_text()


def _prepare(postgres: PostgresServer, environment: Mapping[str, str]) -> None:
    if not postgres.run(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):  # noqa: S608 - a constant
        postgres.run(f"CREATE DATABASE {DATABASE}")
    subprocess.run([*_SHADOWER, "migrate"], env=dict(environment), check=True)  # noqa: S603 - our own


def _watch(servers: tuple[Server, ...], stopped: Event, left_alone: Event, lines: Lines) -> None:
    """Start PostgreSQL and Redis again when somebody has ended them."""
    told = False
    while not stopped.wait(_LOOK_EVERY):
        if told != left_alone.is_set():
            told = not told
            lines.tell(f"postgres and redis are {'left alone' if told else 'looked after'} from now on")
        for server in servers:
            if not told and not server.is_running:
                _revive(server, lines)


def _revive(server: Server, lines: Lines) -> None:
    lines.tell(f"{server.name} ended; starting it again")
    try:
        server.start()
    except ServerDidNotStartError as error:
        # What the former one has started may still be there for a moment; so we come back.
        told = str(error).strip().splitlines()
        lines.tell(f"{server.name} did not start: {told[-1] if told else 'it said nothing'}")
    else:
        lines.tell(f"{server.name} is process {server.pid}")


def _invite(environment: Mapping[str, str], port: int, stopped: Event, lines: Lines) -> None:
    url = f"http://127.0.0.1:{port}"
    while not _is_ready(url):
        if stopped.wait(_LOOK_EVERY / 4):
            return
    lines.tell(f"Shadower is at {url}")
    lines.tell(f"the key: {environment['SHADOWER_BOOTSTRAP_KEY']}")
    lines.tell("kill any of the processes and watch; Ctrl+C stops everything")


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", timeout=5).is_success
    except httpx.TransportError:
        return False


def _check_port(port: int) -> None:
    try:
        check_port(load({variable("port"): str(port)}).settings)
    except AlreadyServed as error:
        raise SystemExit(f'Error: {error} Here: make stack ARGS="--port {port + 100}"') from None


def _reachable(folder: Path) -> Path:
    """Return the folder, or one beside other temporary ones where the account of PostgreSQL cannot get to it."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if Account.unprivileged().uid is None or all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents)):
        return folder
    return _ours(Path(f"/var/tmp/shadower-stack-{sha256(bytes(folder)).hexdigest()[:12]}"))  # noqa: S108 - see there


def _ours(folder: Path) -> Path:
    """Make the folder where everybody may make some, unless we have; one of somebody else's, or a link, is refused."""
    folder.mkdir(mode=0o755, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise SystemExit(f"{folder} is not a folder of ours; remove it, or choose another --folder.")
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make stack", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="of the API and the pages")
    parser.add_argument("--folder", type=Path, default=Path(".shadower/stack"), help="where all data is kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
