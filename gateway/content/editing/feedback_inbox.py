"""Content, feedback inbox: messages that the bot did not help with, copied without a link to the conversation.

A copy is made in the transaction of the turn, masked as the message is. Messages with danger are never copied: they are
a person's emergency and no material.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Delete, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from answers.likeness import near_duplicates, words_of
from gateway.content.editing.meaning import Meaning, labels_or_none
from gateway.content.errors import ContentRefused
from gateway.content.models import MissedMessage, MissReason
from gateway.content.persons import without_persons
from gateway.core.crypto import new_key, seal, unseal
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.core.locale import Language

_TEXT, _ANSWER = "missed_message.text", "missed_message.answer"
_LONGEST: Final = 1000
# The bot in use understands a message by now when it is so sure of it.
SURE: Final = 0.8
# What the bot takes a message for that it does not understand, or that is none of ours.
NOTHING_UNDERSTOOD: Final = frozenset({"nlu_fallback", "unclear_message", "out_of_scope"})
_NOT_UNDERSTOOD: Final = (MissReason.MISSED, MissReason.UNSURE, MissReason.CHOSEN, MissReason.OFFICER)
# More would be days of reading; the newest count.
_MOST_READ: Final = 2000
# So many words in a row are somebody's own; fewer are in every other example.
_OWN_WORDS: Final = 3
# Of all words of two messages, so many are in both: then they ask the same thing.
_ALIKE: Final = 0.5


@dataclass(frozen=True)
class Missed:
    """One decrypted message."""

    id: uuid.UUID
    reason: MissReason
    language: Language
    topic: str
    day: dt.date
    text: str
    answer: str
    joined: uuid.UUID | None = None
    now_topic: str = ""
    now_confidence: float = 0.0

    @property
    def only_missed(self) -> bool:
        """Whether it waits only because it was not understood: whoever understands it now has done what it asks."""
        return self.reason in _NOT_UNDERSTOOD or (
            self.reason == MissReason.WRONG_GUESS and self.now_topic != self.topic
        )


@dataclass(frozen=True)
class Group:
    """Similar messages, decided together; the first is the one that the others resemble."""

    messages: tuple[Missed, ...]

    @property
    def languages(self) -> list[Language]:
        """Those of the messages, each once, the most frequent first."""
        return [language for language, _ in Counter(each.language for each in self.messages).most_common()]

    @property
    def language(self) -> Language:
        """The one in which most are written."""
        return self.languages[0]

    @property
    def understood_now(self) -> str:
        """The topic that the bot in use takes all of them for, surely; "" where it does not."""
        topics = {each.now_topic if each.now_confidence >= SURE else "" for each in self.messages}
        return topics.pop() if len(topics) == 1 and not topics & NOTHING_UNDERSTOOD else ""

    @property
    def has_left(self) -> bool:
        """The bot in use understands all of it by now, and nothing else was wrong with it."""
        return bool(self.understood_now) and all(each.only_missed for each in self.messages)

    @property
    def topics(self) -> frozenset[str]:
        """Every topic that the bot, or a citizen, took one of them for."""
        return frozenset(each.topic for each in self.messages if each.topic)

    @property
    def topic(self) -> str:
        """The topic that citizens chose; "" where nobody did. The bot's guess at what it did not understand is none."""
        chosen = [each.topic for each in self.messages if each.reason == MissReason.CHOSEN]
        return Counter(chosen).most_common(1)[0][0] if chosen else ""

    @property
    def guess(self) -> str:
        """The topic of the answer that did not help, or of which the bot was not sure."""
        sure = (MissReason.UNSURE, MissReason.WRONG_GUESS, MissReason.NOT_HELPED)
        named = [each.topic for each in self.messages if each.topic and each.reason in sure]
        return Counter(named).most_common(1)[0][0] if named else ""

    @property
    def reasons(self) -> list[tuple[MissReason, int]]:
        """Each reason with how often it is the reason."""
        return Counter(each.reason for each in self.messages).most_common()

    @property
    def texts(self) -> list[str]:
        """Each text once."""
        return list(dict.fromkeys(each.text for each in self.messages))

    @property
    def answers(self) -> list[str]:
        """What officers answered instead."""
        return list(dict.fromkeys(each.answer for each in self.messages if each.answer))


def copy_of(
    keyring: Keyring,
    *,
    reason: MissReason,
    language: Language,
    topic: str | None,
    text: str,
    answer: str = "",
) -> list[MissedMessage]:
    """The copy of a masked text for the editors, as rows to be written; none where it has no words."""
    clean = _as_kept(text)
    if not words_of(clean):
        return []
    key = new_key()
    row = MissedMessage(
        reason=reason,
        language=language,
        topic=topic or "",
        day=now().date(),
        wrapped_key=keyring.wrap(key),
        text_sealed=seal(key, without_persons(clean), _TEXT),
        text_fingerprint=_fingerprint(keyring, clean),
        answer_sealed=seal(key, without_persons(answer), _ANSWER) if answer else None,
    )
    return [row]


def _fingerprint(keyring: Keyring, kept: str) -> bytes:
    return keyring.fingerprint("missed message", kept)


def _as_kept(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]


