"""The room of docs_src/production/share_through_redis.py: real processes, a real Redis.

A text is acknowledged when its speaker hears it. What is promised of it: what anybody has heard
is the beginning of what the room has said, without a gap; who has not heard all of it has been
told so by the end of the connection.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from signal import SIGCONT, SIGSTOP

import pytest
from redis.asyncio import Redis

from lilyaref import CloseCode
from tests.production.cluster import Cluster
from tests.production.members import come_back, each_hears_all, members, talk
from tests.servers.stacks import DEADLINE, HOST

pytestmark = pytest.mark.anyio

REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: testserver\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
LOST = CloseCode.TRY_AGAIN_LATER
CLOSE = b"\x88\x02" + LOST.to_bytes(2)  # a frame of a server (RFC 6455 §5.5.1)


async def test_everybody_hears_everybody_in_the_same_order(rooms: Cluster) -> None:
    said = [[f"{name}: {number}" for number in range(25)] for name in range(8)]
    everything = [text for texts in said for text in texts]
    async with members(rooms.ports, each=2) as room:
        assert {member.worker for member in room} == {one.process.pid for one in rooms.workers}
        await asyncio.gather(*(one.say(*texts) for one, texts in zip(room, said, strict=True)))
        assert all([await member.hears(*everything) for member in room])
        assert all(member.heard == room[0].heard for member in room)
        assert sorted(room[0].heard) == sorted(everything)


async def test_texts_that_come_all_at_once_are_heard_by_everybody(rooms: Cluster) -> None:
    burst = [str(number) for number in range(2000)]
    async with Redis.from_url(rooms.redis.url) as redis, members(rooms.ports) as room:
        pipeline = redis.pipeline(transaction=False)
        for text in burst:
            pipeline.publish("room:garden", text)
        await pipeline.execute()
        assert all([await member.hears(*burst) for member in room])
        assert all(member.heard == burst for member in room)


async def test_rooms_do_not_hear_each_other(rooms: Cluster) -> None:
    async with (
        members(rooms.ports, room="lilies") as lilies,
        members(rooms.ports, room="roses") as roses,
    ):
        assert await each_hears_all(lilies, "a lily")
        assert await each_hears_all(roses, "a rose")
        assert {text.partition(",")[0] for text in lilies[0].heard} == {"a lily"}
        assert {text.partition(",")[0] for text in roses[0].heard} == {"a rose"}


async def test_if_redis_is_killed_everybody_is_told_and_nobody_has_a_gap(rooms: Cluster) -> None:
    async with members(rooms.ports, each=2) as room, asyncio.TaskGroup() as talking:
        for name, member in enumerate(room):
            talking.create_task(talk(member, name))
        await asyncio.gather(*(one.hears(f"{name}: 20") for one in room for name in range(8)))
        rooms.redis.kill()
        assert {await member.has_gone() for member in room} == {LOST}
    longest = max((member.heard for member in room), key=len)
    assert all(member.heard == longest[: len(member.heard)] for member in room)


async def test_while_redis_is_away_a_client_is_told_to_try_again_later(rooms: Cluster) -> None:
    rooms.redis.kill()
    async with members(rooms.ports) as early:
        assert {await member.has_gone() for member in early} == {LOST}
    async with members(rooms.ports) as late:  # by now each worker knows
        assert {await member.has_gone() for member in late} == {LOST}


async def test_when_redis_is_back_the_room_is_back(rooms: Cluster) -> None:
    rooms.redis.kill()
    async with members(rooms.ports) as room:
        assert {await member.has_gone() for member in room} == {LOST}
    rooms.redis.start()
    again = await asyncio.gather(*map(come_back, rooms.ports))
    assert await each_hears_all(again, "again")
    await asyncio.gather(*(member.leave() for member in again))


async def test_a_redis_that_stands_still_is_noticed(rooms: Cluster) -> None:
    async with members(rooms.ports, each=2) as room:
        assert await each_hears_all(room, "before")
        rooms.redis.process.send_signal(SIGSTOP)
        try:
            await room[0].say("Is anybody there?")
            assert {await member.has_gone() for member in room} == {LOST}
        finally:
            rooms.redis.process.send_signal(SIGCONT)
    again = await asyncio.gather(*map(come_back, rooms.ports))
    assert await each_hears_all(again, "again")
    await asyncio.gather(*(member.leave() for member in again))


async def test_who_says_what_redis_does_not_take_is_told(rooms: Cluster) -> None:
    async with Redis.from_url(rooms.redis.url) as redis, members(rooms.ports) as room:
        await redis.acl_setuser("default", enabled=True, commands=["-publish"])
        try:
            await room[0].say("Does anybody hear me?")
            assert await room[0].has_gone() == LOST
        finally:
            await redis.acl_setuser("default", enabled=True, commands=["+publish"])
        assert await each_hears_all(room[1:], "we do")
        assert "Does anybody hear me?" not in room[1].heard


async def lose_the_subscription(rooms: Cluster) -> None:
    async with Redis.from_url(rooms.redis.url) as redis:
        [first, *_] = await redis.client_list(_type="pubsub")
        await redis.client_kill_filter(_id=first["id"])


async def kill(rooms: Cluster) -> None:
    rooms.workers[0].process.kill()
    rooms.workers[0].process.wait()


async def restart(rooms: Cluster) -> None:
    rooms.workers[0].process.terminate()
    await asyncio.to_thread(rooms.workers[0].process.wait, DEADLINE)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lose_the_subscription, CloseCode.TRY_AGAIN_LATER),
        (kill, CloseCode.ABNORMAL_CLOSURE),
        (restart, CloseCode.SERVICE_RESTART),
    ],
)
async def test_what_ends_at_one_worker_ends_for_its_members_alone(
    rooms: Cluster, end: Callable[[Cluster], Awaitable[None]], code: CloseCode
) -> None:
    async with members(rooms.ports, each=2) as room, asyncio.TaskGroup() as tasks:
        talking = [tasks.create_task(talk(member, name)) for name, member in enumerate(room)]
        await asyncio.gather(*(one.hears(f"{name}: 20") for one in room for name in range(8)))
        await end(rooms)
        await asyncio.wait(talking, timeout=DEADLINE, return_when=asyncio.FIRST_COMPLETED)
        [worker] = {member.worker for member in room if member.over}
        gone = [member for member in room if member.worker == worker]
        stay = [member for member in room if member.worker != worker]
        assert [await member.has_gone() for member in gone] == [code, code]
        assert await each_hears_all(stay, "we are still here")
        for task in talking:
            task.cancel()
        await each_hears_all(stay, "and that is all")
        longest = max((member.heard for member in stay), key=len)
        assert all(member.heard == longest[: len(member.heard)] for member in room)


async def test_a_member_that_reads_nothing_holds_up_nobody(rooms: Cluster) -> None:
    texts = [f"{number} {'x' * 64_000}" for number in range(300)]  # more than sockets hold
    some = [texts[start : start + 20] for start in range(0, 300, 20)]
    async with members(rooms.ports, room="tulips") as room:
        silent = await asyncio.to_thread(handshake, rooms.ports[0], "/rooms/tulips")
        with silent:
            for part in some:  # who reads is never far behind
                await room[1].say(*part)
                assert all([await member.hears(*part) for member in room])
            told = await asyncio.to_thread(read_until, silent, CLOSE)
    assert len(told) < len("".join(texts))


def handshake(port: int, path: str) -> socket.socket:
    """A connection that reads nothing but the answer to its handshake."""
    raw = socket.create_connection((HOST, port), timeout=DEADLINE)
    raw.sendall(REQUEST.format(path=path).encode())
    with raw.makefile("rb", buffering=0) as answer:
        while answer.readline() != b"\r\n":
            pass
    return raw


def read_until(raw: socket.socket, end: bytes) -> bytes:
    """What has waited for the client, up to *end*."""
    read = b""
    while not read.endswith(end):
        data = raw.recv(1 << 20)
        assert data, "the connection has ended without a close frame"
        read += data
    return read
