import logging
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from anyio import Event, create_task_group, move_on_after, sleep
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from docs_src.production.share_in_process import InProcessHub
from docs_src.production.talk_through_a_hub import talk
from lilyaref.routing import Router, WebSocketRoute

logger = logging.getLogger(__name__)
PATIENCE = 5.0  # seconds for Redis to answer
PAUSE = 1.0  # seconds until the next attempt
ONCE = Retry(NoBackoff(), 0)  # a second try could publish twice, or hide that texts are missing


def connect(connections: int) -> Redis:
    """Redis, with a limit to the connections and to every wait."""
    pool = BlockingConnectionPool.from_url(
        os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"),
        decode_responses=True,
        max_connections=connections,
        timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=ONCE,
    )
    return Redis.from_pool(pool)


class RedisHub:
    """Connects the members of all processes that share a Redis."""

    def __init__(self) -> None:
        self.redis = connect(20)
        self.connected = Event()
        self.here = InProcessHub()  # the members of this process
        self.here.end()

    async def publish(self, room: str, text: str) -> None:
        try:
            await self.redis.publish(f"room:{room}", text)
        except RedisError as error:
            raise ConnectionError("Redis has not taken the text.") from error

    def subscribe(self, room: str) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        return self.here.subscribe(f"room:{room}")

    async def listen(self) -> None:
        """Pass on what Redis says. When it breaks, end every subscription and begin again."""
        while True:
            try:
                async with self.redis.pubsub() as rooms:
                    await rooms.psubscribe("room:*")
                    while True:
                        await self.pass_on(await next_message(rooms))
            except Exception as error:  # a room that hears nothing must not seem alive
                logger.warning("Redis is lost: %r", error)
            self.here.end()
            await sleep(PAUSE)

    async def pass_on(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "psubscribe"}:  # from now on nothing is missed
                self.here.end()
                self.here = InProcessHub()
                self.connected.set()
            case {"type": "pmessage", "channel": room, "data": text}:
                await self.here.publish(room, text)


async def next_message(rooms: PubSub) -> dict[str, Any]:
    for _ in range(2):
        message: dict[str, Any] | None = await rooms.get_message(timeout=PATIENCE)
        if message:
            return message
        await rooms.ping()  # silence: is Redis still there?
    raise RedisError("Redis does not answer.")


@asynccontextmanager
async def lifespan(router: Router) -> AsyncIterator[dict[str, RedisHub]]:
    hub = RedisHub()
    async with hub.redis, create_task_group() as tasks:
        tasks.start_soon(hub.listen)
        with move_on_after(PATIENCE):
            await hub.connected.wait()
        yield {"hub": hub}
        tasks.cancel_scope.cancel()


router = Router([WebSocketRoute("/rooms/{room}", talk)], lifespan=lifespan)
