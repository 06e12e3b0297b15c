"""`make stack`: everything as in production, a process each, which can be killed one by one."""

import re
import shutil
import signal
import sys
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import psutil
from redis import Redis, RedisError

from deploy.stack import API, DATABASE, WORKERS
from tests.faults.shadower_server import ADMIN_KEY, ShadowerServer
from tests.servers.account import Account
from tests.servers.process import START_SECONDS, has_ended

ROOT = Path(__file__).parents[2]
MEMBERS = ("postgres", "redis", API, *WORKERS)


class Stack(ShadowerServer):
    """A running stack. It starts again what ends; so, unlike a server, it is not killed itself."""

    name: ClassVar[str] = "stack"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT
    start_seconds: ClassVar[float] = 3 * START_SECONDS
    """Seven processes, one after the other or at once."""

    def __init__(self) -> None:
        super().__init__(profile="production", log_format="json")

    @cached_property
    def home(self) -> Path:
        """A folder through which PostgreSQL's account gets to its data."""
        folder = Account.unprivileged().new_folder("shadower-stack-")
        folder.chmod(0o755)
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    @property
    def settings(self) -> Mapping[str, str]:
        """What its processes have, once it has started."""
        return dict(super().settings) | {
            "SHADOWER_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{self._port_of('postgres')}/{DATABASE}",
            "SHADOWER_REDIS_URL": f"redis://127.0.0.1:{self._port_of('redis')}/0",
        }

    def said(self, what: str) -> Sequence[str]:
        """Return what was matched in each line so far."""
        text = self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""
        return re.findall(what, text)

    def member(self, name: str) -> psutil.Process | None:
        """Return a process by its name; None while there is none."""
        pid = int(self.said(rf"stack +\| {name} is process (\d+)")[-1])
        with suppress(psutil.NoSuchProcess):
            return None if has_ended(pid) else psutil.Process(pid)
        return None

    def kill_member(self, name: str) -> bool:
        """Kill a process and what it has started, without warning; False when there is none just now."""
        victim = self.member(name)
        if victim is None:
            return False
        with suppress(psutil.NoSuchProcess):
            for each in (victim, *victim.children(recursive=True)):
                each.kill()
        return True

    def leave_alone(self) -> None:
        """Have it start neither PostgreSQL nor Redis again from now on."""
        psutil.Process(self.pid).send_signal(signal.SIGUSR1)

    def look_after(self) -> None:
        """Have it do so again."""
        psutil.Process(self.pid).send_signal(signal.SIGUSR2)

    def flush_redis(self) -> bool:
        """Wipe Redis; False when it is not there just now."""
        with suppress(RedisError), Redis(port=self._port_of("redis")) as client:
            return bool(client.flushall())
        return False

    def _port_of(self, name: str) -> int:
        return int([*self.said(rf"stack +\| {name} is process \d+, on port (\d+)"), 0][0])

    def _make_data_dir(self) -> None:
        super()._make_data_dir()
        (self.data_dir / "key").write_text(ADMIN_KEY)

    def _command(self) -> Sequence[str | Path]:
        environment = [*self.command()[:-3], f"PYTHONPATH={ROOT}"]
        options = ("--port", str(self.port), "--folder", self.data_dir)
        return [*environment, sys.executable, "-m", "deploy.stack", *options]
