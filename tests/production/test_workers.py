"""One command, four workers, one port."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

import pytest

from lilyaref import CloseCode
from tests.production.members import Member, come_back, each_hears_all
from tests.redis_server import RedisServer, require_redis
from tests.servers.stacks import (
    DEADLINE,
    GRANIAN,
    HYPERCORN_ASYNCIO,
    UVICORN_SANSIO,
    Server,
    Stack,
    listens,
)

pytestmark = pytest.mark.anyio

PATIENT = "--timeout-worker-healthcheck 60"
"""For uvicorn, so that it does not replace a worker that is stopped for a moment."""


@contextmanager
def four_workers(stack: Stack, folder: Path, options: str = "") -> Iterator[Server]:
    require_redis()
    with RedisServer() as redis:
        environment = {"REDIS_URL": redis.url}
        app, options = "tests.production.app:rooms", f"--workers 4 {options}"
        server = Server(stack, folder, app, options, environment)
        try:
            server.wait_for(lambda: listens(server.port), "the server")
            yield server
        finally:
            server.stop()


async def join_each(server: Server, room: list[Member]) -> None:
    """Have a member at each of the four workers in *room*.

    They take connections from one queue, and one of them may always be the first. So each that has
    its member is stopped until all have one.
    """
    try:
        for member in room:
            os.kill(member.worker, SIGSTOP)
        while len(room) < 4:
            member = await come_back(server.port)
            room.append(member)
            os.kill(member.worker, SIGSTOP)
    finally:
        for member in room:
            os.kill(member.worker, SIGCONT)


async def join_each_by_chance(server: Server, room: list[Member]) -> None:
    """The same where each worker has a queue of its own, and a connection comes to any of them."""
    async with asyncio.timeout(3 * DEADLINE):
        while len(room) < 4:
            for member in await asyncio.gather(*(come_back(server.port) for _ in range(12))):
                if member.worker in {other.worker for other in room}:
                    await member.leave()
                else:
                    room.append(member)


@pytest.mark.parametrize(
    ("stack", "join"),
    [(HYPERCORN_ASYNCIO, join_each), (GRANIAN, join_each_by_chance)],
    ids=["hypercorn", "granian"],
)
async def test_four_workers_on_one_port_are_one_room(
    stack: Stack, join: Callable[[Server, list[Member]], Awaitable[None]], tmp_path: Path
) -> None:
    with four_workers(stack, tmp_path) as server:
        room: list[Member] = []
        await join(server, room)
        assert len({member.worker for member in room}) == 4
        assert await each_hears_all(room, "all of us")
        for member in room:
            await member.leave()


async def test_uvicorn_replaces_a_worker_that_dies(tmp_path: Path) -> None:
    with four_workers(UVICORN_SANSIO, tmp_path, PATIENT) as server:
        room: list[Member] = []
        await join_each(server, room)
        assert len({member.worker for member in room}) == 4
        assert await each_hears_all(room, "all of us")

        unlucky = room.pop()
        os.kill(unlucky.worker, SIGKILL)
        assert await unlucky.has_gone() == CloseCode.ABNORMAL_CLOSURE
        assert await each_hears_all(room, "we who are left")

        def replaced() -> bool:
            return server.log.read_text("utf-8").count("Application startup complete.") == 5

        await asyncio.to_thread(server.wait_for, replaced, "another worker", 6 * DEADLINE)
        await join_each(server, room)
        assert await each_hears_all(room, "with a new one")

        server.process.terminate()
        assert {await member.has_gone() for member in room} == {CloseCode.SERVICE_RESTART}
        await asyncio.to_thread(server.process.wait, DEADLINE)
