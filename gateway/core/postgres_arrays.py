"""PostgreSQL: lists as binary arrays. psycopg looks for the type of each list in Python, item by item, three times."""

import datetime as dt
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

_HEAD = struct.Struct("!iiIii").pack  # dimensions, whether an item is NULL, the items' type, their number, the first
_LENGTH, _NUMBER = struct.Struct("!i").pack, struct.Struct("!q").pack
_NULL = _LENGTH(-1)
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class Array(NamedTuple):
    """An array as libpq takes it; the type 0 stands for text whose type the server knows from the statement."""

    type: int
    content: bytes


class _Items(NamedTuple):
    type: int  # of PostgreSQL
    array_type: int
    dump: Callable[[Any], bytes]


# By what the items are in Python; their types are those of PostgreSQL's catalogue, which never change.
_KINDS: Mapping[type, _Items] = {
    str: _Items(25, 1009, str.encode),
    bytes: _Items(17, 1001, bytes),
    int: _Items(20, 1016, _NUMBER),
    dt.datetime: _Items(1184, 1185, lambda moment: _NUMBER((moment - _EPOCH) // _MICROSECOND)),
}


def array_of(values: Sequence[Any]) -> Array:
    """A flat list of texts, bytes, whole numbers or timestamps, of which some may be None.

    Raises `ValueError` where it holds anything else, or several of these.
    """
    found = {_items_of(value.__class__) for value in values if value is not None}
    if not found:
        return Array(0, b"{%s}" % b",".join([b"NULL"] * len(values)))
    if len(found) > 1:
        raise ValueError("A list for the database has items of one kind.")
    items = found.pop()
    content = [_HEAD(1, None in values, items.type, len(values), 1)]
    for value in values:
        if value is None:
            content.append(_NULL)
        else:
            dumped = items.dump(value)
            content += (_LENGTH(len(dumped)), dumped)
    return Array(items.array_type, b"".join(content))


@cache
def _items_of(kind: type) -> _Items:
    found = next((_KINDS[each] for each in kind.__mro__ if each in _KINDS), None)
    if found is None or kind is bool:
        raise ValueError(f"A list for the database cannot hold {kind.__name__}.")
    return found
