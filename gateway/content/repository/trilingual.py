"""Content, trilingual texts: whatever stands in three languages in a parsed file, and the condition of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from answers.limits import LANGUAGES
from answers.source import NOTE

Place = tuple[str, ...]
Condition = tuple[tuple[str, tuple[str, ...]], ...]
# What an entry of a list is known by: a variant by its condition, a section of the privacy notice by its heading.
WHEN: Final = "when "
HEADING: Final = "heading "
_OTHERWISE: Final = "when -"
# No words for citizens: what the platform says of a template, and what editors tell each other.
_NO_TEXTS: Final = frozenset({"status", NOTE})


@dataclass(frozen=True)
class Text:
    """One text: the place that leads to it (positions count from 1), its words, and when it is said instead."""

    place: Place
    texts: Mapping[str, str]
    when: Condition = ()


def text_at(root: Any, place: Sequence[str]) -> Any:
    """What stands at a place; None where nothing does."""
    node = root
    for key in place:
        if isinstance(node, list):
            node = node[int(key) - 1] if key.isdigit() and 0 < int(key) <= len(node) else None
        else:
            node = node.get(key) if isinstance(node, Mapping) else None
    return node


def texts_under(node: Any, place: Place = (), when: Condition = ()) -> Iterator[Text]:
    """Every text in three languages under a node, in the order of the file."""
    if isinstance(node, Mapping):
        if "when" in node and isinstance(node["when"], Mapping):
            when = (*when, *_condition(node["when"]))
        if is_text(node):
            yield Text(place, {each: str(node[each]).strip() for each in LANGUAGES}, when)
        for key, value in node.items():
            if key not in _NO_TEXTS:
                yield from texts_under(value, (*place, str(key)), when)
    elif isinstance(node, list):
        for number, each in enumerate(node):
            yield from texts_under(each, (*place, str(number + 1)), when)


def entry_key(node: Any) -> str | None:
    """By what an entry of a list is known, whatever its position; None for one of another kind."""
    if not isinstance(node, Mapping):
        return None
    if isinstance(node.get("heading"), str):
        return HEADING + " ".join(node["heading"].replace("/", "∕").split())
    if isinstance(node.get("when"), Mapping):
        return WHEN + "; ".join(f"{slot}={','.join(values)}" for slot, values in sorted(_condition(node["when"])))
    return _OTHERWISE if {"wordings", "answer"} & node.keys() else None


def entry_keys(entries: Any) -> list[str] | None:
    """The key of each entry of a list; None where one has none, or two have the same."""
    if not isinstance(entries, list) or not entries:
        return None
    keys = [key for each in entries if (key := entry_key(each)) is not None]
    return keys if len(keys) == len(set(keys)) == len(entries) else None


def condition_of_key(key: str) -> Condition:
    """The condition that `entry_key` has made a key of; empty for what is said otherwise."""
    parts = (each.partition("=") for each in key.removeprefix(WHEN).split("; ") if "=" in each)
    return tuple((slot, tuple(values.split(","))) for slot, _, values in parts)


def _condition(node: Mapping[str, Any]) -> Condition:
    return tuple(
        (str(slot), tuple("yes" if value is True else str(value) for value in values))
        for slot, values in node.items()
        if isinstance(values, list)
    )


def is_text(node: Any) -> bool:
    """Whether the node is words in three languages."""
    return isinstance(node, Mapping) and all(isinstance(node.get(each), str) for each in LANGUAGES)


def leaves_of(root: Any, *, by_position: bool = False) -> dict[Place, str]:
    """Every single text of a parsed file by the keys that lead to it; a list of words is one text.

    A variant is named by its condition, so that one that is put in or taken away moves no other; `by_position` names it
    as `text_at` finds it.
    """
    found: dict[Place, str] = {}
    _collect(root, (), found, by_position)
    return found


def _collect(node: Any, place: Place, found: dict[Place, str], by_position: bool) -> None:
    if isinstance(node, Mapping):
        for key, value in node.items():
            _collect(value, (*place, str(key)), found, by_position)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        if all(not isinstance(each, Mapping) for each in node):
            found[place] = ", ".join(map(str, node))
            return
        keys = None if by_position else entry_keys(node)
        for number, each in enumerate(node):
            if keys is None:
                _collect(each, (*place, str(number + 1)), found, by_position)
            else:  # the condition is in the key already
                rest = {name: value for name, value in each.items() if name != "when"}
                _collect(rest, (*place, keys[number]), found, by_position)
    else:
        found[place] = "" if node is None else str(node).strip()
