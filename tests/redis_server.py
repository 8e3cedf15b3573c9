"""A Redis of the tests' own, on a socket in a folder of its own: no port, and no network."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pytest

DEADLINE = 30.0  # seconds for what takes milliseconds
PROGRAM = shutil.which("redis-server")
MISSING = "redis-server is missing; install it with: apt-get install redis-server"


def require_redis() -> None:
    """Skip where there is no Redis, or fail where CI has promised one."""
    if PROGRAM is None and os.environ.get("LILYAREF_REQUIRE_REDIS"):
        pytest.fail(MISSING)
    if PROGRAM is None:
        pytest.skip(MISSING)


class RedisServer:
    """A Redis that can be killed, stopped and started again at the same address.

    Args:
        options: more of the command line; without any it keeps nothing.
    """

    def __init__(self, *options: str) -> None:
        assert PROGRAM is not None, MISSING
        self.folder = Path(tempfile.mkdtemp(prefix="redis-"))  # short: a socket's path is limited
        self.socket = self.folder / "socket"
        self.url = f"unix://{self.socket}"
        self.command: Sequence[str] = [
            PROGRAM,
            *("--port", "0", "--unixsocket", str(self.socket)),
            *("--dir", str(self.folder), "--save", ""),
            *options,
        ]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        deadline = time.monotonic() + DEADLINE
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log.txt").read_text("utf-8")
            assert time.monotonic() < deadline, f"Redis has not answered in {DEADLINE} s"
            time.sleep(0.002)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(DEADLINE)
            try:
                client.connect(str(self.socket))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            client.sendall(b"PING\r\n")
            return client.recv(16) == b"+PONG\r\n"  # -LOADING while it reads what it has kept
