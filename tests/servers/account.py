"""Who a server runs as, and where that account can reach it. PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account, or (both ids None) the one we run as."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def unprivileged(cls) -> Self:
        """Ourselves, unless we are root; then an account that every system has."""
        if os.geteuid() != 0:
            return cls()
        entry = pwd.getpwnam("nobody")
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def popen(self) -> dict[str, Any]:
        """What subprocess needs to start a process as this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_run(self, program: Path) -> bool:
        """Whether the program and the folders above it are open to this account."""
        try:
            subprocess.run([program, "--version"], check=True, capture_output=True, cwd="/", **self.popen)
        except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
            return False
        return True

    def new_folder(self, prefix: str) -> Path:
        """Make a temporary folder of this account's own, where it can reach it."""
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=None if self.uid is None else _open_to_all()))
        self.own(folder)
        return folder


def _open_to_all() -> Path:
    for candidate in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 - mkdtemp is safe there
        if all(folder.stat().st_mode & stat.S_IXOTH for folder in (candidate, *candidate.resolve().parents)):
            return candidate
    message = "No folder for temporary files is open to all accounts; set TMPDIR to one that is"
    raise RuntimeError(message)


def copy_for_others(source: Path, target: Path) -> None:
    """Copy a tree so that every account may read it; links are kept as links."""
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*.a", "*.h"), dirs_exist_ok=True)
