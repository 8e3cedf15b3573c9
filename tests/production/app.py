"""The programs of docs_src/production as these tests serve them: each accept names its process."""

import os

from anyio import sleep_forever

from docs_src.production import replay_the_history, share_through_redis, talk_through_a_hub
from lilyaref import ASGIApp, Message, Receive, Scope, Send, WebSocket

# Nobody here waits as long as people do.
share_through_redis.PATIENCE = talk_through_a_hub.PATIENCE = 2.0
share_through_redis.PAUSE = 0.05
replay_the_history.KEPT = 200


def named(app: ASGIApp) -> ASGIApp:
    async def with_name(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_name(message: Message) -> None:
            if message["type"] == "websocket.accept":
                name = (b"x-worker", str(os.getpid()).encode())
                message = {**message, "headers": [*message["headers"], name]}
            await send(message)

        await app(scope, receive, send_with_name)

    return with_name


rooms = named(share_through_redis.router)
histories = named(replay_the_history.router)


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that works, and has no time to receive."""
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await sleep_forever()
