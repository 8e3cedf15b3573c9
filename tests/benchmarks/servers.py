"""End to end: the same application behind uvicorn and uvloop, one server process for each class.

All servers live through the whole measurement, and take turns of a third of a second. What counts
is the processor time that a server takes for a message, as the scheduler accounts it; the client is
made so that it needs little of the machine. Linux only.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.operations import ORDERS
from tests.benchmarks.peers import CONTESTANTS
from tests.benchmarks.rounds import BY_HAND, US, Figure, Row, compare

ROOT = Path(__file__).parents[2]
CLIENTS, TURN, ROUNDS, IDLE = 16, 0.33, 21, 2000

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: lily.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Origin: https://lily.example\r\nUser-Agent: benchmark\r\nAccept: */*\r\nPragma: no-cache\r\n"
    "Accept-Language: pt-PT,pt;q=0.8\r\nCookie: session=0123456789; theme=dark\r\n"
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Server(NamedTuple):
    pid: int
    address: tuple[str, int]

    def processor_seconds(self) -> float:
        """Of its main thread, which is the only one that works."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]) / 1e9

    def memory(self) -> int:
        """Its proportional set size in bytes."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if "Pss:" in line)

    def connect(self, path: str) -> socket.socket:
        client = socket.create_connection(self.address, timeout=30)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(HANDSHAKE.format(path=path).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += client.recv(1)
        assert b" 101 " in answer, answer
        return client


@contextmanager
def serve(name: str) -> Iterator[Server]:
    """A server of its own for the application of tests/benchmarks/apps.py that has this name."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        command = [
            *(sys.executable, "-m", "uvicorn", f"tests.benchmarks.apps:{name}"),
            *("--fd", str(listening.fileno()), "--loop", "uvloop", "--ws", "websockets-sansio"),
            *("--lifespan", "off", "--log-level", "error", "--no-access-log"),
            *("--ws-per-message-deflate", "false", "--ws-ping-interval", "600"),
        ]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()])
        try:
            yield Server(process.pid, listening.getsockname())
        finally:
            process.terminate()
            process.wait(10)


def frame(payload: bytes) -> bytes:
    """A masked text frame (RFC 6455 §5.2); the mask is zero, so the payload is as it was."""
    length = len(payload)
    size = bytes([0x80 | length] if length < 126 else [0x80 | 126, *length.to_bytes(2)])
    return b"\x81" + size + bytes(4) + payload


def answer_size(payload: int) -> int:
    return payload + (2 if payload < 126 else 4)


class Turns:
    """The conversations with one server, and how its last turn went."""

    def __init__(self, server: Server, path: str, payload: bytes) -> None:
        self.server = server
        self.clients = [server.connect(path) for _ in range(CLIENTS)]
        self.question, self.answer = frame(payload), answer_size(len(payload))
        self.rate = 0.0

    def turn(self) -> float:
        """Microseconds of the server's processor for one message."""
        begin, before, count = time.perf_counter(), self.server.processor_seconds(), 0
        while (now := time.perf_counter()) < begin + TURN:
            for client in self.clients:
                client.sendall(self.question)
            for client in self.clients:
                missing = self.answer
                while missing:
                    missing -= len(client.recv(missing))
            count += CLIENTS
        self.rate = count / (now - begin)
        return (self.server.processor_seconds() - before) / count * 1e6


def echo_rows(names: dict[str, str], path: str, payload: bytes, what: str) -> list[Row]:
    """Processor time and messages a second, measured in the same turns."""
    with ExitStack() as stack:
        running = {
            column: Turns(stack.enter_context(serve(name)), path, payload)
            for column, name in names.items()
        }
        rates: dict[str, list[float]] = {column: [] for column in running}

        def way(column: str, turns: Turns) -> Callable[[], float]:
            def measure() -> float:
                spent = turns.turn()
                rates[column].append(turns.rate)
                return spent

            return measure

        ways = {column: way(column, turns) for column, turns in running.items()}
        for warm in ways.values():
            warm()
        for passed in rates.values():
            passed.clear()
        spent = compare(f"uvicorn, {what}: processor", ways, unit="µs", rounds=ROUNDS)
        replayed = {column: iter(passed).__next__ for column, passed in rates.items()}
        rate = compare(f"uvicorn, {what}: messages", replayed, unit="/s", rounds=ROUNDS)
        for turns in running.values():
            for client in turns.clients:
                client.close()
    return [spent, rate]


def idle(name: str) -> float:
    """Kilobytes of the server for a connection that waits in its loop."""
    with serve(name) as server:
        clients = [server.connect("/") for _ in range(200)]
        before = server.memory()
        clients += [server.connect("/") for _ in range(IDLE)]
        taken = (server.memory() - before) / IDLE / 1024
        for client in clients:
            client.close()
    return taken


def rows() -> Iterator[Row]:
    if not Path("/proc/self/smaps_rollup").exists() or not hasattr(os, "sched_getaffinity"):
        return
    classes = {column: column.lower() for column in CONTESTANTS}
    raw = {BY_HAND: "by_hand"}
    yield from echo_rows(raw | classes, "/", b"Thirty-two bytes of text, for us", "echo 32 B")
    payload = json.dumps(ORDERS, separators=(",", ":")).encode()
    yield from echo_rows(raw | classes, "/json", payload, "echo JSON 2 kB")
    fast = raw | classes | {US: "orjson"}
    yield from echo_rows(fast, "/json", payload, "echo JSON 2 kB, orjson")
    kilobytes = {column: idle(name) for column, name in (raw | classes).items()}
    by_hand = kilobytes[BY_HAND]
    figures = {column: Figure(*[taken / by_hand] * 3) for column, taken in kilobytes.items()}
    yield Row(
        "uvicorn, an idle connection", "kB", BY_HAND, figures | {BY_HAND: Figure(*[by_hand] * 3)}
    )
