"""Beside the road: what a turn or a handover adds to the figures, in the transaction that did it.

A citizen counts once a day in each cell, however much they write: then a count is a number of people, and a limit for
small counts protects people. Cells are a measure and a part of it:

    people ""             who wrote                          topic <topic>         about what
    messages ""           how much (ten of one citizen)      miss <why>            what was not understood
    channel, language     where and in what                  danger <kind>         emergency, crisis
    outcome <outcome>     what became of the words           helpfulness <word>    what they said of an answer
    handed_over ""        who asked for or got an officer    first_word <bucket>   how long until an officer spoke
    door <code>           by which link or poster they came  source <page>         on which page the chat was opened
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, exists, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.feedback import VERDICTS
from gateway.conversations.models import Conversation, OutboxItem, Turn
from gateway.database import now
from gateway.figures.models import FigureCount, FigureTally
from gateway.handover.models import QueueEntry
from gateway.hours.schedule import ZONE, moment_of

Cell = tuple[str, str]
MOST_MESSAGES = 10  # of one citizen and day that are counted: nobody alone may move a figure far
FOLDED_AT_ONCE = 2000
# What the engine says when it found nothing of ours in the words.
MISSES = frozenset({"nlu_fallback", "unclear_message"})
_FOLLOW_UP = "follow_up_"
# Upper ends, in seconds, of the buckets of the time from a request to an officer's first word.
FIRST_WORD = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 4 * 3600, "24h": 24 * 3600}
LATER = "later"


def cells_of(outcome: str, topic: str | None, language: str | None, danger: str | None, channel: str) -> set[Cell]:
    """The cells in which a turn's citizen counts."""
    cells = {("people", ""), ("outcome", outcome), ("channel", channel)}
    if language:
        cells.add(("language", language))
    if danger:
        cells.add(("danger", danger))
    if outcome == "engine_failure" or topic in MISSES:
        cells.add(("miss", topic or outcome))
    elif topic in VERDICTS:
        cells.add(("helpfulness", VERDICTS[topic]))
    elif topic and not topic.startswith(_FOLLOW_UP):
        cells.add(("topic", topic))
    return cells


async def count_turn(session: AsyncSession, turn: Turn, channel: str, messages: int, earlier: Iterable[Any]) -> None:
    """Count a turn that answered so many messages, as the last thing of its transaction.

    `earlier` are the citizen's other turns; see `recent_turns`. Those before today do not matter.
    """
    today = [each for each in earlier if each.created_at >= midnight()]
    counted: set[Cell] = set()
    for each in today:
        counted |= cells_of(each.outcome, each.topic, each.language, each.danger, each.channel)
    counts = dict.fromkeys(cells_of(turn.outcome, turn.topic, turn.language, turn.danger, channel) - counted, 1)
    before = sum(each.messages for each in today)
    more = min(before + messages, MOST_MESSAGES) - min(before, MOST_MESSAGES)
    if more:
        counts["messages", ""] = more
    await _add_at_once(session, counts)


async def _add_at_once(session: AsyncSession, counts: Mapping[Cell, int]) -> None:
    day = _today()
    rows = [{"measure": measure, "part": part, "count": count} for (measure, part), count in sorted(counts.items())]
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        arrays = {name: [row[name] for row in rows] for name in ("measure", "part", "count")}
        await session.execute(_ADD_ARRAYS, {"day": day, **arrays})
    else:
        await session.execute(insert(FigureTally), [{"day": day, **row} for row in rows])


_ADD_ARRAYS = text(
    "INSERT INTO figure_tally (day, measure, part, count) SELECT CAST(:day AS date), given.* "
    "FROM unnest(CAST(:measure AS varchar[]), CAST(:part AS varchar[]), CAST(:count AS integer[])) AS given"
)


async def count_handed_over(session: AsyncSession, conversation: Conversation) -> None:
    """Count that a citizen was put in front of the officers; to be called before the new entry is there."""
    before = select(QueueEntry.id).join(Conversation, Conversation.id == QueueEntry.conversation_id)
    before = before.where(Conversation.contact_id == conversation.contact_id, QueueEntry.created_at >= midnight())
    if not await session.scalar(select(exists(before))):
        add(session, [("handed_over", "")])


async def count_first_word(session: AsyncSession, entry: QueueEntry | None) -> None:
    """Count how long a citizen waited for an officer; to be called before the officer's words are in the outbox."""
    if entry is None:
        return
    spoken = select(OutboxItem.id).where(
        OutboxItem.conversation_id == entry.conversation_id,
        OutboxItem.author == "officer",
        OutboxItem.created_at >= entry.created_at,
    )
    if not await session.scalar(select(exists(spoken))):
        add(session, [("first_word", bucket(now() - entry.created_at))])


def bucket(waited: dt.timedelta) -> str:
    """The bucket of a wait; its upper end belongs to it."""
    seconds = waited.total_seconds()
    return next((name for name, end in FIRST_WORD.items() if seconds <= end), LATER)


def add(session: AsyncSession, cells: Iterable[Cell], count: int = 1) -> None:
    """Add to cells of today."""
    today = _today()
    session.add_all(FigureTally(day=today, measure=measure, part=part, count=count) for measure, part in cells)


async def fold(session: AsyncSession) -> bool:
    """Put what was counted into the days; returns whether there may be more. Any number of processes may do so."""
    rows = (
        await session.scalars(
            select(FigureTally).order_by(FigureTally.id).limit(FOLDED_AT_ONCE).with_for_update(skip_locked=True)
        )
    ).all()
    if not rows:
        return False
    sums: dict[tuple[dt.date, str, str], int] = {}
    for row in rows:
        key = (row.day, row.measure, row.part)
        sums[key] = sums.get(key, 0) + row.count
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    # In one order for all processes: no deadlock.
    counted = dialect.insert(FigureCount).values(
        [
            {"day": day, "measure": measure, "part": part, "count": count}
            for (day, measure, part), count in sorted(sums.items())
        ]
    )
    await session.execute(
        counted.on_conflict_do_update(
            index_elements=["day", "measure", "part"], set_={"count": FigureCount.count + counted.excluded.count}
        )
    )
    await session.execute(delete(FigureTally).where(FigureTally.id.in_([row.id for row in rows])))
    return len(rows) == FOLDED_AT_ONCE


def _today() -> dt.date:
    return now().astimezone(ZONE).date()


def midnight() -> dt.datetime:
    """When today began (Finnish time)."""
    return moment_of(_today(), 0)
