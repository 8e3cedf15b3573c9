"""What a conversation costs in a test: wall-clock time, which is what somebody waits for.

The application is raw ASGI, so that no class stands between the clients. Starlette's is the client
with a thread and a portal for each connection; each client is kept, as a test suite does.
"""

import asyncio
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from lilya.testclient import TestClient as LilyaClient
from starlette.testclient import TestClient as StarletteClient

from lilyaref.testclient import AsyncTestClient, TestClient
from lilyaref.types import Receive, Scope, Send
from tests.benchmarks.rounds import US, Measure, Row, compare

CONNECTIONS, MESSAGES = 40, 200


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


def seconds(work: Callable[[], object], operations: int) -> float:
    begin = perf_counter()
    work()
    return (perf_counter() - begin) / operations * 1e6


def connecting(client: Any) -> Measure:
    def work() -> None:
        for _ in range(CONNECTIONS):
            with client.websocket_connect("/") as session:
                session.send_text("lily")
                assert session.receive_text() == "lily"

    return lambda: seconds(work, CONNECTIONS)


def talking(client: Any) -> Measure:
    def work(session: Any) -> None:
        for _ in range(MESSAGES):
            session.send_text("lily")
            assert session.receive_text() == "lily"

    def measure() -> float:
        with client.websocket_connect("/") as session:
            return seconds(lambda: work(session), MESSAGES)

    return measure


async def connect_asynchronously(client: AsyncTestClient) -> float:
    begin = perf_counter()
    for _ in range(CONNECTIONS):
        async with client.websocket_connect("/") as session:
            await session.send_text("lily")
            assert await session.receive_text() == "lily"
    return (perf_counter() - begin) / CONNECTIONS * 1e6


async def talk_asynchronously(client: AsyncTestClient) -> float:
    async with client.websocket_connect("/") as session:
        begin = perf_counter()
        for _ in range(MESSAGES):
            await session.send_text("lily")
            assert await session.receive_text() == "lily"
        return (perf_counter() - begin) / MESSAGES * 1e6


def rows(rounds: int = 21) -> Iterator[Row]:
    client = TestClient(echo)
    peers = {"Starlette": StarletteClient(echo), "Lilya": LilyaClient(echo)}
    faces: dict[str, tuple[Measure, Measure]]
    with asyncio.Runner() as runner:
        faces = {
            "test client": (connecting(client), talking(client)),
            "asynchronous test client": (
                lambda: runner.run(connect_asynchronously(AsyncTestClient(echo))),
                lambda: runner.run(talk_asynchronously(AsyncTestClient(echo))),
            ),
        }
        for face, (connect, talk) in faces.items():
            for what, ours, of in (
                ("connect, echo, close", connect, connecting),
                ("echo", talk, talking),
            ):
                ways = {US: ours} | {name: of(peer) for name, peer in peers.items()}
                yield compare(f"{face}: {what}", ways, unit="µs", reference=US, rounds=rounds)
