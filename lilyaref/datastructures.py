"""Plain values that a connection is made of: its URL, cookies, state and address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex, TypeAlias, cast, overload

if TYPE_CHECKING:
    from urllib.parse import SplitResult

# With this table a plain host (no port, no brackets; RFC 3986 §3.2.2) becomes alphanumeric.
HOST_AS_LETTERS = bytes.maketrans(b"-._~", b"aaaa")
WHITE = " \t\n\r\v\f\x1c\x1d\x1e\x1f"  # what strip() takes off a text in ASCII
SECURE_SCHEMES = frozenset({"wss", "https"})
PLAIN_SCHEMES = frozenset({"ws", "http", *SECURE_SCHEMES})

Parts: TypeAlias = tuple[str, str, str, str, str]


class Address(NamedTuple):
    """One end of the connection."""

    host: str
    port: int


class URL(str):
    """A URL that is a `str` and also knows its parts.

    >>> url = URL("ws://example.com:123/chat?room=lily")
    >>> url.path, url.port, url.query
    ('/chat', 123, 'room=lily')
    >>> url.startswith("ws:"), url.replace(path="/talk")
    (True, URL('ws://example.com:123/talk?room=lily'))

    Source: RFC 3986 §3; RFC 6455 §3 for `ws` and `wss`.
    """

    _parts: Parts | None = None  # a SplitResult as soon as somebody wants one

    @property
    def components(self) -> SplitResult:
        """The five parts as `urllib.parse.urlsplit` gives them."""
        parts = self._parts or self._take_apart()
        if type(parts) is tuple:
            import urllib.parse  # late: most connections never look

            parts = self._parts = urllib.parse.SplitResult(*parts)
        return cast("SplitResult", parts)

    def _take_apart(self) -> Parts:
        parts = _plain_parts(self)
        if parts is None:
            import urllib.parse

            parts = urllib.parse.urlsplit(str(self))
        self._parts = parts
        return parts

    @property
    def scheme(self) -> str:
        """`ws` or `wss`, or what else stands before the colon."""
        return (self._parts or self._take_apart())[0]

    @property
    def netloc(self) -> str:
        """Host and port, with user name and password where there are any."""
        return (self._parts or self._take_apart())[1]

    @property
    def hostname(self) -> str | None:
        """The host in lower case, without brackets."""
        return self.components.hostname

    @property
    def port(self) -> int | None:
        """The port if the URL names one, else None.

        Raises:
            ValueError: the URL names a port that is none. A connection's own URL never does.
        """
        return self.components.port

    @property
    def path(self) -> str:
        """The path, percent-encoded as it travelled; `scope["path"]` is the decoded one."""
        return (self._parts or self._take_apart())[2]

    @property
    def query(self) -> str:
        """What follows the `?`, still encoded."""
        return (self._parts or self._take_apart())[3]

    @property
    def fragment(self) -> str:
        """What follows the `#`; a client never sends one."""
        return (self._parts or self._take_apart())[4]

    @property
    def username(self) -> str | None:
        """The user name, if there is one."""
        return self.components.username

    @property
    def password(self) -> str | None:
        """The password, if there is one; `repr(url)` hides it."""
        return self.components.password

    @property
    def is_secure(self) -> bool:
        """Whether the scheme is `wss` or `https`."""
        return self.scheme in SECURE_SCHEMES

    @overload
    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> str: ...

    @overload
    def replace(self, **components: str | int | None) -> URL: ...

    def replace(self, *args: Any, **components: Any) -> Any:
        """Another URL with some components replaced; positional arguments are those of `str`.

        Args:
            components: `scheme`, `netloc`, `path`, `query`, `fragment`, or the parts of `netloc`:
                `username`, `password`, `hostname`, `port`. None removes one.

        >>> URL("ws://a:8000/x").replace(scheme="wss", port=None)
        URL('wss://a/x')
        >>> URL("ws://a/x").replace("a", "b")
        'ws://b/x'

        Raises:
            TypeError: a component of another name.
        """
        if args:
            return super().replace(*args, **components)
        unknown = components.keys() - COMPONENTS
        if unknown:
            raise TypeError(f"A URL has no {min(unknown)!r}. It has {', '.join(COMPONENTS)}.")
        authority = {key: components.pop(key) for key in AUTHORITY if key in components}
        if authority:
            components.setdefault("netloc", self._netloc(authority))
        return self._with(**{key: value or "" for key, value in components.items()})

    def _netloc(self, changed: Mapping[str, Any]) -> str:
        parts = {name: getattr(self, name) for name in AUTHORITY} | dict(changed)
        host = parts["hostname"] or ""
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        if parts["port"] is not None:
            host = f"{host}:{parts['port']}"
        if parts["username"] is None:
            return host
        password = "" if parts["password"] is None else f":{parts['password']}"
        return f"{parts['username']}{password}@{host}"

    def include_query_params(self, **params: Any) -> URL:
        """Another URL whose query has *params*, each in place of what it had under that name.

        >>> URL("ws://a/?page=1&size=9").include_query_params(page=2)
        URL('ws://a/?size=9&page=2')
        """
        return self._with_query([*self._query_without(params), *params.items()])

    def replace_query_params(self, **params: Any) -> URL:
        """Another URL whose query is *params* and nothing else.

        >>> URL("ws://a/?page=1&size=9").replace_query_params(page=2)
        URL('ws://a/?page=2')
        """
        return self._with_query(params.items())

    def remove_query_params(self, keys: str | Sequence[str]) -> URL:
        """Another URL whose query has none of *keys*.

        >>> URL("ws://a/?page=1&size=9").remove_query_params("page")
        URL('ws://a/?size=9')
        """
        return self._with_query(self._query_without([keys] if isinstance(keys, str) else keys))

    def _query_without(self, keys: Iterable[str]) -> list[tuple[str, str]]:
        gone = set(keys)
        return [(key, value) for key, value in parse_query(self.query) if key not in gone]

    def _with_query(self, pairs: Iterable[tuple[str, Any]]) -> URL:
        from urllib.parse import urlencode

        return self._with(query=urlencode(list(pairs)))

    def _with(self, **components: str) -> URL:
        return URL(self.components._replace(**components).geturl())

    def __repr__(self) -> str:
        password = self.password
        shown = str(self) if password is None else super().replace(f":{password}@", ":********@", 1)
        return f"URL({shown!r})"


def _plain_parts(url: str) -> Parts | None:
    """The parts of *url* if nothing in it can be mistaken, as in most; else None."""
    scheme, _, rest = url.partition("://")
    netloc, slash, rest = rest.partition("/")
    path, _, query = rest.partition("?")
    if (
        slash
        and scheme in PLAIN_SCHEMES
        and url.isascii()
        and url.isprintable()
        and "#" not in url
        and "[" not in netloc
        and "]" not in netloc
        and "?" not in netloc
    ):
        return scheme, netloc, slash + path, query, ""
    return None


AUTHORITY = ("username", "password", "hostname", "port")
COMPONENTS = ("scheme", "netloc", *AUTHORITY, "path", "query", "fragment")


class State:
    """Attributes over a dict that the lifespan, middleware and handlers share.

    >>> state = State({"database": "lilies"})
    >>> state.user = "ana"
    >>> state.database, state.user
    ('lilies', 'ana')
    """

    _values: dict[str, Any]

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        object.__setattr__(self, "_values", {} if values is None else values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"The state has no {name!r}.") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self._values[name]
        except KeyError:
            raise AttributeError(f"The state has no {name!r}.") from None

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


def split_host(text: str) -> tuple[str, str] | None:
    """The host and the port of *text*, the port empty if it names none; None if it is no host.

    >>> split_host("example.com:123"), split_host("[::1]"), split_host("user@example.com")
    (('example.com', '123'), ('[::1]', ''), None)

    Source: RFC 3986 §3.2.2, §3.2.3.
    """
    name, colon, port = text.rpartition(":")
    if not colon or port.endswith("]"):
        name, port = text, ""
    if not text.isascii() or (port and not _is_port(port)):
        return None
    if name.startswith("["):
        return (name, port) if name.endswith("]") and _is_ipv6(name[1:-1]) else None
    return (name, port) if name.encode().translate(HOST_AS_LETTERS).isalnum() else None


def _is_port(text: str) -> bool:
    return text.isdecimal() and len(text) < 6 and int(text) < 65536


def _is_ipv6(text: str) -> bool:
    from ipaddress import AddressValueError, IPv6Address  # late: hosts in brackets are rare

    try:
        return "%" not in text and IPv6Address(text) is not None
    except AddressValueError:
        return False


def parse_query(query: str | bytes | None) -> list[tuple[str, str]]:
    """The pairs of a query string, in order; a name without `=` has the value `""`.

    >>> parse_query(b"a=1&b=%20&c")
    [('a', '1'), ('b', ' '), ('c', '')]
    """
    if not query:
        return []
    text = query.decode("utf-8", "replace") if isinstance(query, bytes) else query
    text = text.replace("+", " ")
    pairs = [field.partition("=") for field in text.split("&") if field]
    if "%" not in text:
        return [(name, value) for name, _, value in pairs]
    return [
        (_unquote(name) if "%" in name else name, _unquote(value) if "%" in value else value)
        for name, _, value in pairs
    ]


def _unquote(text: str) -> str:
    import urllib.parse  # late: many queries have nothing to decode

    if not text.isascii():
        return urllib.parse.unquote(text)
    return urllib.parse.unquote_to_bytes(text).decode("utf-8", "replace")  # the same, in half


def parse_cookies(header: str, cookies: dict[str, str] | None = None) -> dict[str, str]:
    """The cookies of one `Cookie` header, after those of *cookies* (RFC 6265 §4.2.1).

    The first of two with the same name wins: browsers send the one with the longer path first.

    >>> parse_cookies('user=ana; theme="dark"; user=rui')
    {'user': 'ana', 'theme': 'dark'}
    """
    cookies = {} if cookies is None else cookies
    if header.isascii() and '"' not in header:  # nearly every header
        for pair in header.split(";"):
            name, _, value = pair.partition("=")
            cookies.setdefault(name.strip(), value.strip())
    else:  # beyond ASCII, strip() alone would cut off bytes that end a letter in UTF-8
        for pair in header.split(";"):
            name, _, value = pair.partition("=")
            cookies.setdefault(name.strip(WHITE), _unquote_cookie(value.strip(WHITE)))
    if "" in cookies:
        del cookies[""]
    return cookies


def _unquote_cookie(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return re.sub(r"\\([0-3][0-7]{2}|.)", _unescape, value[1:-1])


def _unescape(match: re.Match[str]) -> str:
    escaped = match[1]
    return chr(int(escaped, 8)) if len(escaped) == 3 else escaped
