"""The options of the servers that the page about production names, each of them run."""

import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lilyaref import CloseCode
from tests.servers.stacks import (
    DAPHNE,
    DEADLINE,
    GRANIAN,
    HOST,
    HYPERCORN_ASYNCIO,
    HYPERCORN_TRIO,
    ROOT,
    STACKS,
    UVICORN_SANSIO,
    UVICORN_WSPROTO,
    Server,
    Stack,
    listens,
    named,
)

ECHO = "docs_src.websockets.echo:app"
UVICORN = (UVICORN_SANSIO, UVICORN_WSPROTO)
HYPERCORN = (HYPERCORN_ASYNCIO, HYPERCORN_TRIO)
PING, CLOSE = 0x89, 0x88
"""The first byte of a server's frame (RFC 6455 §5.2): the last one, and its opcode."""
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: testserver\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@contextmanager
def serving(stack: Stack, folder: Path, options: str = "", app: str = ECHO) -> Iterator[Server]:
    server = Server(stack, folder, app, options)
    try:
        server.wait_for(lambda: listens(server.port), "the server")
        yield server
    finally:
        server.stop()


def client(port: int) -> ClientConnection:
    return connect(f"ws://{HOST}:{port}/", proxy=None, compression=None)


def end(connection: ClientConnection) -> int | None:
    """Wait for the close code."""
    with pytest.raises(ConnectionClosed):
        connection.recv(timeout=DEADLINE)
    return connection.close_code


@contextmanager
def mute(port: int) -> Iterator[socket.socket]:
    """A client that has shaken hands and answers nothing, no ping either."""
    with socket.create_connection((HOST, port), timeout=DEADLINE) as raw:
        raw.sendall(REQUEST)
        with raw.makefile("rb", buffering=0) as answer:
            while answer.readline() != b"\r\n":
                pass
        yield raw


def read(raw: socket.socket) -> bytes:
    """What arrives next; nothing is the end, and so is a reset."""
    try:
        return raw.recv(1000)
    except ConnectionResetError:
        return b""


# ── Pings ───────────────────────────────────────────────────────────────────────────────────────

INTERVALS = {
    UVICORN_SANSIO: "--ws-ping-interval 0.2 --ws-ping-timeout 0.2",
    UVICORN_WSPROTO: "--ws-ping-interval 0.2 --ws-ping-timeout 0.2",
    HYPERCORN_ASYNCIO: "--websocket-ping-interval 1",
    HYPERCORN_TRIO: "--websocket-ping-interval 1",
    DAPHNE: "--ping-interval 1 --ping-timeout 1",
}


@pytest.mark.parametrize("stack", INTERVALS, ids=named)
def test_a_silent_client_is_pinged(stack: Stack, tmp_path: Path) -> None:
    with serving(stack, tmp_path, INTERVALS[stack]) as server, mute(server.port) as raw:
        assert read(raw)[0] == PING


@pytest.mark.parametrize("stack", [*UVICORN, DAPHNE], ids=named)
def test_a_client_that_does_not_answer_is_cut(stack: Stack, tmp_path: Path) -> None:
    with serving(stack, tmp_path, INTERVALS[stack]) as server, mute(server.port) as raw:
        frames = b""
        while more := read(raw):
            frames += more
    told = b"\x03\xf3keepalive ping timeout" in frames  # 1011
    assert told == (stack in UVICORN)


@pytest.mark.parametrize("stack", UVICORN, ids=named)
def test_uvicorn_cuts_a_client_whose_message_waits_for_too_long(
    stack: Stack, tmp_path: Path
) -> None:
    """It stops reading while a message waits, and so it does not see the answers to its pings."""
    options = f"{INTERVALS[stack]} --timeout-graceful-shutdown 1"
    app = "tests.production.app:busy"
    with serving(stack, tmp_path, options, app) as server, client(server.port) as connection:
        connection.send("Are you there?")
        assert end(connection) == CloseCode.INTERNAL_ERROR


IDLE = 0.6
"""Seconds of silence that the proxy of these tests bears."""


@pytest.mark.parametrize(
    ("interval", "code"),
    [(IDLE / 3, CloseCode.NORMAL_CLOSURE), (0, CloseCode.ABNORMAL_CLOSURE)],
)
def test_pings_keep_a_connection_open_through_a_proxy(
    interval: float, code: CloseCode, tmp_path: Path
) -> None:
    with serving(UVICORN_SANSIO, tmp_path, f"--ws-ping-interval {interval}") as server:
        assert asyncio.run(stay(server.port)) == code


async def stay(port: int) -> int | None:
    """Say nothing for several times as long as the proxy bears, then leave; the close code."""
    async with proxy(port) as own, connect_async(f"ws://{HOST}:{own}/", proxy=None) as connection:
        with suppress(TimeoutError, ConnectionClosed):
            async with asyncio.timeout(3 * IDLE):
                await connection.recv()
    return connection.close_code


@asynccontextmanager
async def proxy(port: int) -> AsyncIterator[int]:
    """The port of a proxy that ends a connection over which nothing travels."""

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        patience = DEADLINE  # for the handshake
        with closing(target):
            while data := await asyncio.wait_for(source.read(65536), patience):
                target.write(data)
                patience = IDLE

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, downstream = await asyncio.open_connection(HOST, port)
        pumps = asyncio.gather(pump(reader, downstream), pump(upstream, writer))
        with suppress(TimeoutError):
            await pumps

    async with await asyncio.start_server(serve, HOST) as server:
        yield server.sockets[0].getsockname()[1]


