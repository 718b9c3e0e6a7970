"""Content, freshness: which languages of a topic are older than a change of another one, from the git history."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import yaml
from dulwich.objects import Blob, ObjectID

from answers.limits import LANGUAGES
from gateway.content.repository.git import BRANCH, Editor
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.database import now

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FIELDS: Final = ("title", "answer", "in_short", "why")
# The last line of the message of a save that says: all languages of this topic are right as they stand.
_REVIEWED: Final = re.compile(r"^Reviewed: ([a-z0-9_]+)$", re.MULTILINE)

_Texts = Mapping[str, tuple[str, ...]]
_kept: dict[str, tuple[str, dict[str, frozenset[str]]]] = {}


def left_behind(copy: WorkingCopy) -> dict[str, frozenset[str]]:
    """By topic, the languages whose texts are older than a change of another language that nobody has looked at since.

    The first commit stands for all languages being alike.
    """
    head, place = copy.head, str(copy.folder)
    if place not in _kept or _kept[place][0] != head:
        _kept[place] = head, _left_behind(copy)
    return _kept[place][1]


def mark_reviewed(copy: WorkingCopy, topic: str, editor: Editor, message: str) -> str:
    """Say that all languages of the topic are right as they stand; the commit. The answer's date becomes today."""
    seen = read_topic(copy, topic)
    change = change_answer(copy, topic, seen.version, AnswerChange(reviewed_on=now().date()))
    copy.save([change], editor, message)
    with copy.repository.locked():
        return copy.repository.record({}, editor, f"{message}\n\nReviewed: {topic}")


def _left_behind(copy: WorkingCopy) -> dict[str, frozenset[str]]:
    """Changes come in rounds: one language is changed, then the others follow, in as many saves as it takes.

    Who changes a language once more before all have followed begins a new round; so does the first change after all
    have followed, or after somebody has looked at them.
    """
    git = copy.repository.git
    rounds: dict[str, set[str]] = {}
    for entry in git.get_walker(include=[git.refs[BRANCH]], reverse=True):
        for topic in _REVIEWED.findall(entry.commit.message.decode("utf-8", "replace")):
            rounds.pop(topic, None)
        if len(entry.commit.parents) != 1:
            continue  # the beginning, or a merge of what other commits tell
        for topic, languages in _changes_of(copy, entry.changes()):
            if languages:
                begun = rounds.get(topic, set())
                rounds[topic] = languages if begun & languages else begun | languages
                if rounds[topic] == set(LANGUAGES):
                    del rounds[topic]
    return {topic: frozenset(LANGUAGES) - changed for topic, changed in rounds.items()}


def _changes_of(copy: WorkingCopy, changes: Any) -> list[tuple[str, set[str]]]:
    """(topic, languages whose texts changed) of each answer file that a commit touches."""
    found = []
    for change in changes:
        new = PurePosixPath((change.new.path or b"").decode() if change.new else "")
        if len(new.parts) != 3 or new.parts[0] != "answers" or not change.old or change.old.sha is None:
            continue  # no answer, or a new one: all its languages begin together
        before, after = _texts(copy, change.old.sha), _texts(copy, change.new.sha)
        if before is not None and after is not None:
            found.append((new.stem, {each for each in LANGUAGES if before.get(each) != after.get(each)}))
    return found


def _texts(copy: WorkingCopy, blob: ObjectID) -> _Texts | None:
    stored = copy.repository.git.object_store[blob]
    if not isinstance(stored, Blob):
        return None
    try:
        root = yaml.load(stored.data, Loader=_LOADER)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    if not isinstance(root, dict):
        return None
    parts: list[Any] = [root.get(name) for name in _FIELDS]
    return {
        language: tuple(str(part.get(language) or "").strip() if isinstance(part, dict) else "" for part in parts)
        for language in LANGUAGES
    }
