import asyncio
from collections.abc import Iterator

import pytest

from tests.production.cluster import Cluster, cluster
from tests.production.members import come_back
from tests.redis_server import require_redis


@pytest.fixture(scope="session")
def every_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    require_redis()
    with cluster(tmp_path_factory.mktemp("rooms"), "rooms", 4) as running:
        yield running


@pytest.fixture
async def rooms(every_room: Cluster) -> Cluster:
    """Four workers that serve docs_src/production/share_through_redis.py, all of them well."""
    every_room.complete()
    for member in await asyncio.gather(*map(come_back, every_room.ports)):
        await member.leave()
    return every_room


@pytest.fixture(scope="session")
def every_history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    require_redis()
    kept = ("--appendonly", "yes", "--appendfsync", "always")
    with cluster(tmp_path_factory.mktemp("histories"), "histories", 2, *kept) as running:
        yield running


@pytest.fixture
def histories(every_history: Cluster) -> Cluster:
    """Two workers that serve docs_src/production/replay_the_history.py; their Redis keeps it."""
    every_history.complete()
    return every_history


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The client of Redis and that of these tests know asyncio alone."""
    return "asyncio"
