from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import ClosedResourceError, WouldBlock, create_memory_object_stream
from anyio.lowlevel import checkpoint
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from docs_src.production.talk_through_a_hub import talk
from lilyaref.routing import Router, WebSocketRoute


class InProcessHub:
    """Connects the members that this process serves."""

    def __init__(self) -> None:
        self.rooms: dict[str, set[MemoryObjectSendStream[str]]] = {}  # a stream for each member
        self.over = False

    async def publish(self, room: str, text: str) -> None:
        for member in self.rooms.get(room, ()):
            try:
                member.send_nowait(text)
            except (WouldBlock, ClosedResourceError):  # a hundred texts behind
                member.close()
        await checkpoint()  # the members take it before the next one comes

    @asynccontextmanager
    async def subscribe(self, room: str) -> AsyncIterator[MemoryObjectReceiveStream[str]]:
        member, texts = create_memory_object_stream[str](100)
        members = self.rooms.setdefault(room, set())
        members.add(member)
        with member, texts:
            if self.over:
                member.close()
            try:
                yield texts
            finally:
                members.remove(member)
                if not members:
                    del self.rooms[room]

    def end(self) -> None:
        """End every subscription, and those that are still to come."""
        self.over = True
        for members in self.rooms.values():
            for member in members:
                member.close()


@asynccontextmanager
async def lifespan(router: Router) -> AsyncIterator[dict[str, InProcessHub]]:
    yield {"hub": InProcessHub()}


router = Router([WebSocketRoute("/rooms/{room}", talk)], lifespan=lifespan)
