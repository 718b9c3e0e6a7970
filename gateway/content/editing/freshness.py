"""Content, freshness: which languages of a topic are older than a change of another one, from the git history."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import yaml
from dulwich.objects import Blob, ObjectID

from answers.content import NO_TOPICS
from answers.limits import LANGUAGES
from gateway.content.repository.git import BRANCH, Editor
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.database import now

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FIELDS: Final = ("title", "answer", "in_short", "why")
# The last line of the message of a save that says: all languages of this topic are right as they stand.
_REVIEWED: Final = re.compile(r"^Reviewed: ([a-z0-9_]+)$", re.MULTILINE)

# The texts of an answer file by language, each in the order of `FIELDS`.
AllTexts = Mapping[str, tuple[str, ...]]
_kept: dict[str, tuple[str, dict[str, dict[str, AllTexts]]]] = {}


def left_behind(copy: WorkingCopy) -> dict[str, frozenset[str]]:
    """By topic, the languages whose texts are older than a change of another language that nobody has looked at since.

    The first commit stands for all languages being alike.
    """
    return {topic: frozenset(found) for topic, found in in_step(copy).items()}


def in_step(copy: WorkingCopy) -> dict[str, dict[str, AllTexts]]:
    """By topic and language that was left behind, the texts of all languages when it was in step with them last."""
    head, place = copy.head, str(copy.folder)
    if place not in _kept or _kept[place][0] != head:
        _kept[place] = head, _in_step(copy)
    return _kept[place][1]


def mark_reviewed(copy: WorkingCopy, topic: str, editor: Editor, message: str) -> str:
    """Say that all languages of the topic are right as they stand; the commit. The answer's date becomes today."""
    seen = read_topic(copy, topic)
    change = change_answer(copy, topic, seen.version, AnswerChange(reviewed_on=now().date()))
    copy.save([change], editor, message)
    with copy.repository.locked():
        return copy.repository.record({}, editor, f"{message}\n\nReviewed: {topic}")


def _in_step(copy: WorkingCopy) -> dict[str, dict[str, AllTexts]]:
    """Changes come in rounds: one language is changed, then the others follow, in as many saves as it takes.

    Who changes a language once more before all have followed begins a new round; so does the first change after all
    have followed, or after somebody has looked at them.
    """
    git = copy.repository.git
    found: dict[str, dict[str, AllTexts]] = {}
    for entry in git.get_walker(include=[git.refs[BRANCH]], reverse=True):
        for topic in _REVIEWED.findall(entry.commit.message.decode("utf-8", "replace")):
            found.pop(topic, None)
        if len(entry.commit.parents) != 1:
            continue  # the beginning, or a merge of what other commits tell
        for topic, before, languages in _changes_of(copy, entry.changes()):
            if languages:
                earlier = found.pop(topic, {})
                begun = set(LANGUAGES) - earlier.keys() if earlier else set()
                behind = set(LANGUAGES) - (languages if begun & languages else begun | languages)
                if behind:
                    found[topic] = {each: earlier.get(each, before) for each in LANGUAGES if each in behind}
    return found


def _changes_of(copy: WorkingCopy, changes: Any) -> list[tuple[str, AllTexts, set[str]]]:
    """(topic, its texts before, languages whose texts changed) of each answer file that a commit touches."""
    found = []
    for change in changes:
        new = PurePosixPath((change.new.path or b"").decode() if change.new else "")
        if len(new.parts) != 3 or new.parts[0] != "answers" or new.parts[1] in NO_TOPICS:
            continue
        if not change.old or change.old.sha is None:
            continue  # a new one: all its languages begin together
        before, after = _texts(copy, change.old.sha), _texts(copy, change.new.sha)
        if before is not None and after is not None:
            found.append((new.stem, before, {each for each in LANGUAGES if before.get(each) != after.get(each)}))
    return found


def _texts(copy: WorkingCopy, blob: ObjectID) -> AllTexts | None:
    stored = copy.repository.git.object_store[blob]
    if not isinstance(stored, Blob):
        return None
    try:
        root = yaml.load(stored.data, Loader=_LOADER)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    if not isinstance(root, dict):
        return None
    parts: list[Any] = [root.get(name) for name in FIELDS]
    return {
        language: tuple(str(part.get(language) or "").strip() if isinstance(part, dict) else "" for part in parts)
        for language in LANGUAGES
    }
