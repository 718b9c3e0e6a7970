"""Content, conflict resolution: the later editor chooses between two changes of one place; all other changes stay."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gateway.content.errors import ContentRefused
from gateway.content.repository.merge import Conflict, merge
from gateway.content.repository.trilingual import entry_keys
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile, like
from gateway.core.config.settings import Settings

Place = tuple[str, ...]


class Side(StrEnum):
    """Which wording stays: the editor's, the other person's, or a third one that is written now."""

    MINE = "mine"
    THEIRS = "theirs"
    OWN = "own"


@dataclass(frozen=True)
class Choice:
    """What stays in one place; `text` is the wording of `Side.OWN`."""

    side: Side
    text: str = ""


_PURPOSE: Final = b"neuvo unfinished save 1"


def packed(changes: Sequence[Change], message: str, settings: Settings) -> str:
    """An unsaved change as a form may carry it; nobody else can make one."""
    kept = {"message": message, "changes": [[each.path, each.text, each.version] for each in changes]}
    text = base64.urlsafe_b64encode(json.dumps(kept, ensure_ascii=False).encode()).decode()
    return f"{_seal(text, settings)}.{text}"


def unpacked(value: str, settings: Settings) -> tuple[list[Change], str]:
    """The changes and their message. Raises `ContentRefused` for a value that is not ours."""
    sealed, _, text = value.partition(".")
    if not hmac.compare_digest(sealed.encode(), _seal(text, settings).encode()):
        raise ContentRefused("unknown_version")
    kept = json.loads(base64.urlsafe_b64decode(text))
    return [Change(path, text, version) for path, text, version in kept["changes"]], str(kept["message"])


def resolved(copy: WorkingCopy, change: Change, choices: Mapping[Place, Choice]) -> Change:
    """The change made to the file as it stands now, with a choice where both changed one place.

    A place without a choice stays a conflict. Raises `ContentRefused` for an unknown version.
    """
    stands = (copy.folder / change.path).is_file()
    present = copy.read(change.path) if stands else None
    before = copy.version(change.version) if change.version else None
    text, left = merged_with(change.path, before, change.text, present.text if present else None, choices)
    return change if left else Change(change.path, text, present.version if present else None)


def merged_with(
    path: str, before: str | None, mine: str | None, theirs: str | None, choices: Mapping[Place, Choice]
) -> tuple[str | None, tuple[Conflict, ...]]:
    """The file with both changes and the choices, and the conflicts for which there is none."""
    text, conflicts = merge(path, before, mine, theirs)
    left = tuple(each for each in conflicts if each.place not in choices)
    chosen = {each.place: choices[each.place] for each in conflicts if each.place in choices}
    if () in chosen:
        return (mine if chosen[()].side == Side.MINE else theirs), left
    if text is not None and mine is not None:
        text = _with_choices(path, text, mine, chosen)
    return text, left


def _with_choices(path: str, text: str, mine: str, chosen: Mapping[Place, Choice]) -> str:
    wanted = {place: choice for place, choice in chosen.items() if choice.side != Side.THEIRS}
    if not wanted:
        return text
    target, source = YamlFile(path, text), YamlFile(path, mine)
    for place, choice in wanted.items():
        (here, key), (there, source_key) = _parent(target.root, place), _parent(source.root, place)
        if choice.side == Side.OWN:
            here[key] = like(here.get(key) if isinstance(here, Mapping) else None, choice.text)
        elif isinstance(there, Mapping):
            _put(here, key, there, source_key)
        else:
            _put_entry(here, key, there, source_key)
    return target.text()


def _put(here: Any, key: Any, there: Mapping[Any, Any], source_key: Any) -> None:
    if source_key in there:
        here[key] = there[source_key]
    else:
        here.pop(key, None)


def _put_entry(here: Any, key: int | None, there: Any, source_key: int | None) -> None:
    """An entry of a list (a variant, a block of examples) as it is on the other side, which may have none."""
    if source_key is None and key is not None:
        del here[key]
    elif source_key is not None and key is None:
        here.insert(min(source_key, len(here)), there[source_key])
    elif source_key is not None and key is not None:
        here[key] = there[source_key]


def _parent(root: Any, place: Place) -> tuple[Any, Any]:
    """What holds the last key of a place, and that key; examples are found by language, variants by condition."""
    node = root
    for key in place[:-1]:
        node = node[_key(node, key)]
    return node, _key(node, place[-1])


def _key(node: Any, key: str) -> Any:
    if not isinstance(node, list):
        return key
    if key.isdigit():
        return int(key) - 1
    if (keys := entry_keys(node)) is not None:
        return keys.index(key) if key in keys else None
    return next(at for at, each in enumerate(node) if each["metadata"]["language"] == key)


def _seal(text: str, settings: Settings) -> str:
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, _PURPOSE + text.encode(), hashlib.sha256).hexdigest()
