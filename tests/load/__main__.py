"""`make load`: one uvicorn worker, 5,000 idle and 500 active connections, on loopback.

Times and memory are printed and never asserted. What fails the report is a leak: a task, a
WebSocket or a transport that is left when everybody has gone, a buffer without an end, or a server
that does not answer any more.
"""

import asyncio
import json
import resource
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from itertools import chain, cycle, islice
from pathlib import Path
from platform import python_version
from statistics import median, quantiles
from time import perf_counter

from tests.load.app import BLOCK
from tests.load.client import HANDSHAKE, TEXT, Client
from tests.servers.stacks import HOST, UVICORN_SANSIO, Server

IDLE, ACTIVE, ECHOES = 5000, 500, 40
VANISHING, MUTE, AT_A_TIME = 1000, 10, 10
OTHER_FILES = 100  # that a process needs besides its connections
MOST_WAITING = 16 << 20  # bytes for a client that reads nothing: a buffer without an end has more
SETTLED = 30.0  # seconds until what has ended is gone; it takes a fraction of one
HELD = ("tasks", "websockets", "transports")
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"

failures: list[str] = []


def require(what: str, fine: bool) -> None:
    print(f"  {'ok' if fine else 'FAILS':6}{what}", flush=True)
    if not fine:
        failures.append(what)


# ── The server and its clients ──────────────────────────────────────────────────────────────────


class Lookout:
    """A server, and a connection that asks it what it holds.

    Args:
        server: a process that serves `tests.load.app`.
        client: at its path `/look`.
        empty: what is held when nobody else is there.
    """

    def __init__(self, server: Server, client: Client, empty: dict[str, int]) -> None:
        self.server, self.client, self.empty = server, client, empty

    async def memory(self) -> int:
        """KiB of the process, after a collection."""
        await see(self.client)
        return resident(self.server.process.pid)

    async def left(self, beside: int = 0) -> str:
        """What is held beyond so many connections, once it is nothing or SETTLED has passed."""
        deadline = perf_counter() + SETTLED
        while True:
            held = await see(self.client)
            left = {name: held[name] - self.empty[name] - beside for name in HELD}
            if not any(left.values()) or perf_counter() > deadline:
                return ", ".join(f"{number} {name}" for name, number in left.items() if number)
            await asyncio.sleep(0.05)

    async def connect(self, path: str, number: int, headers: str = "") -> list[Client]:
        clients: list[Client] = []
        while len(clients) < number:
            some = min(100, number - len(clients))
            joining = (Client.connect(self.server.port, path, headers) for _ in range(some))
            clients += await asyncio.gather(*joining)
        return clients


def resident(process: int) -> int:
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if "Rss:" in line)


async def see(client: Client) -> dict[str, int]:
    client.send(b"What do you hold?")
    held: dict[str, int] = json.loads(await client.receive())
    return held


@asynccontextmanager
async def serving() -> AsyncIterator[Lookout]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(UVICORN_SANSIO, Path(folder), "tests.load.app:app", "--log-level warning")
        try:
            client = await Client.connect(server.port, "/look")
            lookout = Lookout(server, client, await see(client))
            leave(await lookout.connect("/echo", 20))  # what is made only once, is made now
            await lookout.left()
            yield lookout
        finally:
            server.stop()


def leave(clients: Iterable[Client]) -> None:
    for client in clients:
        client.leave()


async def talk(client: Client) -> list[float]:
    """Seconds from each text to its echo."""
    took = []
    for number in range(ECHOES):
        begin = perf_counter()
        client.send(b"Hello, number %d" % number)
        await client.receive()
        took.append(perf_counter() - begin)
    return took


# ── The parts of the report ─────────────────────────────────────────────────────────────────────


async def weigh(name: str, path: str, headers: str = "") -> None:
    """What an idle connection weighs, and how active ones get on beside all those."""
    async with serving() as lookout:
        before = await lookout.memory()
        begin = perf_counter()
        idle = await lookout.connect(path, IDLE, headers)
        opened = IDLE / (perf_counter() - begin)
        weight = (await lookout.memory() - before) / IDLE
        active = await lookout.connect(path, ACTIVE)
        begin = perf_counter()
        took = [*chain.from_iterable(await asyncio.gather(*map(talk, active)))]
        echoes = len(took) / (perf_counter() - begin)
        slowest = quantiles(took, n=100)[-1]
        print(
            f"  {name:28}{weight:7.2f} KiB {opened:11,.0f} {echoes:11,.0f}"
            f"{median(took) * 1e3:11.1f} ms {slowest * 1e3:8.1f} ms",
            flush=True,
        )
        leave(chain(idle, active))
        if left := await lookout.left():
            require(f"{name}: nothing is left (left: {left})", False)


