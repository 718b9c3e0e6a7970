"""Content, conflict resolution: the later editor chooses between two changes of one place; all other changes stay."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.content.errors import ContentRefused
from gateway.content.repository.merge import merge
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile
from gateway.core.config.settings import Settings

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


def resolved(copy: WorkingCopy, change: Change, choices: Mapping[tuple[str, ...], str]) -> Change:
    """The change made to the file as it stands now: where both changed one place, "mine" or "theirs" stands.

    A place without a choice stays a conflict. Raises `ContentRefused` for an unknown version.
    """
    stands = (copy.folder / change.path).is_file()
    present = copy.read(change.path) if stands else None
    theirs = present.text if present else None
    before = copy.version(change.version) if change.version else None
    text, conflicts = merge(change.path, before, change.text, theirs)
    if any(conflict.place not in choices for conflict in conflicts):
        return change
    mine = [conflict.place for conflict in conflicts if choices[conflict.place] == "mine"]
    if () in mine:
        text = change.text
    elif mine and text is not None and change.text is not None:
        text = _with_mine(change.path, text, change.text, mine)
    return Change(change.path, text, present.version if present else None)


def _with_mine(path: str, text: str, mine: str, places: Sequence[tuple[str, ...]]) -> str:
    target, source = YamlFile(path, text), YamlFile(path, mine)
    for place in places:
        here, there = _parent(target.root, place), _parent(source.root, place)
        if place[-1] in there:
            here[place[-1]] = there[place[-1]]
        else:
            here.pop(place[-1], None)
    return target.text()


def _parent(root: Any, place: tuple[str, ...]) -> Any:
    """The mapping in which the last key of a place stands; blocks of examples are found by their language."""
    node = root
    for key in place[:-1]:
        if isinstance(node, list):
            node = next(each for each in node if each["metadata"]["language"] == key)
        else:
            node = node[key]
    return node


def _seal(text: str, settings: Settings) -> str:
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, _PURPOSE + text.encode(), hashlib.sha256).hexdigest()