# ── Limits ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stack", [*UVICORN, *HYPERCORN], ids=named)
def test_a_message_that_is_too_large_closes_with_1009(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "hypercorn.toml").write_text("websocket_max_message_size = 1000\n")
    file = f"--config {tmp_path}/hypercorn.toml"
    options = "--ws-max-size 1000" if stack in UVICORN else file
    with serving(stack, tmp_path, options) as server, client(server.port) as connection:
        connection.send("x" * 1000)
        assert connection.recv(timeout=DEADLINE)
        connection.send("x" * 1001)
        assert end(connection) == CloseCode.MESSAGE_TOO_BIG


def test_a_message_that_is_too_large_ends_the_connection_on_daphne(tmp_path: Path) -> None:
    options = "--websocket-max-message-size 1000"
    with serving(DAPHNE, tmp_path, options) as server, client(server.port) as connection:
        connection.send("x" * 900)
        assert connection.recv(timeout=DEADLINE)
        connection.send("x" * 1001)
        assert end(connection) == CloseCode.ABNORMAL_CLOSURE


UNCOUNTED = {
    UVICORN_SANSIO: "--limit-concurrency 2",
    UVICORN_WSPROTO: "--limit-concurrency 2",
    GRANIAN: "--backpressure 2",
}


@pytest.mark.parametrize("stack", UNCOUNTED, ids=named)
def test_a_limit_of_the_server_counts_no_websockets(stack: Stack, tmp_path: Path) -> None:
    with serving(stack, tmp_path, UNCOUNTED[stack]) as server, ExitStack() as connections:
        for _ in range(4):
            connection = connections.enter_context(client(server.port))
            connection.send("Is there room for me?")
            assert connection.recv(timeout=DEADLINE)


@pytest.mark.parametrize("stack", [UVICORN_SANSIO, DAPHNE], ids=named)
def test_a_limit_of_the_application_counts_them(stack: Stack, tmp_path: Path) -> None:
    app = "docs_src.production.refuse_when_full:app"
    with serving(stack, tmp_path, app=app) as server, client(server.port), client(server.port):
        with pytest.raises(InvalidStatus) as refused:
            client(server.port)
        status = HTTPStatus.FORBIDDEN if stack is DAPHNE else HTTPStatus.SERVICE_UNAVAILABLE
        assert refused.value.response.status_code == status


# ── The end ─────────────────────────────────────────────────────────────────────────────────────


def test_daphne_ends_a_connection_that_is_old_enough(tmp_path: Path) -> None:
    options = "--websocket_timeout 1"
    with serving(DAPHNE, tmp_path, options) as server, client(server.port) as connection:
        assert end(connection) == CloseCode.NORMAL_CLOSURE


GOODBYE: dict[Stack, int] = {
    UVICORN_SANSIO: CloseCode.SERVICE_RESTART,
    UVICORN_WSPROTO: CloseCode.SERVICE_RESTART,
    HYPERCORN_ASYNCIO: CloseCode.INTERNAL_ERROR,
    HYPERCORN_TRIO: CloseCode.ABNORMAL_CLOSURE,
    DAPHNE: CloseCode.ABNORMAL_CLOSURE,
    GRANIAN: CloseCode.ABNORMAL_CLOSURE,
}


@pytest.mark.parametrize("stack", STACKS, ids=named)
def test_what_a_client_hears_when_its_server_is_told_to_stop(stack: Stack, tmp_path: Path) -> None:
    if stack is HYPERCORN_ASYNCIO and sys.version_info >= (3, 12):
        pytest.skip("There hypercorn waits for its clients, on Python 3.12 and later.")
    options = "--graceful-timeout 1" if stack in HYPERCORN else ""
    with serving(stack, tmp_path, options) as server, client(server.port) as connection:
        connection.send("Hello")
        assert connection.recv(timeout=DEADLINE)
        server.process.terminate()
        assert end(connection) == GOODBYE[stack]
        server.process.wait(DEADLINE)


@pytest.mark.parametrize("stack", UVICORN, ids=named)
def test_uvicorn_does_not_wait_longer_than_it_is_told(stack: Stack, tmp_path: Path) -> None:
    options, app = "--timeout-graceful-shutdown 1", "tests.production.app:busy"
    with serving(stack, tmp_path, options, app) as server, client(server.port) as connection:
        server.process.terminate()
        assert end(connection) == CloseCode.SERVICE_RESTART
        server.process.wait(DEADLINE)


# ── The page ────────────────────────────────────────────────────────────────────────────────────


def test_the_page_names_no_option_that_is_not_run_here() -> None:
    page = (ROOT / "docs/en/learn/production.md").read_text("utf-8")
    here = (
        Path(__file__).read_text("utf-8") + (ROOT / "tests/production/test_workers.py").read_text()
    )
    named_there = {*re.findall(r"--[a-z][a-z_-]+", page)} - {"--appendonly", "--appendfsync"}
    assert named_there - {*re.findall(r"--[a-z][a-z_-]+", here)} == set()
