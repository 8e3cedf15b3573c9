"""Behind a proxy that serves the application below a path of its own, routes find each other."""

from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.servers.stacks import GRANIAN, HOST, STACKS, Server, Stack, named

ROOT_PATH = "/garden"
OPTION = {GRANIAN: "--url-path-prefix"}  # elsewhere it is called as ASGI calls it
APP = "docs_src.routing.mount_a_router:router"


@pytest.mark.parametrize("stack", STACKS, ids=named)
def test_a_mounted_route_below_a_root_path_links_to_its_neighbours(
    stack: Stack, tmp_path: Path
) -> None:
    option = f"{OPTION.get(stack, '--root-path')} {ROOT_PATH}"
    server = Server(stack, tmp_path, APP, option)
    answers: list[str | bytes] = []

    def answers_now() -> bool:
        try:
            with connect(f"ws://{HOST}:{server.port}/chat/rooms/lilies", proxy=None) as client:
                answers.append(client.recv(timeout=10))
        except ConnectionRefusedError:
            return False
        return True

    try:
        server.wait_for(answers_now, "an answer")
    finally:
        server.stop()
    assert answers == [f"ws://{HOST}:{server.port}{ROOT_PATH}/chat/rooms/irises"]
