from lilyaref.lifecycle import RECEIVE, SEND, diagram


def receiving() -> str:
    return diagram(RECEIVE)


def sending() -> str:
    return diagram(SEND)
