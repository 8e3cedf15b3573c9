from lilyaref.codes import CloseCode


def sendable() -> list[str]:
    return [f"{code:d} {code.name}" for code in CloseCode if code.sendable]


def only_received() -> list[str]:
    return [f"{code:d} {code.name}" for code in CloseCode if not code.sendable]
