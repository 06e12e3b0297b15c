"""How long a server takes until it is ready, and how much memory it holds when nobody asks anything of it."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.ingest import loaded
from bench.micro import appended
from bench.options import Options
from bench.progress import say
from bench.servers import ShadowerServer, answers, cpu_seconds
from bench.statistics import Round
from bench.stores import new_sqlite
from bench.workload import SPREAD, Stream, admitted

START_LIMIT = 2.5
"""Seconds."""
MEMORY_LIMIT = 200.0
"""MB of 10^6 bytes."""

STARTS_A_ROUND = 3
IDLE_SECONDS = 10.0
BURST = 20_000
"""Events taken in between the two looks at the memory."""
POLL_SECONDS = 0.005
PATIENCE = 60.0


def start_to_ready(options: Options) -> Iterator[Round]:
    """Seconds from the start of the process to 200 from /ready, on a data directory with events in it."""
    with _data_directory(options) as folder:
        _started(folder)
        for _ in range(options.rounds * STARTS_A_ROUND):
            seconds, used = _started(folder)
            yield _said(Round(seconds, START_LIMIT, extras={"cpu_s": round(used, 2)}), "s")


def idle_memory(options: Options) -> Iterator[Round]:
    """Proportional set size of the server's processes after ten idle seconds; and again after it has had work."""
    with _data_directory(options) as folder:
        for number in range(options.rounds):
            with ShadowerServer(_url(folder), folder) as server:
                time.sleep(IDLE_SECONDS)
                memory = pss(server.pid) / 1e6
                bodies = Stream(number, SPREAD).bodies(BURST, 1_000)
                loaded(options, server.port, bodies, connections=2)
                time.sleep(IDLE_SECONDS)
                extras: dict[str, object] = {"after_a_burst": round(pss(server.pid) / 1e6, 1)}
            yield _said(Round(memory, MEMORY_LIMIT, extras=extras), "MB")


@contextmanager
def _data_directory(options: Options) -> Iterator[Path]:
    """A data directory that a server has used: with events, rollups and a key in it."""
    with new_sqlite(options.folder) as place, TemporaryDirectory(dir=options.folder) as folder:
        appended(place, admitted(Stream(1, SPREAD).bodies(options.scaled(50_000, 10_000), 1_000)))
        place.path.rename(Path(folder) / "shadower.sqlite3")
        with ShadowerServer(_url(Path(folder)), Path(folder)):
            time.sleep(IDLE_SECONDS)
        yield Path(folder)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'shadower.sqlite3'}"


def _started(folder: Path) -> tuple[float, float]:
    """Return the seconds until it was ready, and how many of them a processor was busy with it."""
    server = ShadowerServer(_url(folder), folder)
    began = time.perf_counter()
    with subprocess.Popen(server.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while not answers(server.port, server.ready):
                if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise RuntimeError("The server did not become ready.")
                time.sleep(POLL_SECONDS)
            return time.perf_counter() - began, cpu_seconds(process.pid)
        finally:
            process.terminate()


def pss(pid: int) -> int:
    """Return the bytes; memory shared by n processes counts with an n-th in each."""
    tree = [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    return sum(_pss_of(Path(f"/proc/{one}/smaps_rollup")) for one in tree)


def _pss_of(rollup: Path) -> int:
    for line in rollup.read_text("ascii", errors="replace").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"{os.fspath(rollup)} does not tell the proportional set size; Linux 4.14 and later do.")


def _said(one: Round, unit: str) -> Round:
    say(f"{one.value:.2f} {unit}, of {one.reference:g} allowed")
    return one
