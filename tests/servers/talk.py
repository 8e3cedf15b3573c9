"""The client's side of one conversation: a real client, or a socket where a client would behave."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.servers.expectations import DIFFERENCES
from tests.servers.stacks import DEADLINE, HOST, Server


def sentence(function: str) -> str:
    """The name of a test as a sentence.

    >>> sentence("test_it_works")
    'It works'
    """
    words = function.removeprefix("test_").replace("_", " ")
    return words[0].upper() + words[1:]


class Talk:
    """One conversation with one server.

    Args:
        server: whom to talk to.
        sentence: the promise that the conversation is about, in words.
    """

    def __init__(self, server: Server, sentence: str) -> None:
        self.server = server
        self.sentence = sentence
        self.id = uuid4().hex
        self.log_start = server.log.stat().st_size

    @property
    def log(self) -> str:
        """What the server has written since this conversation began."""
        return self.server.log.read_bytes()[self.log_start :].decode("utf-8", "replace")

    # ── What the client does ────────────────────────────────────────────────────────────────────

    def target(self, path: str, **query: str) -> str:
        pairs = {"talk": self.id, **query}
        return f"/{path}?{'&'.join(f'{name}={value}' for name, value in pairs.items())}"

    def url(self, path: str, **query: str) -> str:
        return f"ws://{HOST}:{self.server.port}{self.target(path, **query)}"

    def connect(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocols: Iterable[str] | None = None,
        compression: str | None = "deflate",
    ) -> ClientConnection:
        """A connection to the conversation called *path*."""
        return connect(
            self.url(path, **(query or {})),
            additional_headers=headers,
            subprotocols=None if subprotocols is None else [*map(Subprotocol, subprotocols)],
            compression=compression,
            proxy=None,
            max_size=None,
        )

    def refused(self, path: str) -> Response:
        """The HTTP response that the conversation called *path* refuses with."""
        with pytest.raises(InvalidStatus) as refusal:
            self.connect(path)
        return refusal.value.response

    @contextmanager
    def knock(self, path: str, *headers: bytes) -> Iterator[socket.socket]:
        """A socket that has asked for a handshake and reads nothing of the answer."""
        lines = [
            f"GET {self.target(path)} HTTP/1.1".encode(),
            f"Host: {HOST}:{self.server.port}".encode(),
            b"Connection: Upgrade",
            b"Upgrade: websocket",
            b"Sec-WebSocket-Version: 13",
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",  # the one of RFC 6455 §1.3
            *headers,
        ]
        with socket.create_connection((HOST, self.server.port), timeout=DEADLINE) as raw:
            raw.sendall(b"".join(line + b"\r\n" for line in [*lines, b""]))
            yield raw

    @contextmanager
    def raw(self, path: str) -> Iterator[socket.socket]:
        """A socket after the handshake; what is sent through it is up to the test."""
        with self.knock(path) as raw, raw.makefile("rb") as answer:
            assert answer.readline().startswith(b"HTTP/1.1 101 ")
            while answer.readline() != b"\r\n":
                pass
            yield raw

    def go_on(self) -> None:
        """Let the application go on where it waits to be told so.

        It is told over another connection, so the server has had time for everything before.
        """
        url = f"ws://{HOST}:{self.server.port}/go_on?gate={self.id}"
        with connect(url, proxy=None) as client:
            heard(client)

    # ── What came of it ─────────────────────────────────────────────────────────────────────────

    def wait_for(self, fact: str) -> None:
        records = self.server.records
        self.server.wait_for(lambda: fact in records.of(self.id), f"the fact {fact!r}")

    def recorded(self, *facts: str) -> dict[str, Any]:
        """What the application has met by its end: all of it, or only *facts* and the end."""
        self.wait_for("ended")
        record = self.server.records.of(self.id)
        return {name: record.get(name) for name in (*facts, "ended")} if facts else {**record}

    def expected(self, **promised: object) -> dict[str, object]:
        """What is promised, or what the table of differences has for this server instead."""
        facts: dict[str, object] = {"ended": "quietly", **promised}
        for difference in DIFFERENCES:
            if difference.concerns(self.sentence, self.server.stack):
                for name, fact in difference.facts.items():
                    assert facts[name] != fact, f"{name!r} is as promised: delete the difference"
                    facts[name] = fact
        return facts


def heard(client: ClientConnection, count: int | None = None) -> list[str | bytes]:
    """Every message that arrives until the connection ends, or only the first *count*."""
    messages: list[str | bytes] = []
    try:
        while len(messages) != count:
            messages.append(client.recv(timeout=DEADLINE))
    except ConnectionClosed:
        pass
    return messages
