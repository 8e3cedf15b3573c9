import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from redis.exceptions import RedisError

from docs_src.production.share_through_redis import connect
from docs_src.production.talk_through_a_hub import converse
from lilyaref import WebSocket
from lilyaref.routing import Router, WebSocketRoute

KEPT = 1000  # entries of a room
MEMBERS = 1000  # of this process: each holds a connection to Redis
BEGINNING = "0-0"


class History:
    """Rooms that remember: each is a Redis Stream."""

    def __init__(self) -> None:
        self.redis = connect(MEMBERS)

    async def publish(self, room: str, text: str) -> None:
        try:
            await self.redis.xadd(f"history:{room}", {"text": text}, maxlen=KEPT, approximate=False)
        except RedisError as error:
            raise ConnectionError("Redis has not taken the text.") from error

    async def after(self, room: str, last: str) -> AsyncIterator[str]:
        """Every entry after *last*; where some are missing, one that says so."""
        stream = f"history:{room}"
        while True:
            try:
                found: Any = await self.redis.xread({stream: last}, count=100, block=1000)
                known = last == BEGINNING or await self.redis.xrange(stream, last, last)
            except RedisError:
                return
            if not known:
                yield json.dumps({"missing": f"what came after {last}"})
                last, found = BEGINNING, []
            for _, entries in found:
                for last, fields in entries:
                    yield json.dumps({"id": last, **fields}, ensure_ascii=False)


async def talk(websocket: WebSocket) -> None:
    room = websocket.path_params["room"]
    last = websocket.query_params.get("last", BEGINNING)
    if re.fullmatch(r"[0-9]{1,19}-[0-9]{1,19}", last):  # what else it is, is refused
        await websocket.accept()
        history: History = websocket.state.history
        await converse(websocket, history.after(room, last), partial(history.publish, room))


@asynccontextmanager
async def lifespan(router: Router) -> AsyncIterator[dict[str, History]]:
    history = History()
    async with history.redis:
        yield {"history": history}


router = Router([WebSocketRoute("/rooms/{room}", talk)], lifespan=lifespan)
