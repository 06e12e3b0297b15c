"""
End a server when the process that started it is gone, and remove its folder.

Run as a script: guard.py PID SIGNAL [FOLDER]. Its standard input is a pipe held by the process that started the server.
The word "released" means that the server has been stopped in good order. The end of the pipe without that word means
that nobody is left who could stop it: the test run was interrupted, killed, or crashed.
"""

import contextlib
import os
import shutil
import signal
import sys
import time

PATIENCE_SECONDS = 10.0


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while is_running(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)


def main(pid: int, number: int, *folders: str) -> None:
    if sys.stdin.buffer.read().strip() == b"released":
        return
    end(pid, number)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
