"""Members of a room, as clients of real servers: what each has heard, and how its time ended."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.servers.stacks import DEADLINE, HOST


class Member:
    """One client in a room. It listens from the beginning, and says what it is told to say.

    Args:
        connection: to the room.
        worker: the process that serves it.
    """

    def __init__(self, connection: ClientConnection, worker: int) -> None:
        self.connection, self.worker = connection, worker
        self.heard: list[str] = []
        self._known: set[str] = set()
        self.over = False
        self._news = asyncio.Condition()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def join(cls, port: int, room: str = "garden", last: str = "0-0") -> Self:
        """Open a connection to the worker at *port*; whether it stays open will be seen."""
        url = f"ws://{HOST}:{port}/rooms/{room}?last={last}"
        connection = await connect(
            url, proxy=None, max_size=None, compression=None, close_timeout=2, open_timeout=DEADLINE
        )
        return cls(connection, worker=int(await connection.recv()))

    @staticmethod
    def words(text: str) -> str:
        """What somebody said, out of what is heard."""
        return text

    async def say(self, *texts: str) -> None:
        """Send *texts*; a connection that ends meanwhile shows in what is heard."""
        with suppress(ConnectionClosed):
            for text in texts:
                await self.connection.send(text)

    async def hears(self, *texts: str) -> bool:
        """Wait until all of *texts* are heard; False if the end comes first."""
        missing = {*texts}

        def done() -> bool:
            missing.difference_update(self._known)
            return self.over or not missing

        await self._until(done, f"{len(missing)} texts, such as {texts[0]!r},")
        return not missing

    async def has_gone(self) -> int | None:
        """Wait for the end, and tell the close code; 1006 if none came."""
        await self._until(lambda: self.over, "the end")
        return self.connection.close_code

    async def leave(self) -> None:
        await self.connection.close()
        await self._listening

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                text = str(await self.connection.recv())
                async with self._news:
                    self.heard.append(text)
                    self._known.add(self.words(text))
                    self._news.notify_all()
        async with self._news:
            self.over = True
            self._news.notify_all()

    async def _until(self, done: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE), self._news:
                await self._news.wait_for(done)
        except TimeoutError:
            raise AssertionError(f"{what} did not come; last: {self.heard[-3:]}") from None


class Reader(Member):
    """A member of a room with a history, which tells everything as an entry with an id."""

    @staticmethod
    def words(text: str) -> str:
        return str(json.loads(text).get("text"))

    @property
    def entries(self) -> list[dict[str, str]]:
        return [json.loads(text) for text in self.heard]

    @property
    def last(self) -> str:
        return self.entries[-1]["id"]


@asynccontextmanager
async def members(ports: Iterable[int], each: int = 1, **where: str) -> AsyncIterator[list[Member]]:
    """So many members at each worker; they leave at the end."""
    joining = (Member.join(port, **where) for port in ports for _ in range(each))
    joined = await asyncio.gather(*joining)
    try:
        yield joined
    finally:
        await asyncio.gather(*(member.leave() for member in joined))


async def come_back(port: int, room: str = "garden") -> Member:
    """Join again and again, as a client does that is told to try again later."""
    deadline = asyncio.get_running_loop().time() + DEADLINE
    for attempt in count():
        member = await Member.join(port, room)
        hello = f"{port} is back, attempt {attempt}"
        await member.say(hello)
        if await member.hears(hello):
            break
        assert asyncio.get_running_loop().time() < deadline, "the room has not come back"
        await asyncio.sleep(0.01)
    return member


async def each_hears_all(room: list[Member], what: str) -> bool:
    """Whether each member hears what each member says now."""
    texts = [f"{what}, says {number}" for number, _ in enumerate(room)]
    await asyncio.gather(*(member.say(text) for member, text in zip(room, texts, strict=True)))
    return all(await asyncio.gather(*(member.hears(*texts) for member in room)))


async def talk(member: Member, name: int) -> None:
    """Say one text after the other, each when the one before is acknowledged, until the end."""
    for number in count():
        text = f"{name}: {number}"
        await member.say(text)
        if not await member.hears(text):
            return
