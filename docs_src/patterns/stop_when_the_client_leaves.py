import anyio

from lilyaref.routing import Router
from lilyaref.websockets import WebSocket

app = Router()


@app.websocket_route("/")
async def watch(websocket: WebSocket) -> None:
    await websocket.accept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tell_the_news, websocket)
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass  # a message that nobody asked for
        tasks.cancel_scope.cancel()
    print(f"The client has left: {websocket.close_code}")


async def tell_the_news(websocket: WebSocket) -> None:
    await websocket.send_text("The lilies are in flower")
    await anyio.sleep_forever()  # until there is more to tell
