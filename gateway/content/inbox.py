"""Editors' workshop, the inbox: what citizens wrote and were not helped with, copied without a way back to the talk.

A copy is made in the transaction of the turn, masked as the message is. Messages with danger are never copied: they are
a person's emergency and no material.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from answers.likeness import near_duplicates, words_of
from gateway.content.models import MissedMessage
from gateway.content.refusals import ContentRefused
from gateway.conversations.keys import Keyring
from gateway.database import now
from gateway.encryption import new_key, seal, unseal

# Why a message is here: nobody understood it twice (or it was unclear), the bot was not sure, the citizen said that the
# guess was wrong, chose another topic, said that the answer did not help, or an officer answered instead.
REASONS: Final = ("missed", "unsure", "wrong_guess", "chosen", "not_helped", "officer")
_TEXT, _ANSWER = "missed_message.text", "missed_message.answer"
_LONGEST: Final = 1000
# More would be days of reading; the newest count.
_MOST_READ: Final = 2000
# Of all words of two messages, so many are in both: then they ask the same thing.
_ALIKE: Final = 0.5


@dataclass(frozen=True)
class Missed:
    """One message, opened."""

    id: uuid.UUID
    reason: str
    language: str
    topic: str
    day: dt.date
    text: str
    answer: str


@dataclass(frozen=True)
class Group:
    """Messages that say about the same: one decision. The first is the one that most of the others resemble."""

    messages: tuple[Missed, ...]

    @property
    def language(self) -> str:
        """Of all of them."""
        return self.messages[0].language

    @property
    def topic(self) -> str:
        """The topic that they most often were guessed to be about, or that citizens chose."""
        chosen = [each.topic for each in self.messages if each.reason == "chosen"]
        named = chosen or [each.topic for each in self.messages if each.topic]
        return Counter(named).most_common(1)[0][0] if named else ""

    @property
    def reasons(self) -> list[tuple[str, int]]:
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


def keep(
    session: AsyncSession,
    keyring: Keyring,
    *,
    reason: str,
    language: str,
    topic: str | None,
    text: str,
    answer: str = "",
) -> None:
    """Copy a masked text for the editors; nothing without words."""
    clean = _as_kept(text)
    if not words_of(clean):
        return
    key = new_key()
    session.add(
        MissedMessage(
            reason=reason,
            language=language,
            topic=topic or "",
            day=now().date(),
            wrapped_key=keyring.wrap(key),
            text_sealed=seal(key, clean, _TEXT),
            text_fingerprint=_fingerprint(keyring, clean),
            answer_sealed=seal(key, answer, _ANSWER) if answer else None,
        )
    )


def _fingerprint(keyring: Keyring, kept: str) -> bytes:
    return keyring.fingerprint("missed message", kept)


def _as_kept(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]


async def forget_copies(session: AsyncSession, keyring: Keyring, said: Iterable[str]) -> int:
    """Delete the copies of what somebody said, found by the words alone; returns how many.

    A copy has no way back to its talk. Somebody else's copy of the very same words goes too, which harms nobody.
    """
    wanted = {_as_kept(text) for text in said}
    prints = [_fingerprint(keyring, text) for text in wanted]
    before = await session.scalars(select(MissedMessage).where(MissedMessage.text_fingerprint.is_(None)))
    theirs = [row.id for row in before if _opened(keyring, row).text in wanted]
    gone = await session.execute(
        delete(MissedMessage)
        .where(or_(MissedMessage.text_fingerprint.in_(prints), MissedMessage.id.in_(theirs)))
        .returning(MissedMessage.id)
    )
    return len(gone.all())


async def forget_missed(session: AsyncSession, days: int) -> None:
    """Delete what is older than so many days, whether an editor has seen it or not."""
    await session.execute(delete(MissedMessage).where(MissedMessage.day < now().date() - dt.timedelta(days=days)))


async def groups(session: AsyncSession, keyring: Keyring) -> list[Group]:
    """Everything that waits, grouped by likeness, the largest group first."""
    wanted = select(MissedMessage).order_by(MissedMessage.day.desc(), MissedMessage.id).limit(_MOST_READ)
    opened = [_opened(keyring, row) for row in await session.scalars(wanted)]
    return sorted(grouped(opened), key=lambda group: -len(group.messages))


async def group_of(session: AsyncSession, keyring: Keyring, message: uuid.UUID) -> Group:
    """The group in which a message is. Raises `ContentRefused` when it is not there any more."""
    for group in await groups(session, keyring):
        if any(each.id == message for each in group.messages):
            return group
    raise ContentRefused("no_such_missed_message")


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
            same = " ".join(words_of(original)) in " ".join(words_of(text)) or near_duplicates([original, text])
            if same:
                raise ContentRefused("reword", text=text)


async def decided(session: AsyncSession, group: Group) -> None:
    """The originals go: the editor has taken over what they taught, or decided that they teach nothing."""
    await session.execute(delete(MissedMessage).where(MissedMessage.id.in_([each.id for each in group.messages])))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _opened(keyring: Keyring, row: MissedMessage) -> Missed:
    key = keyring.unwrap(row.wrapped_key)
    answer = unseal(key, row.answer_sealed, _ANSWER).decode() if row.answer_sealed else ""
    text = unseal(key, row.text_sealed, _TEXT).decode()
    return Missed(row.id, row.reason, row.language, row.topic, row.day, text, answer)
