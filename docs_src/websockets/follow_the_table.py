from lilyaref.lifecycle import SEND, WebSocketState, step


def states(*types: str) -> list[str]:
    state = WebSocketState.CONNECTING
    names = [state.name]
    for kind in types:
        state = step(SEND, state, {"type": kind})
        names.append(state.name)
    return names
