"""Content, references to a topic, and what becomes of them when topics are merged or retired."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final

from gateway.content.errors import ContentRefused
from gateway.content.repository.examples import changed_examples, read_examples
from gateway.content.repository.talk_files import relabelled
from gateway.content.repository.topics import ANSWERS, answer_path
from gateway.content.repository.working_copy import TESTS, Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile

_STORIES: Final = "stories/"

# The program itself names these (bot/names.py, bot/conversation/, bot/replies/, bot/danger/): without them it
# would break.
PROTECTED: Final = frozenset(
    {
        "after_report",
        "bank_phishing",
        "bot_status",
        "emergency_now",
        "erase_my_data",
        "greeting_thanks",
        "missing_person",
        "out_of_scope",
        "report_under_18",
        "scam_first_steps",
        "sexual_violence",
        "suicidal_thoughts",
        "talk_to_officer",
        "threat_to_others",
        "unclear_message",
        "violence_at_home",
    }
)


class ReferenceKind(StrEnum):
    """How a place refers to a topic; `TEST`: as the second label of a test message."""

    BUTTON = "button"
    FOLLOW_UP = "follow_up"
    STORY = "story"
    TEST = "test"


@dataclass(frozen=True)
class Reference:
    """One place that refers to a topic."""

    path: str
    kind: ReferenceKind


def references(copy: WorkingCopy, topic: str) -> list[Reference]:
    """Every place outside a topic's own files that names it."""
    found = []
    for path, file in _answer_files(copy, topic):
        if PurePosixPath(path).stem == topic:
            continue
        if topic in (file.root.get("buttons") or ()):
            found.append(Reference(path, ReferenceKind.BUTTON))
        if topic in (file.root.get("follow_ups") or {}).values():
            found.append(Reference(path, ReferenceKind.FOLLOW_UP))
    named = re.compile(rf"\b(?:utter_)?{re.escape(topic)}\b")
    found += [
        Reference(path, ReferenceKind.STORY) for path in copy.paths(_STORIES) if named.search(copy.read(path).text)
    ]
    for path, _, second in _test_lines(copy):
        if second == topic and Reference(path, ReferenceKind.TEST) not in found:
            found.append(Reference(path, ReferenceKind.TEST))
    return found


def merge_topics(copy: WorkingCopy, kept: str, gone: str) -> list[Change]:
    """`gone` becomes a part of `kept`: its examples and tests move, its answer goes, who named it names `kept`."""
    if kept == gone:
        raise ContentRefused("same_topic", topic=kept)
    _may_go(copy, gone)
    changes = _renamed(copy, gone, kept)
    there, source = read_examples(copy, kept), read_examples(copy, gone)
    text = copy.read(there.path).text
    for language, texts in source.texts.items():
        text = changed_examples(there.path, text, kept, language, texts, ())
    return [
        *changes,
        Change(there.path, text, there.version),
        Change(source.path, None, source.version),
        _deleted(copy, answer_path(copy, gone)),
    ]


def retire(copy: WorkingCopy, topic: str) -> list[Change]:
    """The topic's files and its test messages go; buttons and follow-ups that led to it go with them."""
    _may_go(copy, topic)
    changes = _renamed(copy, topic, None)
    return [*changes, _deleted(copy, read_examples(copy, topic).path), _deleted(copy, answer_path(copy, topic))]


def _may_go(copy: WorkingCopy, topic: str) -> None:
    if topic in PROTECTED:
        raise ContentRefused("topic_protected", topic=topic)
    stories = [each.path for each in references(copy, topic) if each.kind == ReferenceKind.STORY]
    if stories:
        raise ContentRefused("topic_in_story", topic=topic, file=stories[0])


def _renamed(copy: WorkingCopy, old: str, new: str | None) -> list[Change]:
    return [*_renamed_in_answers(copy, old, new), *_renamed_in_tests(copy, old, new), *relabelled(copy, old, new)]


def _renamed_in_answers(copy: WorkingCopy, old: str, new: str | None) -> Iterator[Change]:
    for path, file in _answer_files(copy, old):
        own = PurePosixPath(path).stem
        if own == old:
            continue
        buttons, follow_ups = file.root.get("buttons") or [], file.root.get("follow_ups") or {}
        if old not in buttons and old not in follow_ups.values():
            continue
        _replace_button(buttons, old, None if new == own else new)
        for name in [name for name, target in follow_ups.items() if target == old]:
            if new is None or new == own:
                del follow_ups[name]
            else:
                follow_ups[name] = new
        if "follow_ups" in file.root and not follow_ups:
            del file.root["follow_ups"]
        yield Change(path, file.text(), copy.read(path).version)


def _replace_button(buttons: list[Any], old: str, new: str | None) -> None:
    if old in buttons:
        place = buttons.index(old)
        if new is None or new in buttons:
            del buttons[place]
        else:
            buttons[place] = new


def _renamed_in_tests(copy: WorkingCopy, old: str, new: str | None) -> list[Change]:
    texts: dict[str, list[str]] = {}
    gone: set[str] = set()
    for path, message, second in _test_lines(copy):
        label = PurePosixPath(path).stem
        also = new if second == old else second
        if label == old:
            gone.add(path)
            if new is None:
                continue
            label = new
        target = PurePosixPath(path).with_name(f"{label}.txt").as_posix()
        texts.setdefault(target, []).append(f"{message}\t{also}" if also and also != label else message)
    changes, present = [_deleted(copy, path) for path in sorted(gone)], copy.paths(TESTS)
    for path, lines in texts.items():
        seen = copy.read(path) if path in present else None
        text = "".join(f"{line}\n" for line in dict.fromkeys(lines))
        if seen is None or [line for line in seen.text.splitlines() if line.strip()] != lines:
            changes.append(Change(path, text, seen.version if seen else None))
    return changes


def _test_lines(copy: WorkingCopy) -> Iterator[tuple[str, str, str | None]]:
    """(file, message, second label) of every test message that has a topic."""
    for path in copy.paths(f"{TESTS}/"):
        parts = PurePosixPath(path).parts
        if len(parts) == 4 and parts[2] == "topics":
            for line in copy.read(path).text.splitlines():
                message, _, second = line.partition("\t")
                if message.strip():
                    yield path, message, second or None


def _answer_files(copy: WorkingCopy, topic: str) -> Iterator[tuple[str, YamlFile]]:
    """The answer files in which the name stands at all."""
    for path in copy.paths(f"{ANSWERS}/"):
        text = copy.read(path).text
        if topic in text:
            yield path, YamlFile(path, text)


def _deleted(copy: WorkingCopy, path: str) -> Change:
    return Change(path, None, copy.read(path).version)
