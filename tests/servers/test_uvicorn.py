"""One program of docs_src behind uvicorn, in a process of its own, with a real client."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module", params=["echo", "say_hello"])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a uvicorn that serves the program; a client waits in the socket's queue."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = f"docs_src.websockets.{request.param}:app"
    command = [sys.executable, "-m", "uvicorn", app, "--fd", str(listening.fileno())]
    process = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()])
    port = listening.getsockname()[1]
    listening.close()  # ours: if the server dies, a client is refused instead of waiting for ever
    yield f"ws://127.0.0.1:{port}/"
    process.terminate()
    process.wait(10)


@pytest.mark.parametrize("server", ["echo"], indirect=True)
def test_the_first_program_answers_a_real_client_as_its_transcript_says(server: str) -> None:
    with connect(server, open_timeout=10, proxy=None) as client:
        for text in ("Hello", "Goodbye"):
            client.send(text)
            assert client.recv(timeout=10) == f"You said: {text}"


@pytest.mark.parametrize("server", ["say_hello"], indirect=True)
def test_the_program_of_the_first_lesson_says_hello_and_closes(server: str) -> None:
    with connect(server, open_timeout=10, proxy=None) as client:
        assert client.recv(timeout=10) == "Hello, WebSocket!"
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1000
