"""Headers and query parameters: multidicts that can only be read.

The one module that needs multidict, which takes half as long to import as all that a connection
needs: `Connection` imports it when somebody looks at headers or a query.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from typing import Any, Final, TypeVar, overload

from multidict import CIMultiDict, CIMultiDictProxy, MultiDict, MultiDictProxy, MultiMapping

from lilyaref.datastructures import parse_query

REMEMBERED = 16  # names of headers; a bound, since an application may look up what a client writes
UNASKED: dict[str, str | None] = {}
RAISE: Final = object()  # where None would be a default

T = TypeVar("T")


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
