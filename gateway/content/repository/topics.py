"""Content, topics: one as an editor sees it, and its changes."""

import contextlib
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, Final

from answers.content import NO_TOPICS
from answers.limits import LANGUAGES
from gateway.content.errors import ContentRefused
from gateway.content.repository.markup import require_plain
from gateway.content.repository.notes import put_note, written_note
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile, block, like, quoted

ANSWERS: Final = "answers"
EXAMPLES: Final = "nlu"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,59}")
_GROUP: Final = re.compile(r"[a-z][a-z_]{1,59}")
_TEXTS: Final = ("title", "answer", "in_short", "why")
# A new optional part stands where it stands in the other files.
_ORDER: Final = (
    "topic", "escalation", "sources", "reviewed_on", "approved_by", "title", "answer", "in_short", "why", "follow_ups",
    "channels", "values", "buttons",
)  # fmt: skip

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Topic:
    """An answer file as it stands; texts by language, "" or missing where nobody wrote one."""

    name: str
    group: str
    path: str
    version: str
    title: Texts
    answer: Texts
    in_short: Texts
    why: Texts
    buttons: tuple[str, ...]
    escalation: tuple[str, ...]
    sources: tuple[str, ...]
    follow_ups: Texts
    reviewed_on: str
    approved_by: str
    note: Texts


@dataclass(frozen=True)
class AnswerChange:
    """What an editor changes of an answer; None leaves a part as it is. Texts may hold some languages only.

    An empty text takes an optional one (`in_short`, `why`) away in that language.
    """

    title: Texts | None = None
    answer: Texts | None = None
    in_short: Texts | None = None
    why: Texts | None = None
    buttons: Sequence[str] | None = None
    escalation: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    follow_ups: Texts | None = None
    reviewed_on: dt.date | None = None
    approved_by: str | None = None
    note: Texts | None = None


def topics(copy: WorkingCopy) -> dict[str, str]:
    """The topics that have an answer file, each with its group, in the order of the files."""
    found = {}
    for path in copy.paths(f"{ANSWERS}/"):
        parts = PurePosixPath(path)
        if len(parts.parts) == 3 and parts.suffix == ".yml" and parts.parts[1] not in NO_TOPICS:
            found[parts.stem] = parts.parts[1]
    return found


def topics_of_danger(copy: WorkingCopy) -> frozenset[str]:
    """The topics of an emergency or a crisis: nobody is led to them by a list. A file that is broken is left out."""
    found = set()
    for topic in topics(copy):
        with contextlib.suppress(ContentRefused):
            if {"emergency", "crisis"} & set(read_topic(copy, topic).escalation):
                found.add(topic)
    return frozenset(found)


def answer_path(copy: WorkingCopy, topic: str) -> str:
    """The answer file of a topic. Raises `ContentRefused` for an unknown one."""
    group = topics(copy).get(topic)
    if group is None:
        raise ContentRefused("no_such_topic", topic=topic)
    return f"{ANSWERS}/{group}/{topic}.yml"


def read_topic(copy: WorkingCopy, topic: str) -> Topic:
    """The topic as it stands. Raises `ContentRefused` when there is none, or its file is no YAML."""
    path = answer_path(copy, topic)
    seen = copy.read(path)
    return _topic(path, seen.text, seen.version)


@lru_cache(maxsize=512)  # lists of topics read every file, which takes seconds, and few of them have changed
def _topic(path: str, text: str, version: str) -> Topic:
    root = YamlFile(path, text).root
    return Topic(
        name=PurePosixPath(path).stem,
        group=PurePosixPath(path).parts[1],
        path=path,
        version=version,
        title=_texts(root.get("title")),
        answer=_texts(root.get("answer")),
        in_short=_texts(root.get("in_short")),
        why=_texts(root.get("why")),
        buttons=_list(root.get("buttons")),
        escalation=_list(root.get("escalation")),
        sources=_list(root.get("sources")),
        follow_ups=_texts(root.get("follow_ups")),
        reviewed_on=str(root.get("reviewed_on") or ""),
        approved_by=str(root.get("approved_by") or ""),
        note=written_note(root),
    )


def change_answer(copy: WorkingCopy, topic: str, version: str, change: AnswerChange) -> Change:
    """The answer file with a change made to the version that the editor saw."""
    path = answer_path(copy, topic)
    seen = copy.version(version)
    return Change(path, changed_answer(path, seen, change), version)


