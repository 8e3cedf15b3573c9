from lilyaref import URL, Address, CloseCode, Connection, Headers, Message, QueryParams, State
from lilyaref.exceptions import WebSocketDisconnected

url = URL("wss://lily@example.com/chat?room=irises")
headers = Headers([(b"Accept", b"text/html"), (b"accept", b"text/plain")])
params = QueryParams("room=irises&room=lilies")
state = State({"visits": 1})
client = Address("192.0.2.1", 50000)
connection = Connection({"type": "websocket", "path": "/chat"})
message: Message = {"type": "websocket.close", "code": CloseCode.GOING_AWAY}
error = WebSocketDisconnected(1001, "tab closed", "The client has left before the answer.")
