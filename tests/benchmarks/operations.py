"""What one operation costs, driven without an event loop over servers that never suspend.

Every operation is a line of Python, once by hand, in the fewest steps that ASGI allows, and once
for all classes alike. As `timeit` does, the line is compiled into a loop. Scopes, servers and
connections are made before the clock starts.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from statistics import mean
from textwrap import indent
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from docs_src.performance.json_by_msgspec import OrderWebSocket
from docs_src.performance.json_by_orjson import FastWebSocket
from lilyaref.types import Message, Receive, Scope, Send
from tests.benchmarks.peers import CONTESTANTS, scopes
from tests.benchmarks.rounds import BY_HAND, US, Measure, Row, compare, microseconds

MESSAGES, CONNECTIONS, BATCHES = 8000, 300, 8  # so a turn takes some milliseconds

CONNECT: Message = {"type": "websocket.connect"}
TEXT: Message = {"type": "websocket.receive", "text": "Thirty-two bytes of text, for us"}
BINARY: Message = {"type": "websocket.receive", "bytes": b"Thirty-two bytes, and no letters"}
LEFT: Message = {"type": "websocket.disconnect", "code": 1000, "reason": ""}

ORDER = {"flower": "lily", "stock": 1200}
ORDERS = [{"id": n, "flower": "lily of the valley", "stock": n * 7} for n in range(40)]


# ── Servers ─────────────────────────────────────────────────────────────────────────────────────


def at_once(messages: Iterable[Message]) -> tuple[Receive, Send]:
    """A server that has its messages ready and takes what it is sent: the class is all there is."""
    take = [*messages][::-1].pop

    async def receive() -> Message:
        return take()

    async def send(message: Message) -> None:
        pass

    return receive, send


def over_queues(messages: Iterable[Message]) -> tuple[Receive, Send]:
    """A server that hands messages over in queues, which is the least that a real one does."""
    incoming, outgoing = asyncio.Queue[Message](), asyncio.Queue[Message]()
    for message in messages:
        incoming.put_nowait(message)

    async def receive() -> Message:
        return await incoming.get()

    async def send(message: Message) -> None:
        await outgoing.put(message)

    return receive, send


# ── By hand ─────────────────────────────────────────────────────────────────────────────────────


def header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None


def url(scope: Scope) -> str:
    host, path = header(scope, b"host"), scope["raw_path"].decode()
    return f"{scope['scheme']}://{host}{path}?{scope['query_string'].decode()}"


def query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode(), keep_blank_values=True)


def cookies(scope: Scope) -> dict[str, str]:
    pairs = (header(scope, b"cookie") or "").split(";")
    return {name.strip(): value for name, _, value in (pair.partition("=") for pair in pairs)}


HELPERS = {
    "header": header,
    "url": url,
    "query": query,
    "cookies": cookies,
    "json": json,
    "urlsplit": urlsplit,
    "ORDER": ORDER,
    "ORDERS": ORDERS,
}


# ── Operations ──────────────────────────────────────────────────────────────────────────────────

Work = Callable[..., Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Operation:
    """One row. The lines are done for each of `connections`, `repeat` times.

    By hand a line has `scope`, `receive` and `send`. For the classes it has a `websocket`, which
    has been through `ready`; if there is no such line it has `scope` and `cls` too, to make one.
    """

    name: str
    by_hand: str | None
    by_class: str
    ready: str | None = "pass"
    script: tuple[Message, ...] = ()
    server: Callable[[Iterable[Message]], tuple[Receive, Send]] = at_once
    connections: int = CONNECTIONS
    repeat: int = 1
    operations: int = CONNECTIONS
    litestar: str | None = None
    us: Callable[..., Any] = CONTESTANTS[US]

    def row(self) -> Row:
        contestants = {**CONTESTANTS, US: self.us}
        ways = {name: self.of_class(name, cls) for name, cls in contestants.items()}
        if self.by_hand is None:
            return compare(self.name, ways, unit="µs", reference="Starlette")
        work = compiled(self.by_hand, "scope")
        return compare(self.name, {BY_HAND: lambda: self.turn(work)} | ways, unit="µs")

    def of_class(self, name: str, cls: Callable[..., Any]) -> Measure:
        line = (self.litestar if name == "Litestar" else None) or self.by_class
        if self.ready is None:
            work = compiled(line, "scope", cls=cls)
            return lambda: self.turn(work)
        work, ready = compiled(line, "websocket"), compiled(self.ready, "websocket")
        return lambda: self.turn(work, ready, cls)

    def turn(
        self, work: Work, ready: Work | None = None, cls: Callable[..., Any] | None = None
    ) -> float:
        """The mean of some batches; of one, where it is long enough."""
        batches = BATCHES if self.connections > 1 else 1
        return mean(self.batch(work, ready, cls) for _ in range(batches))

    def batch(self, work: Work, ready: Work | None, cls: Callable[..., Any] | None) -> float:
        receive, send = self.server(self.script)
        things: list[Any] = scopes(self.connections)
        if cls is not None and ready is not None:
            things = [cls(scope, receive, send) for scope in things]
            drive(ready(things, receive, send))
        elif self.ready == ACCEPT and self.connections == 1:
            drive(receive())
        things *= self.repeat
        return microseconds(lambda: drive(work(things, receive, send)), self.operations)


def compiled(line: str, thing: str, **names: object) -> Work:
    """A coroutine function that does *line* for each thing, which the line knows by that name."""
    source = (
        f"async def work(things, receive, send):\n  for {thing} in things:\n{indent(line, '   ')}"
    )
    namespace: dict[str, Any] = {**HELPERS, **names}
    exec(source, namespace)
    work: Work = namespace["work"]
    return work


def drive(work: Awaitable[object]) -> None:
    try:
        next(work.__await__())
    except StopIteration:
        return
    raise AssertionError("a server suspended")


ACCEPT = "await websocket.accept()"
ECHO = """async for text in websocket.iter_text():
    await websocket.send_text(text)"""
ECHO_BY_HAND = """while (message := await receive())["type"] == "websocket.receive":
    await send({"type": "websocket.send", "text": message["text"]})"""
CONVERSATION = """websocket = cls(scope, receive, send)
await websocket.accept()
await websocket.send_text(await websocket.receive_text())
await websocket.close()"""
CONVERSATION_BY_HAND = """await receive()
await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
await send({"type": "websocket.send", "text": (await receive())["text"]})
await send({"type": "websocket.close", "code": 1000, "reason": ""})"""
LOOKED_AT = CONVERSATION.replace(
    "await websocket.accept()",
    """websocket.headers["user-agent"], websocket.query_params["page"], websocket.url.path