def changed_answer(path: str, text: str, change: AnswerChange) -> str:
    """The text of an answer file with a change; every line that is not concerned stays as it is."""
    file = YamlFile(path, text)
    for name in _TEXTS:
        texts = getattr(change, name)
        if texts is not None:
            _write_texts(file.root, name, texts)
    for name in ("buttons", "escalation", "sources"):
        wanted = getattr(change, name)
        if wanted is not None and _list(file.root.get(name)) != tuple(wanted):
            _write_list(file.root, name, wanted)
    if change.follow_ups is not None:
        _write_mapping(file.root, "follow_ups", change.follow_ups)
    if change.reviewed_on is not None:
        file.root["reviewed_on"] = change.reviewed_on
    if change.approved_by is not None and file.root.get("approved_by") != change.approved_by:
        file.root["approved_by"] = quoted(change.approved_by)
    if change.note is not None:
        put_note(file.root, change.note)
    return file.text()


def new_topic(
    copy: WorkingCopy, topic: str, group: str, answer: AnswerChange, examples: Mapping[str, Sequence[str]]
) -> list[Change]:
    """The two files of a topic that does not exist yet.

    Raises `ContentRefused` for a bad or taken name, and for markup in an example.
    """
    if not _NAME.fullmatch(topic) or topic.startswith("follow_up_"):
        raise ContentRefused("bad_topic_name", topic=topic)
    if not _GROUP.fullmatch(group):
        raise ContentRefused("bad_topic_name", topic=group)
    taken = topics(copy).keys() | {PurePosixPath(path).stem for path in copy.paths(f"{EXAMPLES}/")}
    if topic in taken:
        raise ContentRefused("topic_exists", topic=topic)
    for texts in examples.values():
        require_plain(texts)
    today = answer.reviewed_on or dt.datetime.now(dt.UTC).date()
    begun = (
        f'topic: {topic}\nescalation: []\nsources: []\nreviewed_on: {today.isoformat()}\napproved_by: ""\nbuttons: []\n'
    )
    path = f"{ANSWERS}/{group}/{topic}.yml"
    return [
        Change(path, changed_answer(path, begun, answer), None),
        Change(f"{EXAMPLES}/{group}/{topic}.yml", example_file(topic, examples), None),
    ]


def example_file(topic: str, examples: Mapping[str, Sequence[str]]) -> str:
    """An example file with a block for each language; one without examples is left out, and the check tells."""
    lines = ['version: "3.1"', "nlu:"]
    for language in LANGUAGES:
        texts = [" ".join(text.split()) for text in examples.get(language, ()) if text.strip()]
        if texts:
            lines += [f"- intent: {topic}", "  metadata:", f"    language: {language}", "  examples: |"]
            lines += [f"    - {text}" for text in texts]
    return "\n".join(lines) + "\n"


def _texts(node: Any) -> dict[str, str]:
    return {str(name): str(text or "").strip() for name, text in node.items()} if isinstance(node, Mapping) else {}


def _list(node: Any) -> tuple[str, ...]:
    return tuple(map(str, node)) if isinstance(node, list) else ()


def _write_texts(root: Any, name: str, texts: Texts) -> None:
    node = root.get(name)
    if node is None:
        wanted = {language: text for language, text in texts.items() if text.strip()}
        if not wanted:
            return
        _insert(root, name, {})
        node = root[name]
    for language, text in texts.items():
        clean = text.replace("\r\n", "\n").strip()
        old = node.get(language)
        if old is not None and str(old).strip() == clean:
            continue
        if not clean and name in ("in_short", "why"):
            node.pop(language, None)
        else:
            node[language] = block(clean) if name != "title" else like(old, clean)
    if not node:
        del root[name]


def _write_list(root: Any, name: str, wanted: Sequence[str]) -> None:
    if name not in root:
        _insert(root, name, [])
    root[name][:] = list(wanted)


def _write_mapping(root: Any, name: str, wanted: Texts) -> None:
    node = root.get(name)
    if not wanted:
        root.pop(name, None)
        return
    if node is None:
        _insert(root, name, {})
        node = root[name]
    for key in [key for key in node if key not in wanted]:
        del node[key]
    node.update(wanted)


def _insert(root: Any, name: str, value: Any) -> None:
    """A new part at its usual place among the others."""
    before = [part for part in _ORDER[: _ORDER.index(name)] if part in root]
    place = list(root).index(before[-1]) + 1 if before else 0
    root.insert(place, name, value)
