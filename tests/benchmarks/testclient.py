"""How long a connection takes in a test: this test client beside Starlette's, in one run.

`make bench` installs the peers and prints the table. Rounds are interleaved, so that a busy machine
slows both sides of a ratio. The figures are medians of wall-clock time, which is what somebody
waits for; nothing asserts them.
"""

import asyncio
import gc
from collections.abc import Callable
from importlib.metadata import version
from statistics import median, quantiles
from time import perf_counter

from starlette.testclient import TestClient as Peer

from lilyaref.testclient import AsyncTestClient, TestClient
from lilyaref.types import Receive, Scope, Send

ROUNDS, CONNECTIONS = 21, 100


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Raw ASGI, so that no class stands between the clients."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def asynchronous(client: AsyncTestClient) -> None:
    async with client.websocket_connect("/") as session:
        await session.send_text("lily")
        assert await session.receive_text() == "lily"


def synchronous(client: TestClient) -> None:
    with client.websocket_connect("/") as session:
        session.send_text("lily")
        assert session.receive_text() == "lily"


def of_the_peer(client: Peer) -> None:
    with client.websocket_connect("/") as session:
        session.send_text("lily")
        assert session.receive_text() == "lily"


def seconds(connect: Callable[[], object]) -> float:
    begin = perf_counter()
    for _ in range(CONNECTIONS):
        connect()
    return (perf_counter() - begin) / CONNECTIONS


async def many(client: AsyncTestClient) -> float:
    begin = perf_counter()
    for _ in range(CONNECTIONS):
        await asynchronous(client)
    return (perf_counter() - begin) / CONNECTIONS


def main() -> None:
    ours, trios, peers = TestClient(echo), TestClient(echo, backend="trio"), Peer(echo)
    peer = f"Starlette {version('starlette')}"
    with asyncio.Runner() as runner:
        ways: dict[str, Callable[[], float]] = {
            peer: lambda: seconds(lambda: of_the_peer(peers)),
            "asynchronous": lambda: runner.run(many(AsyncTestClient(echo))),
            "synchronous": lambda: seconds(lambda: synchronous(ours)),
            "synchronous on trio": lambda: seconds(lambda: synchronous(trios)),
        }
        gc.freeze()
        rounds = [{way: measure() for way, measure in ways.items()} for _ in range(ROUNDS)]
    print(f"connect, one echo, close: wall clock, median of {ROUNDS} rounds, ratio in each round")
    for way in ways:
        ratios = [one[peer] / one[way] for one in rounds]
        low, _, high = quantiles(ratios, n=4)
        micro = median(one[way] for one in rounds) * 1e6
        print(f"{way:20} {micro:8.0f} µs   {median(ratios):6.1f}x  [{low:.1f}-{high:.1f}]")


if __name__ == "__main__":
    main()
