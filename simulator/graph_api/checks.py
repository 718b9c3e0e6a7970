"""Checks of one field of a request each; they refuse as Meta does."""

from typing import Any

from simulator.graph_api.errors import GraphRefusal

Object = dict[str, Any]


def invalid(details: str) -> GraphRefusal:
    """A value that Meta does not accept (131009)."""
    return GraphRefusal(131009, details)


def missing(details: str) -> GraphRefusal:
    """Something that must be there is not (131008)."""
    return GraphRefusal(131008, details)


def too_long(param: str, limit: int) -> GraphRefusal:
    """A text that is longer than its parameter allows (100)."""
    return GraphRefusal(100, message=f"(#100) Param {param} must be at most {limit} characters long.")


def object_of(parent: Object, name: str, where: str) -> Object:
    """The object under `name`. Raises `GraphRefusal` when there is none."""
    value = parent.get(name)
    if value is None:
        raise missing(f"Parameter '{where}' is mandatory.")
    if not isinstance(value, dict):
        raise invalid(f"Parameter '{where}' must be an object.")
    return value


def list_of(parent: Object, name: str, where: str) -> list[Object]:
    """The list of objects under `name`. Raises `GraphRefusal` when there is none."""
    value = parent.get(name)
    if value is None:
        raise missing(f"Parameter '{where}' is mandatory.")
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(f"Parameter '{where}' must be an array of objects.")
    return value


def text_of(parent: Object, name: str, where: str) -> str:
    """The non-empty string under `name`. Raises `GraphRefusal` otherwise."""
    value = parent.get(name)
    if value is None:
        raise missing(f"Parameter '{where}' is mandatory.")
    if not isinstance(value, str):
        raise invalid(f"Parameter '{where}' must be a string.")
    if not value.strip():
        raise invalid(f"Parameter '{where}' must not be empty.")
    return value


def bounded(parent: Object, name: str, where: str, limit: int, *, required: bool = True) -> str:
    """The string under `name`, of 1 to `limit` characters; empty when it may be left out and is."""
    if not required and parent.get(name) is None:
        return ""
    value = text_of(parent, name, where)
    if len(value) > limit:
        raise invalid(f"{where} length invalid. Min length: 1, Max length: {limit}")
    return value


def only(parent: Object, allowed: frozenset[str], where: str) -> None:
    """Refuse a key that Meta does not know here."""
    for key in parent:
        if key not in allowed:
            raise GraphRefusal(100, message=f'(#100) Unexpected key "{key}" on param "{where}".')


def unique(values: list[str], what: str) -> None:
    """Refuse the second of two that are the same."""
    if len(set(values)) != len(values):
        raise invalid(f"{what} must be unique within the message.")
