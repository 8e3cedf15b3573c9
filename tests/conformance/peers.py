"""The frameworks of the report, and where one of them spells differently what it can do.

An adapter makes a call arrive; it never changes what comes of it.
"""

import importlib
import sys
from collections.abc import Mapping
from typing import Any

# The name in the report, and the class; the distribution is called like its package.
PEERS = {
    "lilyaref": "lilyaref.websockets:WebSocket",
    "Starlette": "starlette.websockets:WebSocket",
    "FastAPI": "fastapi:WebSocket",
    "Lilya": "lilya.websockets:WebSocket",
    "Yaat": "yaat.websockets:WebSocket",
}


def yaat(kind: Any) -> Any:
    """Yaat says `mode="bytes"` for binary JSON, and `server_state` for `application_state`."""
    modes = {"binary": "bytes"}

    async def send_json(self: Any, data: Any, mode: str = "text") -> None:
        await kind.send_json(self, data, mode=modes.get(mode, mode))

    async def receive_json(self: Any, mode: str = "text") -> Any:
        return await kind.receive_json(self, mode=modes.get(mode, mode))

    spelling = {
        "__module__": kind.__module__,
        "send_json": send_json,
        "receive_json": receive_json,
        "application_state": property(lambda self: self.server_state),
    }
    return type(kind.__name__, (kind,), spelling)


ADAPTERS = {"yaat.websockets": yaat}


def all_values(values: Mapping[str, str], name: str) -> list[str]:
    """Every value under a name: `getall` in multidict and Lilya, `getlist` in Starlette."""
    get: Any = getattr(values, "getall", None) or values.getlist  # type: ignore[attr-defined]
    return list(get(name))


def load(spec: str) -> Any:
    """The class that *spec*, such as `starlette.websockets:WebSocket`, names.

    Raises:
        ValueError: there is none; the text is one line that says why.
    """
    module, _, name = spec.partition(":")
    if not module or not name:
        raise ValueError(f"{spec!r} is not of the form module:Class.")
    try:
        kind = getattr(importlib.import_module(module), name)
    except BaseException as error:
        words = " ".join(str(error).split())
        raise ValueError(f"{spec} cannot be imported: {type(error).__name__}: {words}") from error
    if not callable(kind):
        raise ValueError(f"{spec} is no class: {type(kind).__name__} cannot be called.")
    return ADAPTERS.get(getattr(kind, "__module__", ""), lambda kind: kind)(kind)


def its_own(kind: Any, name: str) -> Any:
    """What the module of *kind*, or of a class that it extends, calls *name*; None if nothing."""
    modules = [sys.modules.get(base.__module__) for base in getattr(kind, "__mro__", (kind,))]
    found = (vars(module).get(name) for module in modules if module is not None)
    return next((thing for thing in found if thing is not None), None)
