"""Content, items: what of the draft may go live by itself: an answer, a contact, a sender, a line, a topic's training.

A contact, sender or line is a key of its file; an answer is a file; a topic that is new or retired is all its files,
because a bot must be trained for it. Two items are the same when their values are: comments are no change.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final

import yaml

from answers.content import NO_TOPICS
from answers.faq import ASKED_KEY, FAQ_KEY
from answers.senders import SENDERS_FILE
from answers.source import NOTE
from gateway.content.repository.changes import FileState
from gateway.content.repository.contacts import CONTACTS, LINES
from gateway.content.repository.topics import ANSWERS
from gateway.content.repository.trilingual import leaves_of
from gateway.content.repository.working_copy import TESTS, Difference, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile

Place = tuple[str, ...]
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRAINING: Final = ("nlu", "stories", "talks", TESTS)
# They say who looked at a text and when; citizens never read them.
_NOTES: Final = frozenset({"reviewed_on", "checked_on", "checked_by"})


class ItemKind(StrEnum):
    """What an item is. `TOPIC`: new or retired, with its examples; `TEXTS`: another file that citizens read."""

    ANSWER = "answer"
    CONTACT = "contact"
    SENDER = "sender"
    LINE = "line"
    TEXTS = "texts"
    TOPIC = "topic"
    TRAINING = "training"

    @property
    def trains(self) -> bool:
        """Whether it goes live only with a bot that was trained with it."""
        return self in (ItemKind.TOPIC, ItemKind.TRAINING)


KEYED: Final[Mapping[str, ItemKind]] = {
    CONTACTS: ItemKind.CONTACT,
    SENDERS_FILE: ItemKind.SENDER,
    LINES: ItemKind.LINE,
}


@dataclass(frozen=True)
class Author:
    """Who wrote a text as it stands in the draft."""

    account: str
    name: str


@dataclass(frozen=True)
class Item:
    """A difference between what is live and the draft.

    `before` and `after` have each single text by its place (see `changes.leaves_of`); of training they are lines.
    """

    key: str
    kind: ItemKind
    name: str
    state: FileState
    paths: tuple[str, ...]
    before: Mapping[Place, str]
    after: Mapping[Place, str]
    authors: Mapping[Place, Author] = field(default_factory=dict)

    @property
    def changed(self) -> list[Place]:
        """The places that differ, in the order of the draft."""
        places = [*self.after, *(place for place in self.before if place not in self.after)]
        return [place for place in places if self.before.get(place) != self.after.get(place)]

    @property
    def trains(self) -> bool:
        """Whether it goes live only with a bot trained with it; so does how a topic's own question is asked."""
        return self.kind.trains or any(place[:1] == (FAQ_KEY,) and ASKED_KEY in place for place in self.changed)

    @property
    def to_show(self) -> list[Place]:
        """The places whose text differs to a reader; of what is new not the day on which it was made."""
        return [
            place
            for place in self.changed
            if self.before.get(place, "") != self.after.get(place, "")
            and not (self.state == FileState.NEW and place and place[-1] in _NOTES)
        ]

    @property
    def to_approve(self) -> list[Place]:
        """The places of which a second person must have read what citizens will read."""
        if self.kind == ItemKind.TRAINING:
            return []
        return [place for place in self.changed if not (place and (place[-1] in _NOTES or place[0] == NOTE))]

    @property
    def fingerprint(self) -> str:
        """The hash of both sides: an approval is of this change and no other."""
        return _hash_of(self.before, self.after)

    @property
    def round(self) -> str:
        """The hash of what is live: what is said of an item holds until it goes live, however its text is mended."""
        return _hash_of({(self.key,): ""}, self.before)


def _hash_of(*sides: Mapping[Place, str]) -> str:
    texts = [sorted(("/".join(place), text) for place, text in side.items()) for side in sides]
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode()).hexdigest()


def base_of(copy: WorkingCopy, live: str) -> str:
    """The commit that stands for what is live: before the first publishing, the first one (the project's own words)."""
    return live if copy.knows(live) else copy.first


def items(copy: WorkingCopy, base: str, draft: str) -> list[Item]:
    """Everything in which two commits differ, item by item."""
    differences = {each.path: each for each in copy.compare(base, draft)}
    topics = {
        _topic_of(path) for path, each in differences.items() if _is_answer(path) and None in (each.before, each.after)
    }
    groups: dict[tuple[ItemKind, str], list[Difference]] = {}
    found: list[Item] = []
    for path, each in differences.items():
        if path in KEYED and not _is_broken(each):
            found += _of_keys(KEYED[path], each)
            continue
        topic = _topic_of(path)
        if topic in topics and (_is_answer(path) or PurePosixPath(path).parts[0] in _TRAINING):
            groups.setdefault((ItemKind.TOPIC, topic), []).append(each)
        elif _is_answer(path):
            groups.setdefault((ItemKind.ANSWER, topic), []).append(each)
        elif PurePosixPath(path).parts[0] in _TRAINING:
            groups.setdefault((ItemKind.TRAINING, topic or path), []).append(each)
        else:
            groups.setdefault((ItemKind.TEXTS, path), []).append(each)
    found += [_of_files(kind, name, group) for (kind, name), group in groups.items()]
    order = list(ItemKind)
    return sorted((each for each in found if each.changed), key=lambda each: (order.index(each.kind), each.name))


