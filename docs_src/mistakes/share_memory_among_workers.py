from docs_src.production.share_in_process import router
from lilyaref.testclient import ConversationTimeout, TestClient


def talk_across_workers() -> None:
    with TestClient(router) as one, TestClient(router) as another:  # a hub in each
        lilies = one.websocket_connect("/rooms/garden")
        roses = another.websocket_connect("/rooms/garden")
        with lilies as lily, roses as rose:
            lily.send_text("Do you hear me?")
            print("Lily hears:", lily.receive_text())
            try:
                print("Rose hears:", rose.receive_text(timeout=0.1))
            except ConversationTimeout as error:
                print("Rose hears:", str(error).splitlines()[0])