await websocket.accept()""",
)
LOOKED_AT_BY_HAND = f"""header(scope, b"user-agent"), dict(query(scope))["page"], scope["path"]
{CONVERSATION_BY_HAND}"""


def conversations(server: Callable[..., Any] = at_once, where: str = "") -> Iterator[Operation]:
    """What is done on one open connection, many times."""
    for name, message, by_hand, by_class in (
        ("receive_text", TEXT, '(await receive())["text"]', "await websocket.receive_text()"),
        ("receive_bytes", BINARY, '(await receive())["bytes"]', "await websocket.receive_bytes()"),
        (
            *("send_text", TEXT, 'await send({"type": "websocket.send", "text": "Lily"})'),
            'await websocket.send_text("Lily")',
        ),
        (
            *("send_bytes", TEXT, 'await send({"type": "websocket.send", "bytes": b"Lily"})'),
            'await websocket.send_bytes(b"Lily")',
        ),
        ("iter_text, send_text", TEXT, ECHO_BY_HAND, ECHO),
    ):
        script = (CONNECT, *[message] * MESSAGES, LEFT)
        operation = Operation(f"{name}{where}", by_hand, by_class, ACCEPT, script, server, 1)
        looping = by_class is ECHO
        yield replace(
            operation,
            repeat=1 if looping else MESSAGES,
            operations=MESSAGES,
            litestar=ECHO.replace("iter_text()", 'iter_data("text")') if looping else None,
        )


def json_operations() -> Iterator[Operation]:
    """Messages of 30 bytes and of 2 kB, with our codec and with each that can replace it."""
    us = CONTESTANTS[US]
    yield from json_of("ORDER", ORDER, "30 B", 500, us)
    yield from json_of("ORDER", ORDER, "30 B, orjson", 500, FastWebSocket)
    yield from json_of("ORDER", ORDER, "30 B, msgspec", 500, OrderWebSocket)
    yield from json_of("ORDERS", ORDERS, "2 kB", 100, us)
    yield from json_of("ORDERS", ORDERS, "2 kB, orjson", 100, FastWebSocket)


def json_of(
    name: str, value: object, label: str, times: int, us: Callable[..., Any]
) -> Iterator[Operation]:
    text = json.dumps(value, separators=(",", ":"))
    script: tuple[Message, ...] = (CONNECT, *[{"type": "websocket.receive", "text": text}] * times)
    dumps = f'json.dumps({name}, separators=(",", ":"), ensure_ascii=False)'
    for verb, by_hand, by_class in (
        ("receive_json", 'json.loads((await receive())["text"])', "receive_json()"),
        (
            "send_json",
            f'await send({{"type": "websocket.send", "text": {dumps}}})',
            f"send_json({name})",
        ),
    ):
        operation = Operation(
            f"{verb}, {label}", by_hand, f"await websocket.{by_class}", ACCEPT, script
        )
        yield replace(operation, connections=1, repeat=times, operations=times, us=us)


def connection_operations() -> Iterator[Operation]:
    every = (CONNECT, TEXT) * CONNECTIONS
    connects = (CONNECT,) * CONNECTIONS
    yield Operation("WebSocket(...)", None, "cls(scope, receive, send)", ready=None)
    accepting = """await receive()
