"""Accounts: who read which conversations, summed up from entries of the audit log, with what is unusual on top.

Pure functions; `routes_access` reads the entries. The thresholds say what somebody should look at, not what is wrong.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

OPENED: Final = "conversation_opened"
SEARCHED: Final = frozenset({"conversations_searched", "searched_by_number", "words_searched"})
DISCLOSED: Final = frozenset({"number_shown", "media_opened", "transcript_exported"})
READ: Final = frozenset({OPENED, "words_shown", "conversations_listed"}) | SEARCHED | DISCLOSED
# Grounds that follow from the conversation itself; with any other it is somebody else's.
WITHOUT_CHOICE: Final = frozenset({"own", "answered", "waiting"})

HOUR = dt.timedelta(hours=1)
MANY_OF_OTHERS = 10  # different conversations of others that one person opened within an hour
MANY_SEARCHES = 20  # of one person within an hour
MANY_READERS = 4  # people who opened one conversation


class Unusual(StrEnum):
    """What somebody should look at."""

    MANY_OF_OTHERS = "many_of_others"
    MANY_SEARCHES = "many_searches"
    OFF_DUTY = "off_duty"
    MANY_READERS = "many_readers"


@dataclass(frozen=True)
class Read:
    """One entry of the log about reading."""

    at: dt.datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]

    @property
    def of_others(self) -> bool:
        """Whether a conversation was read on a ground that had to be chosen."""
        return self.action == OPENED and self.details.get("ground") not in WITHOUT_CHOICE

    @property
    def off_duty(self) -> bool:
        """Whether a conversation was opened by somebody who had no shift."""
        return self.action == OPENED and self.details.get("on_duty") is False


@dataclass
class Reader:
    """What one person read."""

    actor: str
    openings: int = 0
    off_duty: int = 0
    searches: int = 0
    disclosures: int = 0
    conversations: set[str] = field(default_factory=set)
    of_others: set[str] = field(default_factory=set)


@dataclass
class ReadConversation:
    """Who read one conversation, which is named by its keyed hash."""

    subject: str
    last_at: dt.datetime
    openings: int = 0
    readers: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Finding:
    """Something unusual: of a person, or of a conversation; `count` is how many, `at` when it was last so."""

    kind: Unusual
    who: str
    count: int
    at: dt.datetime


@dataclass(frozen=True)
class Report:
    """People and conversations, the most read first, and what is unusual."""

    findings: Sequence[Finding]
    readers: Sequence[Reader]
    conversations: Sequence[ReadConversation]


def report(reads: Iterable[Read]) -> Report:
    """Sum up."""
    readers: dict[str, Reader] = {}
    conversations: dict[str, ReadConversation] = {}
    by_actor: defaultdict[str, list[Read]] = defaultdict(list)
    for read in sorted(reads, key=lambda each: each.at):
        by_actor[read.actor].append(read)
        _count(readers.setdefault(read.actor, Reader(read.actor)), read)
        if read.action == OPENED:
            talk = conversations.setdefault(read.subject, ReadConversation(read.subject, read.at))
            talk.openings, talk.last_at = talk.openings + 1, read.at
            talk.readers.add(read.actor)
    found = [each for actor, mine in by_actor.items() for each in _unusual_of_person(actor, mine)]
    found += [
        Finding(Unusual.MANY_READERS, each.subject, len(each.readers), each.last_at)
        for each in conversations.values()
        if len(each.readers) >= MANY_READERS
    ]
    order = list(Unusual)
    return Report(
        sorted(found, key=lambda each: (order.index(each.kind), -each.count)),
        sorted(readers.values(), key=lambda each: (-len(each.of_others), -each.openings, each.actor)),
        sorted(conversations.values(), key=lambda each: (-len(each.readers), -each.openings, each.subject)),
    )


def _count(reader: Reader, read: Read) -> None:
    if read.action == OPENED:
        reader.openings += 1
        reader.conversations.add(read.subject)
        if read.of_others:
            reader.of_others.add(read.subject)
        reader.off_duty += read.off_duty
    reader.searches += read.action in SEARCHED
    reader.disclosures += read.action in DISCLOSED


def _unusual_of_person(actor: str, reads: Sequence[Read]) -> list[Finding]:
    """`reads` are one person's, in order of time."""
    others = [(each.at, each.subject) for each in reads if each.of_others]
    searches = [(each.at, str(number)) for number, each in enumerate(reads) if each.action in SEARCHED]
    off_duty = [each.at for each in reads if each.off_duty]
    found = []
    for kind, events, limit in (
        (Unusual.MANY_OF_OTHERS, others, MANY_OF_OTHERS),
        (Unusual.MANY_SEARCHES, searches, MANY_SEARCHES),
    ):
        count, at = _most_within_an_hour(events)
        if count >= limit and at is not None:
            found.append(Finding(kind, actor, count, at))
    if off_duty:
        found.append(Finding(Unusual.OFF_DUTY, actor, len(off_duty), off_duty[-1]))
    return found


def _most_within_an_hour(events: Sequence[tuple[dt.datetime, str]]) -> tuple[int, dt.datetime | None]:
    """The most different things within an hour, and when the last of them was; `events` are in order of time."""
    most, at, first = 0, None, 0
    within: defaultdict[str, int] = defaultdict(int)
    for moment, what in events:
        within[what] += 1
        while moment - events[first][0] > HOUR:
            within[events[first][1]] -= 1
            if not within[events[first][1]]:
                del within[events[first][1]]
            first += 1
        if len(within) >= most:
            most, at = len(within), moment
    return most, at
