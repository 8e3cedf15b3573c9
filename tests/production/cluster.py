"""Several workers that share a Redis, each on a port of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.redis_server import RedisServer
from tests.servers.stacks import UVICORN_SANSIO, Server

APPS = "tests.production.app"


class Cluster:
    """Workers and their Redis; a test may end any of them.

    Args:
        redis: what the workers share.
        folder: for their logs.
        app: what they serve, a name in `tests.production.app`.
        size: how many there are.
    """

    def __init__(self, redis: RedisServer, folder: Path, app: str, size: int) -> None:
        self.redis, self.folder, self.app, self.size = redis, folder, app, size
        self.workers: list[Server] = []

    def worker(self, options: str = "") -> Server:
        """One more worker. A client may connect at once: it waits until the worker is ready."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        environment = {"REDIS_URL": self.redis.url}
        return Server(UVICORN_SANSIO, folder, f"{APPS}:{self.app}", options, environment)

    def complete(self) -> None:
        """Start what has ended."""
        if self.redis.process.poll() is not None:
            self.redis.start()
        for gone in [one for one in self.workers if one.process.poll() is not None]:
            gone.stop()
            self.workers.remove(gone)
        while len(self.workers) < self.size:
            self.workers.append(self.worker())

    @property
    def ports(self) -> list[int]:
        return [worker.port for worker in self.workers]

    def stop(self) -> None:
        for worker in self.workers:
            worker.process.terminate()  # all at once; then one by one
        for worker in self.workers:
            worker.stop()


@contextmanager
def cluster(folder: Path, app: str, size: int, *options: str) -> Iterator[Cluster]:
    """A cluster whose Redis is started with *options*."""
    with RedisServer(*options) as redis:
        running = Cluster(redis, folder, app, size)
        try:
            running.complete()
            yield running
        except BaseException as error:
            for worker in running.workers:
                error.add_note(worker.log.read_text("utf-8", "replace"))
            raise
        finally:
            running.stop()
