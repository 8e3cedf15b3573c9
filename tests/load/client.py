"""A client that costs next to nothing: RFC 6455 as far as an echo needs it, thousands at a time."""

import asyncio
import socket
import struct
from typing import Self, cast

from tests.servers.stacks import HOST

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: testserver\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
)
TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
RESET = struct.pack("ii", 1, 0)  # linger for no time: closing sends RST
TIMEOUT = 30.0


class Client(asyncio.Protocol):
    """One connection. It answers pings and the closing handshake, and keeps the texts."""

    def __init__(self) -> None:
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.texts: asyncio.Queue[bytes] = asyncio.Queue()
        self.over = False
        self._rest = b""

    @classmethod
    async def connect(cls, port: int, path: str, headers: str = "") -> Self:
        loop = asyncio.get_running_loop()
        transport, client = await loop.create_connection(cls, HOST, port)
        transport.write(HANDSHAKE.format(path=path, headers=headers).encode())
        await asyncio.wait_for(client.open, TIMEOUT)
        return client

    def send(self, text: bytes) -> None:
        """Send a short text. Its mask is zero, which leaves it as it is."""
        self._frame(TEXT, text)

    async def receive(self) -> bytes:
        return await asyncio.wait_for(self.texts.get(), TIMEOUT)

    def leave(self) -> None:
        """Begin the closing handshake."""
        self._frame(CLOSE, b"\x03\xe8")

    def vanish(self, last: bytes = b"") -> None:
        """Send *last*, then cut the connection as a crash would."""
        self.transport.write(last)
        connection = cast(socket.socket, self.transport.get_extra_info("socket"))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()

    # ── What the event loop calls ───────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        if not self.open.done():
            head, found, rest = self._rest.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101 "), head
            self._rest = rest
            self.open.set_result(None)
        while (end := self._frame_end()) is not None:
            self._arrived(self._rest[0], self._rest[2:end])
            self._rest = self._rest[end:]

    def connection_lost(self, error: Exception | None) -> None:
        self.over = True
        if not self.open.done():
            self.open.set_exception(ConnectionError("refused"))

    def _frame_end(self) -> int | None:
        """Where the first frame ends, once it is there; it is short, and has no mask."""
        if len(self._rest) < 2:
            return None
        end = 2 + self._rest[1]
        return end if len(self._rest) >= end else None

    def _arrived(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self.texts.put_nowait(payload)
        elif opcode == PING:
            self._frame(PONG, payload)
        elif opcode == CLOSE:
            self._frame(CLOSE, payload)
            self.transport.close()

    def _frame(self, opcode: int, payload: bytes) -> None:
        self.transport.write(bytes([opcode, 0x80 | len(payload)]) + b"\0\0\0\0" + payload)
