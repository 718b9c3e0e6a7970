"""Content, three-way merge of a file; where both sides changed the same place, both are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.content.errors import ContentRefused
from gateway.content.repository.trilingual import entry_keys, leaves_of
from gateway.content.repository.yaml_files import YamlFile, block

_EXAMPLE: Final = "- "


class _Missing:
    """Nothing stands there."""


_MISSING: Final = _Missing()


@dataclass(frozen=True)
class Conflict:
    """One place that two people changed differently; None where nothing stands there.

    `place` leads to it, for example ("answer", "sv"); it is empty for the whole file. `is_text`: both are words, so
    that somebody may write a third wording instead of choosing.
    """

    path: str
    place: tuple[str, ...]
    before: str | None
    mine: str | None
    theirs: str | None
    is_text: bool = False


def merge(
    path: str, before: str | None, mine: str | None, theirs: str | None
) -> tuple[str | None, tuple[Conflict, ...]]:
    """The file with both changes, and the places where they contradict each other (there, `theirs` stands).

    YAML is merged key by key, examples and test messages line by line. A side that is no YAML is one conflict.
    """
    if mine in (before, theirs):
        return theirs, ()
    if theirs == before:
        return mine, ()
    whole = (Conflict(path, (), before, mine, theirs),)
    if mine is None or theirs is None:
        return theirs, whole
    if path.endswith(".txt"):
        return "".join(f"{line}\n" for line in _lines(*map(str.splitlines, (before or "", mine, theirs)))), ()
    try:
        trees = [YamlFile(path, text).root if text else {} for text in (before, mine)]
        target = YamlFile(path, theirs)
    except ContentRefused:
        return theirs, whole
    conflicts: list[Conflict] = []
    target.root = _merged(trees[0], trees[1], target.root, (), lambda *found: conflicts.append(Conflict(path, *found)))
    return target.text(), tuple(conflicts)


_Report = Callable[[tuple[str, ...], str | None, str | None, str | None, bool], None]


def _merged(before: Any, mine: Any, theirs: Any, place: tuple[str, ...], report: _Report) -> Any:
    if _same(mine, before) or _same(mine, theirs):
        return theirs
    # Before the values are compared: a comment is no value, and theirs may have a new one.
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        return _merged_keys(before if isinstance(before, Mapping) else {}, mine, theirs, place, report)
    blocks = [_blocks(each) for each in (before, mine, theirs)]
    if blocks[1] is not None and blocks[2] is not None:
        return _merged_blocks(blocks[0] or {}, blocks[1], blocks[2], theirs, place, report)
    if _same(theirs, before):
        return mine
    keys = [entry_keys(each) for each in (mine, theirs)]
    if keys[0] is not None and keys[1] is not None and (before is _MISSING or not before or entry_keys(before)):
        return _merged_entries([] if before is _MISSING else before or [], mine, theirs, place, report)
    if all(_has_examples(each) for each in (mine, theirs)):
        earlier = before.splitlines() if isinstance(before, str) else []
        return block("\n".join(_lines(earlier, mine.splitlines(), theirs.splitlines())))
    if _are_alike_lists(before, mine, theirs):
        for at, each in enumerate(zip(before, mine, list(theirs), strict=True)):
            theirs[at] = _merged(*each, (*place, str(at + 1)), report)
        return theirs
    report(place, _shown(before), _shown(mine), _shown(theirs), isinstance(mine, str) and isinstance(theirs, str))
    return theirs


def _merged_entries(before: Any, mine: Any, theirs: Any, place: tuple[str, ...], report: _Report) -> Any:
    """Lists of which each entry has a key of its own (a variant its condition): an entry comes, changes or goes."""
    earlier, own, there = (dict(zip(entry_keys(each) or (), each, strict=True)) for each in (before, mine, theirs))
    order = list(own)
    for key in [*there, *(key for key in own if key not in there)]:
        value = _merged(
            earlier.get(key, _MISSING), own.get(key, _MISSING), there.get(key, _MISSING), (*place, key), report
        )
        present = entry_keys(theirs) or []
        if key in present and value is _MISSING:
            del theirs[present.index(key)]
        elif key in present:
            theirs[present.index(key)] = value
        elif value is not _MISSING:
            behind = [present.index(each) for each in order[order.index(key) + 1 :] if each in present]
            theirs.insert(min(behind, default=len(theirs)), value)
    return theirs


def _are_alike_lists(*values: Any) -> bool:
    """Lists of as many mappings (the variants of a text) are merged one by one; of other lists one stands."""
    return (
        all(isinstance(each, list) for each in values)
        and len({len(each) for each in values}) == 1
        and all(isinstance(inner, Mapping) for each in values for inner in each)
    )


def _merged_keys(before: Any, mine: Any, theirs: Any, place: tuple[str, ...], report: _Report) -> Any:
    order = list(mine)
    for key in [*theirs, *(key for key in mine if key not in theirs)]:
        value = _merged(
            before.get(key, _MISSING),
            mine.get(key, _MISSING),
            theirs.get(key, _MISSING),
            (*place, str(key)),
            report,
        )
        if value is _MISSING:
            del theirs[key]
        elif key in theirs:
            theirs[key] = value
        else:
            theirs.insert(min(order.index(key), len(theirs)), key, value)
    return theirs


def _merged_blocks(
    before: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], target: Any, place: Any, report: _Report
) -> Any:
    """The blocks of an example file, one for each language."""
    for language in [*theirs, *(name for name in mine if name not in theirs)]:
        there = theirs.get(language, _MISSING)
        value = _merged(before.get(language, _MISSING), mine.get(language, _MISSING), there, (*place, language), report)
        if value is _MISSING:
            target.remove(there)
        elif there is _MISSING:
            target.append(value)
        else:
            target[next(place for place, each in enumerate(target) if each is there)] = value
    return target


def _blocks(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, list):
        return None
    found = {}
    for each in value:
        metadata = each.get("metadata") if isinstance(each, Mapping) else None
        if not isinstance(metadata, Mapping) or "language" not in metadata:
            return None
        found[str(metadata["language"])] = each
    return found if len(found) == len(value) else None


def _has_examples(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(_EXAMPLE)


def _lines(before: list[str], mine: list[str], theirs: list[str]) -> list[str]:
    """What either side added is there, what either side removed is not."""
    earlier, own, others = set(before), set(mine), set(theirs)
    kept = [line for line in theirs if line in own or line not in earlier]
    return kept + [line for line in mine if line not in others and line not in earlier]


def _same(one: Any, other: Any) -> bool:
    if one is _MISSING or other is _MISSING:
        return one is other
    return bool(one == other)


def _shown(value: Any) -> str | None:
    if value is _MISSING:
        return None
    if isinstance(value, Mapping):
        return "\n".join(leaves_of({name: each for name, each in value.items() if name != "when"}).values())
    if isinstance(value, list):
        return ", ".join(_shown(each) or "" for each in value)
    return "" if value is None else str(value)