await send({"type": "websocket.accept", "subprotocol": None, "headers": []})"""
    made = "await cls(scope, receive, send).accept()"
    yield Operation("WebSocket(...), accept", accepting, made, None, connects)
    closing = 'await send({"type": "websocket.close", "code": 1000, "reason": ""})'
    yield Operation("close", closing, "await websocket.close()", ACCEPT, connects)
    yield Operation("a short connection", CONVERSATION_BY_HAND, CONVERSATION, None, every)
    yield Operation("the same, looked at", LOOKED_AT_BY_HAND, LOOKED_AT, None, every)


def lookups() -> Iterator[Operation]:
    names = ("origin", "user-agent", "authorization", "cookie", "sec-websocket-version")

    def headers(count: int) -> tuple[str, str]:
        by_hand = "; ".join(f"header(scope, b{name!r})" for name in names[:count])
        return by_hand, "; ".join(f"websocket.headers.get({name!r})" for name in names[:count])

    def again(operation: Operation) -> Operation:
        return replace(operation, repeat=5, operations=CONNECTIONS * 5)

    by_hand, by_class = headers(1)
    found = by_class.replace(".get('origin')", "['origin']")
    yield Operation("a header, first", by_hand, found)
    yield again(Operation("a header, again", by_hand, found, f"{found}; {found}"))
    for count in (2, 3, 5):
        yield Operation(f"{count} headers, first", *headers(count))
    yield again(Operation("5 headers, again", *headers(5), f"{headers(5)[1]}; {headers(5)[1]}"))
    yield Operation("url, first", "url(scope)", "websocket.url")
    parts = "websocket.url.path, websocket.url.port, websocket.url.scheme"
    by_hand = "parts = urlsplit(url(scope)); parts.path, parts.port, parts.scheme"
    yield Operation("url with three parts, first", by_hand, parts)
    yield again(Operation("url with three parts, again", by_hand, parts, parts))
    yield Operation("query_params, first", "query(scope)", "websocket.query_params")
    yield Operation("cookies, first", "cookies(scope)", "websocket.cookies")


def rows() -> Iterator[Row]:
    for operation in chain(
        *(connection_operations(), conversations(), conversations(over_queues, ", over queues")),
        *(json_operations(), lookups()),
    ):
        yield operation.row()
