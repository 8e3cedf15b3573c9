import pytest

from docs_src.testing.app import app
from lilyaref.testclient import AsyncTestClient


@pytest.mark.anyio
async def test_a_number_is_doubled() -> None:
    client = AsyncTestClient(app)
    async with client.websocket_connect("/double", params={"token": "lily"}) as session:
        await session.send_json(21)
        assert await session.receive_json() == 42
