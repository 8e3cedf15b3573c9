"""A client for WebSockets over HTTP/2 (RFC 8441), which no common client library offers yet."""

import socket
from collections.abc import Iterator

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RemoteSettingsChanged, ResponseReceived
from h2.exceptions import ProtocolError
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, TextMessage

from tests.servers.stacks import DEADLINE, HOST

STREAM = 1


def converse(port: int, target: str, *texts: str) -> list[str] | str:
    """What comes back for each of *texts*, then the close code; or why it cannot begin."""
    http = H2Connection(H2Configuration(client_side=True))
    frames = Connection(ConnectionType.CLIENT)
    with socket.create_connection((HOST, port), timeout=DEADLINE) as raw:

        def send(message: TextMessage | CloseConnection) -> None:
            http.send_data(STREAM, frames.send(message))
            raw.sendall(http.data_to_send())

        def messages() -> Iterator[str]:
            for event in incoming:
                if isinstance(event, DataReceived):
                    frames.receive_data(event.data)
                for message in frames.events():
                    if isinstance(message, CloseConnection):
                        yield f"closed with {message.code}"
                    elif isinstance(message, TextMessage):
                        yield message.data

        http.initiate_connection()
        raw.sendall(http.data_to_send())
        incoming = events(http, raw)
        try:
            next(event for event in incoming if isinstance(event, RemoteSettingsChanged))
        except ProtocolError:
            return "no HTTP/2"
        if not http.remote_settings.enable_connect_protocol:
            return "no WebSocket over HTTP/2"
        http.send_headers(
            STREAM,
            [
                (":method", "CONNECT"),
                (":protocol", "websocket"),
                (":scheme", "http"),
                (":path", target),
                (":authority", f"{HOST}:{port}"),
                ("sec-websocket-version", "13"),
            ],
        )
        raw.sendall(http.data_to_send())
        answer = next(event for event in incoming if isinstance(event, ResponseReceived))
        assert dict(answer.headers)[b":status"] == b"200"
        arriving, got = messages(), []
        for text in texts:
            send(TextMessage(data=text))
            got.append(next(arriving))
        send(CloseConnection(code=1000))
        return [*got, next(arriving)]


def events(http: H2Connection, raw: socket.socket) -> Iterator[Event]:
    while data := raw.recv(65_536):
        yield from http.receive_data(data)
        raw.sendall(http.data_to_send())
    raise ProtocolError("the server has hung up")
