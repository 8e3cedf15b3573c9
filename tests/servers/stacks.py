"""The server stacks of these tests as a table, and how one of them is started and stopped.

Nobody guesses a free port: a socket holds it before the server exists. Readiness is the first
handshake.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from signal import SIGKILL
from typing import Any, NamedTuple

from websockets.sync.client import connect

ROOT = Path(__file__).parent.parent.parent
HOST = "127.0.0.1"
APP = "tests.servers.app:app"
DEADLINE = 30.0
"""Seconds after which a test gives up waiting for something that takes milliseconds."""


class Stack(NamedTuple):
    """A server with the choices that change how it treats a WebSocket.

    Args:
        name: what it is called in tables.
        command: how to start it, but for its address.
        address: `{fd}` is an inherited socket that listens, `{port}` a port kept free for it.
        packages: what decides how it behaves.
    """

    name: str
    command: str
    address: str
    packages: tuple[str, ...]

    @property
    def versions(self) -> dict[str, str]:
        return {package: version(package) for package in self.packages}


UVICORN_SANSIO = Stack(
    "uvicorn sansio",
    "uvicorn --ws websockets-sansio",
    "--fd {fd}",
    ("uvicorn", "websockets"),
)
UVICORN_WSPROTO = Stack(
    "uvicorn wsproto",
    "uvicorn --ws wsproto",
    "--fd {fd}",
    ("uvicorn", "wsproto"),
)
HYPERCORN_ASYNCIO = Stack(
    "hypercorn asyncio",
    "hypercorn --worker-class asyncio",
    "--bind fd://{fd} --workers 0",  # none: the process itself serves
    ("Hypercorn", "wsproto"),
)
HYPERCORN_TRIO = Stack(
    "hypercorn trio",
    "hypercorn --worker-class trio",
    "--bind fd://{fd} --workers 0",
    ("Hypercorn", "wsproto", "trio"),
)
DAPHNE = Stack(
    "daphne",
    "daphne",
    "--fd {fd}",
    ("daphne", "autobahn", "Twisted"),
)
GRANIAN = Stack(
    "granian",
    "granian --interface asgi",
    f"--host {HOST} --port {{port}}",
    ("granian",),
)

STACKS = (
    UVICORN_SANSIO,
    UVICORN_WSPROTO,
    HYPERCORN_ASYNCIO,
    HYPERCORN_TRIO,
    DAPHNE,
    GRANIAN,
)


def named(stack: Stack) -> str:
    """What a stack is called in the name of a test."""
    return stack.name.replace(" ", "-")


def listens(port: int) -> bool:
    """Whether somebody accepts connections at *port*."""
    try:
        socket.create_connection((HOST, port)).close()
    except ConnectionRefusedError:
        return False
    return True


class Server:
    """A stack that runs, in a process of its own.

    Args:
        stack: what to run.
        folder: where its log and the records of the application go.
        app: what it serves.
        options: more of the command line.
        environment: more of what the process finds in its environment.
    """

    def __init__(
        self,
        stack: Stack,
        folder: Path,
        app: str = APP,
        options: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.stack = stack
        self.log = folder / "log.txt"
        self.records = Records(folder / "records.jsonl")
        self._socket = socket.socket()
        by_fd = "{fd}" in stack.address
        if not by_fd:  # held, never listened on: only a process of this user can share it
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind((HOST, 0))
        if by_fd:
            self._socket.listen(128)
        fd, self.port = self._socket.fileno(), self._socket.getsockname()[1]
        address = stack.address.format(fd=fd, port=self.port)
        command = f"{stack.command} {address} {options} {app}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command.split()],
                cwd=ROOT,
                env={
                    **os.environ,
                    **(environment or {}),
                    "LILYAREF_RECORDS": str(self.records.path),
                },
                pass_fds=[fd] if by_fd else [],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if by_fd:  # a client waits in the queue; if the server dies, it is refused
            self._socket.close()

    def wait_until_ready(self) -> None:
        def shakes_hands() -> bool:
            try:
                with connect(f"ws://{HOST}:{self.port}/ready", proxy=None) as client:
                    client.close()
            except ConnectionRefusedError:
                return False
            return True

        self.wait_for(shakes_hands, "the first handshake")

    def wait_for(self, ready: Callable[[], bool], what: str, seconds: float = DEADLINE) -> None:
        """Ask again and again, until a deadline: nothing here takes a fixed time."""
        deadline = time.monotonic() + seconds
        while not ready():
            status = self.process.poll()
            assert status is None, f"{self.stack.name} has ended with status {status}"
            assert time.monotonic() < deadline, f"{what} did not come in {seconds} s"
            time.sleep(0.002)

    def stop(self) -> None:
        """End the process, and nothing but the process that was started here."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, SIGKILL)
            self.process.wait()
        self._socket.close()
        self.records.close()


class Records:
    """What the application has written down: a line of JSON for every fact, with a talk's id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self._file = path.open(encoding="ascii")
        self._facts: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self._rest = ""

    def of(self, talk: str) -> Mapping[str, Any]:
        *lines, self._rest = (self._rest + self._file.read()).split("\n")
        for line in lines:
            record = json.loads(line)
            self._facts[record["talk"]] |= record["facts"]
        return self._facts[talk]

    def close(self) -> None:
        self._file.close()
