"""The room of docs_src/production/replay_the_history.py: real processes, a Redis that keeps it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from lilyaref import CloseCode
from tests.production.cluster import Cluster
from tests.production.members import Reader, talk

pytestmark = pytest.mark.anyio

KEPT = 200
"""Entries that the application of these tests keeps."""


@asynccontextmanager
async def reading(port: int, room: str, last: str = "0-0") -> AsyncIterator[Reader]:
    reader = await Reader.join(port, room, last)
    try:
        yield reader
    finally:
        await reader.leave()


async def test_who_comes_back_misses_nothing_though_redis_was_killed(histories: Cluster) -> None:
    ports = histories.ports * 2
    before = await asyncio.gather(*(Reader.join(port, "lilies") for port in ports))
    async with asyncio.TaskGroup() as talking:
        for name, reader in enumerate(before):
            talking.create_task(talk(reader, name))
        await asyncio.gather(*(one.hears(f"{name}: 5") for one in before for name in range(4)))
        histories.redis.kill()
        gone = {await reader.has_gone() for reader in before}
    assert gone == {CloseCode.TRY_AGAIN_LATER}

    histories.redis.start()
    after = [
        await Reader.join(port, "lilies", reader.last)
        for port, reader in zip(ports, before, strict=True)
    ]
    await after[0].say("We are back")
    assert all([await reader.hears("We are back") for reader in after])
    heard = [one.heard + two.heard for one, two in zip(before, after, strict=True)]
    assert all(texts == heard[0] for texts in heard)
    assert len({*heard[0]}) == len(heard[0])
    await asyncio.gather(*(reader.leave() for reader in after))


async def test_what_was_said_while_somebody_was_away_is_replayed(histories: Cluster) -> None:
    one, another = histories.ports
    async with reading(one, "roses") as ana:
        async with reading(another, "roses") as rui:
            await ana.say("Hello, Rui")
            assert await rui.hears("Hello, Rui")
        await ana.say("Are you there?", "Rui?")
        assert await ana.hears("Rui?")
        async with reading(one, "roses", rui.last) as rui:
            assert await rui.hears("Rui?")
            assert rui.heard == ana.heard[1:]


@pytest.mark.parametrize("number", [KEPT - 1, KEPT])
async def test_a_gap_in_the_history_is_told(histories: Cluster, number: int) -> None:
    one, another = histories.ports
    room = f"tulips{number}"
    texts = [str(n) for n in range(number)]
    async with reading(one, room) as ana:
        await ana.say("Hello")
        assert await ana.hears("Hello")
    async with reading(another, room) as rui:
        await rui.say(*texts)
        assert await rui.hears(*texts)
    async with reading(one, room, ana.last) as again:
        assert await again.hears(*texts)
    told = [{"missing": f"what came after {ana.last}"}] if number == KEPT else []
    assert again.entries == told + rui.entries[-number:]


async def test_a_history_that_redis_has_lost_is_told(histories: Cluster) -> None:
    async with reading(histories.ports[0], "asters") as ana:
        await ana.say("Remember this")
        assert await ana.hears("Remember this")
        histories.redis.kill()
        await ana.has_gone()
    shutil.rmtree(histories.redis.folder / "appendonlydir")
    histories.redis.start()
    async with reading(histories.ports[0], "asters", ana.last) as again:
        await again.say("What was it?")
        assert await again.hears("What was it?")
    assert again.entries[0] == {"missing": f"what came after {ana.last}"}
    assert [json.loads(text).get("text") for text in again.heard[1:]] == ["What was it?"]
