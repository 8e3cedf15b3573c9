"""Plain values that a connection is made of: its URL, headers, query, state and address."""

from __future__ import annotations

import re
from collections.abc import (
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from typing import TYPE_CHECKING, Any, Final, NamedTuple, SupportsIndex, TypeVar, overload

from multidict import CIMultiDict, CIMultiDictProxy, MultiDict, MultiDictProxy, MultiMapping

if TYPE_CHECKING:
    from urllib.parse import SplitResult

# A host and perhaps a port up to 65535 (RFC 3986 §3.2.2, §3.2.3).
HOST = re.compile(
    r"(?P<hostname>[A-Za-z0-9._~-]+|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])"
    r"(?::(?P<port>\d{1,4}|[1-5]\d{4}|6(?:[0-4]\d{3}|5(?:[0-4]\d{2}|5(?:[0-2]\d|3[0-5]))))?)?"
)
REMEMBERED = 16  # names of headers; a bound, since an application may look up what a client writes
UNASKED: dict[str, str | None] = {}
RAISE: Final = object()  # where None would be a default

T = TypeVar("T")
SECURE_SCHEMES = frozenset({"wss", "https"})
PLAIN_SCHEMES = frozenset({"ws", "http", *SECURE_SCHEMES})


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

    _parts: tuple[str, str, str, str, str] | None = None  # those of `components`, once needed
    _split: SplitResult | None = None

    @property
    def components(self) -> SplitResult:
        """The five parts as `urllib.parse.urlsplit` gives them."""
        if self._split is None:
            import urllib.parse  # late: most connections never look

            plain = self._parts or _plain_parts(self)
            split = urllib.parse.SplitResult(*plain) if plain else urllib.parse.urlsplit(str(self))
            self._split = split
        return self._split

    def _take_apart(self) -> tuple[str, str, str, str, str]:
        self._parts = parts = _plain_parts(self) or self.components
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


def _plain_parts(url: str) -> tuple[str, str, str, str, str] | None:
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


class _Late(MultiMapping[str]):
    """A case-insensitive multidict that is built when somebody asks for more than single names.

    Most connections look at one header or two, and a multidict of all of them costs many times
    that. So a name is sought in the pairs. Most look once: the first answer is not remembered, and
    the others are, under the name as it was written.
    """

    _answers: dict[str, str | None] = UNASKED
    _multidict: CIMultiDictProxy[str] | None = None

    def __init__(self, raw: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._pairs = tuple(raw)

    def __getitem__(self, key: str) -> str:
        answers = self._answers
        value = answers[key] if key in answers else _Late.get(self, key)
        if value is None:
            raise KeyError(key)
        return value

    @overload
    def get(self, key: str) -> str | None: ...

    @overload
    def get(self, key: str, default: str | T) -> str | T: ...

    def get(self, key: str, default: Any = None) -> Any:
        """The first value of *key*, or *default*."""
        answers = self._answers
        if key in answers:
            value = answers[key]
            return default if value is None else value
        value = None
        try:
            wanted = key.encode("ascii").lower()
            size = len(wanted)
            for name, raw in self._pairs:
                if len(name) == size and (name == wanted or name.lower() == wanted):
                    value = raw.decode("latin-1")
                    break
        except (AttributeError, UnicodeEncodeError):  # no text, no ASCII, or bytes that are a view
            return self._all.get(key, default)
        if answers is UNASKED:
            self._answers = {}
        elif len(answers) < REMEMBERED:
            answers[key] = value
        return default if value is None else value

    @property
    def _all(self) -> CIMultiDictProxy[str]:
        if self._multidict is None:
            pairs = [(str(key, "latin-1"), str(value, "latin-1")) for key, value in self._pairs]
            self._multidict = CIMultiDictProxy(CIMultiDict(pairs))
        return self._multidict

    def __len__(self) -> int:
        return len(self._pairs)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __eq__(self, other: object) -> bool:
        return self._all == (other._all if isinstance(other, _Late) else other)

    def __repr__(self) -> str:
        return repr(self._all).replace("CIMultiDictProxy", type(self).__name__, 1)

    def keys(self) -> KeysView[str]:
        """The names, in order."""
        return self._all.keys()

    def values(self) -> ValuesView[str]:
        """Every value, in order."""
        return self._all.values()

    def items(self) -> ItemsView[str, str]:
        """Every name with its value, in order."""
        return self._all.items()

    @overload
    def getone(self, key: str) -> str: ...

    @overload
    def getone(self, key: str, default: str | T) -> str | T: ...

    def getone(self, key: str, default: Any = RAISE) -> Any:
        """The first value of *key*.

        Raises:
            KeyError: there is none, and no *default*.
        """
        return self[key] if default is RAISE else self.get(key, default)

    @overload
    def getall(self, key: str) -> list[str]: ...

    @overload
    def getall(self, key: str, default: T) -> list[str] | T: ...

    def getall(self, key: str, default: Any = RAISE) -> Any:
        """Every value of *key*, in order.

        Raises:
            KeyError: there is none, and no *default*.
        """
        return self._all.getall(key) if default is RAISE else self._all.getall(key, default)

    def to_dict(self) -> dict[str, list[str]]:
        """Every name with the list of its values."""
        return self._all.to_dict()

    def copy(self) -> CIMultiDict[str]:
        """All of them in a multidict that can be changed."""
        return self._all.copy()


class Headers(_Late):
    """The request's headers: read only, any case, several values a name.

    Values are latin-1, as HTTP has them. The pairs as the server gave them are at `raw`.

    >>> headers = Headers([(b"Accept", b"text/html"), (b"accept", b"text/plain")])
    >>> headers["ACCEPT"], headers.getlist("accept"), headers.getlist("cookie")
    ('text/html', ['text/html', 'text/plain'], [])

    Args:
        raw: pairs of bytes, as in `scope["headers"]`.

    Source: ASGI, "WebSocket Connection Scope"; RFC 9110 §5.
    """

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """The pairs as the server gave them."""
        return [(bytes(name), bytes(value)) for name, value in self._pairs]

    def getlist(self, key: str) -> list[str]:
        """Every value of *key* in order; an empty list where there is none."""
        return self.getall(key, [])


class QueryParams(MultiDictProxy[str]):
    """The query's parameters: read only, several values a name, the first one wins.

    >>> params = QueryParams("search=caf%C3%A9&page=2&search=tea")
    >>> params["search"], params.getlist("search"), params.getlist("size")
    ('café', ['café', 'tea'], [])

    Args:
        query: the query string, encoded, without the `?`.

    Source: ASGI, "WebSocket Connection Scope", `query_string`.
    """

    def __init__(self, query: str | bytes | None = None) -> None:
        super().__init__(MultiDict(parse_query(query)))

    def getlist(self, key: str) -> list[str]:
        """Every value of *key* in order; an empty list where there is none."""
        return self.getall(key, [])


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


def is_host(text: str) -> bool:
    """Whether *text* is a host, perhaps with a port, that may stand in a URL.

    >>> is_host("example.com:123"), is_host("[::1]"), is_host("user@example.com")
    (True, True, False)
    """
    match = HOST.fullmatch(text)
    if match is None or match["ipv6"] is None:
        return match is not None
    from ipaddress import AddressValueError, IPv6Address  # late: hosts in brackets are rare

    try:
        return IPv6Address(match["ipv6"]) is not None
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
    quoted = '"' in header
    # None is the fast way to say white space, but latin-1 has some that is half a letter of UTF-8.
    blank = None if header.isascii() else " \t"
    for pair in header.split(";"):
        name, _, value = pair.partition("=")
        value = value.strip(blank)
        cookies.setdefault(name.strip(blank), _unquote_cookie(value) if quoted else value)
    cookies.pop("", None)
    return cookies


def _unquote_cookie(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return re.sub(r"\\([0-3][0-7]{2}|.)", _unescape, value[1:-1])


def _unescape(match: re.Match[str]) -> str:
    escaped = match[1]
    return chr(int(escaped, 8)) if len(escaped) == 3 else escaped
