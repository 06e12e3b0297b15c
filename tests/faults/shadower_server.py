"""A Shadower server that can be killed, and commands on the same data."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx

from tests.patience import PATIENCE
from tests.servers.server import Server

ADMIN_KEY = "faults-admin-key_0123456789abcdef0123456789"
GRAVE = ("error", "critical")
CRASHES = ("Traceback", "panicked")


class ShadowerServer(Server):
    """`shadower serve` in a process of its own, on an SQLite file of its own or on a PostgreSQL database."""

    name: ClassVar[str] = "shadower"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, database_url: str | None = None, **settings: str) -> None:
        super().__init__()
        self._database_url = database_url
        self._settings = settings

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sqlite_file(self) -> Path:
        return self.data_dir / "shadower.sqlite3"

    @property
    def settings(self) -> Mapping[str, str]:
        own = {"data_dir": self.data_dir, "port": self.port, "bootstrap_key": ADMIN_KEY, "log_level": "warning"}
        store = {} if self._database_url is None else {"database_url": self._database_url}
        chosen = own | store | self._settings
        return {f"SHADOWER_{name.upper()}": str(value) for name, value in chosen.items()}

    def client(self) -> httpx.AsyncClient:
        """Return a client of the API; each request takes a new connection or an idle one."""
        return httpx.AsyncClient(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {ADMIN_KEY}"},
            timeout=PATIENCE,
            verify=False,  # noqa: S501 - plain HTTP; making a TLS context would take longer than many a test
            trust_env=False,
        )

    def command(self, *words: str | Path) -> Sequence[str | Path]:
        """Return a command of `shadower` that works with this server's store."""
        foreign = (f"--unset={name}" for name in os.environ if name.startswith("SHADOWER_"))
        given = (f"{name}={value}" for name, value in self.settings.items())
        return ["env", *foreign, *given, sys.executable, "-m", "shadower", *words]

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words), cwd=self.home, capture_output=True, text=True, check=False, timeout=2 * PATIENCE
        )

    @contextmanager
    def running(self, *words: str | Path) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command for as long as the block takes, then kill it if it still runs."""
        process = subprocess.Popen(
            self.command(*words), cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def check_log(self, *, forgiven: str = "\n") -> None:
        """Fail if the server logged what nobody had thought of (see below)."""
        check_log(self.log, forgiven=forgiven)

    def _command(self) -> Sequence[str | Path]:
        return self.command("serve")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def check_log(log: Path, *, forgiven: str = "\n") -> None:
    """Fail if something is logged that nobody had thought of: errors, but for those that match this, and crashes."""
    lines = log.read_text("utf-8", errors="replace").splitlines()
    grave = [line for line in lines if _record(line).get("level") in GRAVE or any(word in line for word in CRASHES)]
    surprises = [line for line in grave if not re.search(forgiven, line)]
    assert not surprises, surprises[:3]


def _record(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line[max(0, line.find("{")) :])  # a stack writes before each line whose it is
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
