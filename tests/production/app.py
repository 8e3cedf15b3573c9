"""The programs of docs_src/production as these tests serve them."""

import os

from anyio import sleep_forever

from docs_src.production import replay_the_history, share_through_redis, talk_through_a_hub
from lilyaref import ASGIApp, Message, Receive, Scope, Send, WebSocket

# Nobody here waits as long as people do.
share_through_redis.PATIENCE = talk_through_a_hub.PATIENCE = 2.0
share_through_redis.PAUSE = 0.05
replay_the_history.KEPT = 200


def named(app: ASGIApp) -> ASGIApp:
    """Have each connection begin with the name of its process, whatever the server."""

    async def with_name(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_name_first(message: Message) -> None:
            await send(message)
            if message["type"] == "websocket.accept":
                await send({"type": "websocket.send", "text": str(os.getpid())})

        await app(scope, receive, send_name_first)

    return with_name


rooms = named(share_through_redis.router)
histories = named(replay_the_history.router)


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that works, and has no time to receive."""
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    await sleep_forever()
