"""What the hub of docs_src/production promises without a server."""

import anyio
import pytest

from docs_src.production import talk_through_a_hub
from docs_src.production.share_in_process import InProcessHub
from docs_src.production.talk_through_a_hub import talk
from lilyaref import Message, WebSocket

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_a_client_that_takes_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_through_a_hub, "PATIENCE", 0.05)
    hub, accepted = InProcessHub(), anyio.Event()
    sent: list[str] = []

    async def receive() -> Message:
        if accepted.is_set():
            await anyio.sleep_forever()
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message["type"])
        if message["type"] == "websocket.accept":
            accepted.set()
        else:
            await anyio.sleep_forever()

    scope = {"type": "websocket", "state": {"hub": hub}, "path_params": {"room": "garden"}}
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk, WebSocket(scope, receive, send))
            await accepted.wait()
            await hub.publish("garden", "Hello")
    assert sent == ["websocket.accept", "websocket.send", "websocket.close"]
    assert hub.rooms == {}


async def test_a_hub_that_is_over_takes_no_new_member() -> None:
    hub = InProcessHub()
    async with hub.subscribe("garden") as early:
        hub.end()
        async with hub.subscribe("garden") as late:
            assert [text async for text in early] == [text async for text in late] == []


async def test_who_falls_behind_keeps_what_was_said_before() -> None:
    hub = InProcessHub()
    async with hub.subscribe("garden") as slow, hub.subscribe("garden") as quick:
        for number in range(101):
            await hub.publish("garden", str(number))
            assert await quick.receive() == str(number)
        assert [text async for text in slow] == [str(number) for number in range(100)]
        await hub.publish("garden", "Goodbye")
        assert await quick.receive() == "Goodbye"
