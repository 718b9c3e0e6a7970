"""Content, trilingual texts: whatever stands in three languages in a parsed file, and the condition of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from answers.limits import LANGUAGES

Place = tuple[str, ...]
Condition = tuple[tuple[str, tuple[str, ...]], ...]
# They are three words of a closed list, not words for people: what the platform says of a template.
_NO_TEXTS: Final = frozenset({"status"})


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


def _condition(node: Mapping[str, Any]) -> Condition:
    return tuple(
        (str(slot), tuple("yes" if value is True else str(value) for value in values))
        for slot, values in node.items()
        if isinstance(values, list)
    )


def is_text(node: Any) -> bool:
    """Whether the node is words in three languages."""
    return isinstance(node, Mapping) and all(isinstance(node.get(each), str) for each in LANGUAGES)