async def copies_gone(session: AsyncSession, keyring: Keyring, said: Iterable[str]) -> Delete:
    """The statement that deletes the copies of these texts, which are found by a keyed hash of the text.

    A copy has no reference to its conversation, and the hash is of the words as they were written. Another citizen's
    copy of the same text goes too.
    """
    wanted = {_as_kept(text) for text in said}
    prints = [_fingerprint(keyring, text) for text in wanted]
    before = await session.scalars(select(MissedMessage).where(MissedMessage.text_fingerprint.is_(None)))
    theirs = [row.id for row in before if _opened(keyring, row).text in wanted]
    known = or_(MissedMessage.text_fingerprint.in_(prints), MissedMessage.id.in_(theirs))
    return delete(MissedMessage).where(known)


async def forget_missed(session: AsyncSession, days: int) -> None:
    """Delete what is older than so many days, whether an editor has seen it or not."""
    await session.execute(delete(MissedMessage).where(MissedMessage.day < now().date() - dt.timedelta(days=days)))


async def missed(session: AsyncSession, keyring: Keyring) -> list[Missed]:
    """Everything that waits, the newest first."""
    wanted = select(MissedMessage).order_by(MissedMessage.day.desc(), MissedMessage.id).limit(_MOST_READ)
    return [_opened(keyring, row) for row in await session.scalars(wanted)]


async def groups(session: AsyncSession, keyring: Keyring) -> list[Group]:
    """Everything that waits, grouped by its words, the largest group first."""
    return _ordered(grouped(await missed(session, keyring)))


async def by_meaning(messages: Sequence[Missed], meaning: Meaning) -> list[Group]:
    """The messages grouped by what is asked, across words and languages; by words where the encoder is silent."""
    labels = None
    if len(messages) > 1:
        labels = await labels_or_none(meaning, [each.text for each in messages], [each.language for each in messages])
    return _ordered(grouped(messages) if labels is None else _by_label(messages, labels))


def _ordered(found: Iterable[Group]) -> list[Group]:
    return sorted(_joined(found), key=lambda group: -len(group.messages))


def group_among(known: Iterable[Group], message: uuid.UUID) -> Group:
    """The group in which a message is. Raises `ContentRefused` when it is not there any more."""
    for group in known:
        if any(each.id == message for each in group.messages):
            return group
    raise ContentRefused("no_such_missed_message")


async def join(session: AsyncSession, chosen: Iterable[Group]) -> None:
    """An editor says that these groups ask the same: they stay together from now on."""
    ids = [each.id for group in chosen for each in group.messages]
    await session.execute(update(MissedMessage).where(MissedMessage.id.in_(ids)).values(joined=uuid.uuid4()))


def _by_label(messages: Sequence[Missed], labels: Sequence[int]) -> list[Group]:
    found: dict[int, list[Missed]] = {}
    for message, label in zip(messages, labels, strict=True):
        found.setdefault(label, []).append(message)
    return [Group(tuple(each)) for each in found.values()]


def _joined(found: Iterable[Group]) -> list[Group]:
    """Groups of which an editor has joined messages are one."""
    kept: list[list[Missed]] = []
    at: dict[uuid.UUID, int] = {}
    for group in found:
        ids = {each.joined for each in group.messages if each.joined}
        place = next((at[each] for each in ids if each in at), len(kept))
        if place == len(kept):
            kept.append([])
        kept[place] += group.messages
        at |= dict.fromkeys(ids, place)
    return [Group(tuple(each)) for each in kept]


def grouped(messages: Iterable[Missed]) -> list[Group]:
    """The messages of one language that share half of their words stand together, each in one group only."""
    found: list[list[Missed]] = []
    by_word: dict[tuple[str, str], set[int]] = {}
    words: list[frozenset[str]] = []
    for message in messages:
        own = frozenset(words_of(message.text))
        near = {place for word in own for place in by_word.get((message.language, word), ())}
        place = max(near, key=lambda each: (_likeness(own, words[each]), -each), default=None)
        if place is not None and _likeness(own, words[place]) >= _ALIKE:
            found[place].append(message)
            continue
        for word in own:
            by_word.setdefault((message.language, word), set()).add(len(found))
        found.append([message])
        words.append(own)
    return [Group(tuple(each)) for each in found]


def require_other_words(originals: Sequence[str], texts: Sequence[str]) -> None:
    """Nobody's own words are kept: each text must be reworded. Raises `ContentRefused` with the one that is not."""
    for text in texts:
        for original in originals:
            if _repeats(words_of(original), words_of(text)) or near_duplicates([original, text]):
                raise ContentRefused("reword", text=text)


def _repeats(original: tuple[str, ...], text: tuple[str, ...]) -> bool:
    """Whether a text has the citizen's words in a row; one or two words are everybody's, and only the same as such."""
    if len(original) < _OWN_WORDS:
        return original == text
    return any(text[place : place + len(original)] == original for place in range(len(text)))


async def decided(session: AsyncSession, group: Group) -> None:
    """Delete the messages of a group: the editor has used or dismissed them."""
    await session.execute(delete(MissedMessage).where(MissedMessage.id.in_([each.id for each in group.messages])))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _opened(keyring: Keyring, row: MissedMessage) -> Missed:
    key = keyring.unwrap(row.wrapped_key)
    answer = unseal(key, row.answer_sealed, _ANSWER).decode() if row.answer_sealed else ""
    text = unseal(key, row.text_sealed, _TEXT).decode()
    return Missed(
        row.id,
        row.reason,
        row.language,
        row.topic,
        row.day,
        text,
        answer,
        row.joined,
        row.now_topic or "",
        row.now_confidence or 0.0,
    )
