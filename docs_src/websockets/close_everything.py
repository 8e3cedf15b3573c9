from lilyaref.codes import CloseCode
from lilyaref.websockets import WebSocketClose

app = WebSocketClose(code=CloseCode.GOING_AWAY, reason="Moved to another garden")
