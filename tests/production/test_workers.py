"""One command, four workers, one port."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL

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
    named,
)

pytestmark = pytest.mark.anyio

ENOUGH = 100
"""After so many times a dozen connections, a worker that has had none is not there."""


@contextmanager
def four_workers(stack: Stack, folder: Path) -> Iterator[Server]:
    require_redis()
    with RedisServer() as redis:
        environment = {"REDIS_URL": redis.url}
        server = Server(stack, folder, "tests.production.app:rooms", "--workers 4", environment)
        try:
            server.wait_for(lambda: listens(server.port), "the server")
            yield server
        finally:
            server.stop()


async def join_until(server: Server, room: list[Member], number: int) -> None:
    """Add one member at each worker that has none in *room*, until so many workers have one."""
    for _ in range(ENOUGH):
        for member in await asyncio.gather(*(come_back(server.port) for _ in range(12))):
            if member.worker in {other.worker for other in room}:
                await member.leave()
            else:
                room.append(member)
        if len(room) == number:
            return
    raise AssertionError(f"only {len(room)} workers have had a connection")


@pytest.mark.parametrize("stack", [HYPERCORN_ASYNCIO, GRANIAN], ids=named)
async def test_four_workers_on_one_port_are_one_room(stack: Stack, tmp_path: Path) -> None:
    with four_workers(stack, tmp_path) as server:
        room: list[Member] = []
        await join_until(server, room, 4)
        assert await each_hears_all(room, "all of us")
        for member in room:
            await member.leave()


async def test_uvicorn_replaces_a_worker_that_dies(tmp_path: Path) -> None:
    with four_workers(UVICORN_SANSIO, tmp_path) as server:
        room: list[Member] = []
        await join_until(server, room, 4)
        assert await each_hears_all(room, "all of us")

        unlucky = room.pop()
        os.kill(unlucky.worker, SIGKILL)
        assert await unlucky.has_gone() == CloseCode.ABNORMAL_CLOSURE
        assert await each_hears_all(room, "we who are left")

        await join_until(server, room, 4)
        assert await each_hears_all(room, "with a new one")

        server.process.terminate()
        assert {await member.has_gone() for member in room} == {CloseCode.SERVICE_RESTART}
        await asyncio.to_thread(server.process.wait, DEADLINE)