HALF_A_FRAME = bytes([TEXT, 0x80 | 100]) + b"\0\0\0\0" + b"x" * 50
WAYS_TO_VANISH = (b"", b"x", HALF_A_FRAME)
"""What is sent last: nothing, a frame that is none, half a frame."""


async def vanish(lookout: Lookout) -> None:
    """A thousand clients come, a few at a time; each says something and is gone without a word."""
    lasts = islice(cycle(WAYS_TO_VANISH), VANISHING)
    while some := [*islice(lasts, AT_A_TIME)]:
        clients = await lookout.connect("/echo", len(some))
        for client, last in zip(clients, some, strict=True):
            client.send(b"Hello")
            if not last:
                await client.receive()
            client.vanish(last)


def pour(port: int) -> int:
    """Send and never read, until nothing is taken any more. The bytes that were taken."""
    block = bytes([TEXT, 0x80 | 127]) + len(BLOCK).to_bytes(8) + b"\0\0\0\0" + BLOCK
    taken = 0
    with socket.create_connection((HOST, port), timeout=0.5) as client:
        client.sendall(HANDSHAKE.format(path="/echo", headers="").encode())
        assert client.recv(12) == b"HTTP/1.1 101"
        with suppress(TimeoutError):
            while taken <= MOST_WAITING:
                taken += client.send(block[taken % len(block) :])
    return taken


async def flooded(lookout: Lookout) -> int:
    """Bytes that wait for each of some clients that read nothing, once there are no more."""
    clients = await lookout.connect("/flood", MUTE)
    for client in clients:
        client.transport.pause_reading()
    waiting = -1
    while (now := (await see(lookout.client))["flooded"]) > waiting:
        waiting = now
        if waiting > MOST_WAITING:
            break
        await asyncio.sleep(0.5)
    for client in clients:
        client.vanish()
    return waiting


async def endure() -> None:
    """What a server meets in a bad hour, beside the idle connections; nothing may be left of it."""
    async with serving() as lookout:
        port = lookout.server.port
        idle = await lookout.connect("/echo", IDLE)
        before = await lookout.memory()

        begin = perf_counter()
        await vanish(lookout)
        seconds = perf_counter() - begin
        left = await lookout.left(IDLE)
        what = f"{VANISHING:,} clients vanished, {AT_A_TIME} at a time, in {seconds:.1f} s"
        require(f"{what}; left of them: {left or 'nothing'}", not left)

        waiting = await flooded(lookout)
        what = f"{MUTE} clients that read nothing: {waiting >> 10:,} KiB wait for each at most"
        require(f"{what}, then send() waits", 0 < waiting < MOST_WAITING)

        taken = max(await asyncio.gather(*(asyncio.to_thread(pour, port) for _ in range(MUTE))))
        what = f"{MUTE} clients that send and read nothing: {taken >> 10:,} KiB are taken at most"
        require(f"{what}, then the client waits", 0 < taken < MOST_WAITING)
        left = await lookout.left(IDLE)
        require(f"both vanished; left of them: {left or 'nothing'}", not left)
        grown = await lookout.memory() - before
        print(f"        memory has grown by {grown:,} KiB meanwhile, beside {IDLE:,} connections")

        for client in idle:
            client.vanish()
        left = await lookout.left()
        require(f"the {IDLE:,} idle ones vanished at once; left: {left or 'nothing'}", not left)
        [last] = await lookout.connect("/echo", 1)
        require("the server still answers", (await talk(last)) != [])


def enough_files() -> bool:
    """Have as many open files as the report needs, in this process and in the server's."""
    needed = IDLE + ACTIVE + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        print(f"This needs {needed} open files, and the hard limit is {hard} (ulimit -Hn).")
        return False
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return True


async def report() -> None:
    versions = f"uvicorn {version('uvicorn')}, websockets {version('websockets')}"
    print(f"One worker of {versions} on Python {python_version()}, on loopback.")
    print(f"{IDLE:,} idle connections, and {ACTIVE} that say {ECHOES} texts each beside them:\n")
    print(
        f"  {'the echo':28}{'an idle one':>11} {'opened/s':>11} {'echoes/s':>11}"
        f"{'median':>14} {'99 %':>11}"
    )
    await weigh("raw ASGI", "/by_hand")
    await weigh("WebSocket", "/with_a_class")
    await weigh("Router and WebSocket", "/echo")
    await weigh("the same, with deflate", "/echo", DEFLATE)
    print()
    await endure()


if __name__ == "__main__":
    if not sys.platform.startswith("linux"):
        sys.exit("The report reads /proc, which only Linux has.")
    if not enough_files():
        sys.exit("Nothing was measured.")
    begin = perf_counter()
    asyncio.run(report())
    print(f"\n{len(failures)} failures, in {perf_counter() - begin:.0f} s.")
    sys.exit(bool(failures))
