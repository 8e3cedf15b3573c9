"""The shapes of ASGI, named once."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
"""What is known when the connection begins (ASGI, "Connection Scope")."""

Message: TypeAlias = MutableMapping[str, Any]
"""One event between server and application: a mapping with a `type` (ASGI, "Events")."""

Receive: TypeAlias = Callable[[], Awaitable[Message]]
"""Waits for the next message from the server."""

Send: TypeAlias = Callable[[Message], Awaitable[None]]
"""Hands one message to the server."""

ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
"""Everything that answers connections: an application, a middleware, a response."""