def composed(copy: WorkingCopy, base: str, draft: str, keys: Iterable[str]) -> dict[str, bytes | None]:
    """What must change in `base` so that these items, and nothing else, are as in `draft`; None deletes a file."""
    wanted, everything = set(keys), items(copy, base, draft)
    there = copy.repository.tree(draft)
    changes: dict[str, bytes | None] = {}
    for path in {path for each in everything if each.key in wanted for path in each.paths}:
        whole = all(each.key in wanted for each in everything if path in each.paths)
        if path in KEYED and not whole:
            chosen = [each.name for each in everything if each.key in wanted and path in each.paths]
            changes[path] = _with_keys(path, copy.text_at(base, path), copy.text_at(draft, path), chosen)
        else:
            changes[path] = copy.repository.content(there[path]) if path in there else None
    return changes


def with_authors(copy: WorkingCopy, found: Iterable[Item]) -> list[Item]:
    """The items with who wrote each text as it stands in them, from the history of their files."""
    known = list(found)
    authors: dict[tuple[str, Place], Author] = {}
    for path in {path for each in known if each.to_approve for path in each.paths if not _trains((path,))}:
        texts = {
            (each.key, place): each.after.get(place)
            for each in known
            if path in each.paths
            for place in each.to_approve
        }
        authors |= _written_by(copy, path, texts)
    return [
        replace(
            each, authors={place: authors[each.key, place] for place in each.to_approve if (each.key, place) in authors}
        )
        for each in known
    ]


def _written_by(
    copy: WorkingCopy, path: str, wanted: Mapping[tuple[str, Place], str | None]
) -> dict[tuple[str, Place], Author]:
    """Walk back from the newest revision: the author of a text is who made it what it is in the item."""
    authors: dict[tuple[str, Place], Author] = {}
    unknown = dict(wanted)
    for revision, text in copy.versions_of(path):
        values = _places(path, text)
        for place, target in list(unknown.items()):
            if values.get(place) == target:
                authors[place] = Author(revision.account, revision.author)
            elif place in authors:
                del unknown[place]
        if not unknown:
            break
    return authors


def _places(path: str, text: str | None) -> dict[tuple[str, Place], str]:
    """Every single text of a file by the key of its item and its place there."""
    root = _parsed(text)
    if path in KEYED:
        return {
            (f"{KEYED[path]}:{key}", place): value
            for key, node in root.items()
            for place, value in leaves_of(node).items()
        }
    leaves = _leaves(path, text)
    kinds = [ItemKind.ANSWER, ItemKind.TOPIC] if _is_answer(path) else [ItemKind.TEXTS, ItemKind.TOPIC]
    name = _topic_of(path) or path
    return {(f"{kind}:{name}", place): value for kind in kinds for place, value in leaves.items()}


def _of_keys(kind: ItemKind, difference: Difference) -> list[Item]:
    old, new = _parsed(difference.before), _parsed(difference.after)
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        if old.get(key) == new.get(key):
            continue
        state = FileState.NEW if key not in old else FileState.GONE if key not in new else FileState.CHANGED
        before, after = (leaves_of(root[key]) if key in root else {} for root in (old, new))
        found.append(Item(f"{kind}:{key}", kind, str(key), state, (difference.path,), before, after))
    return found


def _of_files(kind: ItemKind, name: str, differences: list[Difference]) -> Item:
    first = next((each for each in differences if _is_answer(each.path)), differences[0])
    state = FileState.NEW if first.before is None else FileState.GONE if first.after is None else FileState.CHANGED
    before: dict[Place, str] = {}
    after: dict[Place, str] = {}
    for each in differences:
        lines = PurePosixPath(each.path).parts[0] in _TRAINING
        for side, text in ((before, each.before), (after, each.after)):
            side.update({(each.path,): text or ""} if lines and text is not None else _leaves(each.path, text))
    if kind == ItemKind.TOPIC:  # the examples are judged by the gate, as those of every topic
        before, after = ({place: text for place, text in side.items() if len(place) > 1 or not _trains(place)}
                         for side in (before, after))  # fmt: skip
    return Item(f"{kind}:{name}", kind, name, state, tuple(each.path for each in differences), before, after)


def _trains(place: Place) -> bool:
    return bool(place) and PurePosixPath(place[0]).parts[:1] != () and PurePosixPath(place[0]).parts[0] in _TRAINING


def _leaves(path: str, text: str | None) -> dict[Place, str]:
    if text is None:
        return {}
    root = _parsed(text) if path.endswith(".yml") else {}
    return leaves_of(root) if root else {(): text}


def _parsed(text: str | None) -> dict[str, Any]:
    """A file's keys; empty for one that is broken, which the check tells."""
    if text is None:
        return {}
    try:
        root = yaml.load(text, Loader=_LOADER)  # noqa: S506  # a safe loader
    except yaml.YAMLError:
        return {}
    return root if isinstance(root, dict) else {}


def _with_keys(path: str, base: str | None, draft: str | None, chosen: Iterable[str]) -> bytes:
    target, source = YamlFile(path, base or "{}\n"), YamlFile(path, draft or "{}\n")
    for key in chosen:
        if key in source.root:
            target.root[key] = source.root[key]
        else:
            target.root.pop(key, None)
    return target.text().encode()


def _is_answer(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return len(parts) == 3 and parts[0] == ANSWERS and parts[1] not in NO_TOPICS


def _is_broken(difference: Difference) -> bool:
    """Whether a side is no YAML: then the file is one item, and the check tells what is wrong."""
    return any(text and text.strip() and not _parsed(text) for text in (difference.before, difference.after))


def _topic_of(path: str) -> str:
    """The topic whose answer, examples or test messages a file has; "" for another file."""
    parts = PurePosixPath(path).parts
    topical = _is_answer(path) or (len(parts) == 3 and parts[0] == "nlu") or "topics" in parts
    return PurePosixPath(path).stem if topical else ""
