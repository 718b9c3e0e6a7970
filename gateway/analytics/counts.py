"""Analytics, counts: subscribers that count a turn, handover or arrival within the transaction that caused it.

A citizen counts once a day in each cell, however much they write: then a count is a number of people, and rounding
protects people. A cell is a measure and a part of it:

    people ""             who wrote                          topic <topic>         about what
    messages ""           how much (ten of one citizen)      miss <why>            what was not understood
    channel, language     where and in what                  danger <kind>         emergency, crisis
    outcome <outcome>     what became of the words           helpfulness <word>    what they said of an answer
    handed_over ""        who asked for or got an officer    first_word <bucket>   how long until an officer spoke
    scam <sender:story>   which suspicious messages they pasted
    officer_helpfulness <word>                               what they said of a talk with an officer
    answer_… <language:topic>   what became of an answer (see `cells_of_day`)
    referral <code>       by which link or poster they came  source <page>         on which page the chat was opened
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Date, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analytics.models import CountIncrement, Measure, TopicFeedback, Verdict
from gateway.conversations.events import CitizenArrived, ConversationQueued, OfficerReplied, TurnFinished
from gateway.conversations.kinds import ChannelName, Danger, TurnOutcome
from gateway.conversations.models import Turn
from gateway.core.compiled import prepare
from gateway.core.database import now, upsert
from gateway.core.events import Write
from gateway.core.locale import midnight, today

_FOLLOW_UP = "follow_up_"
_UNSURE = "nlu_fallback"
# What the engine calls a citizen's word about the last answer -> what is counted.
VERDICTS = {
    f"{_FOLLOW_UP}helped": Verdict.HELPED,
    f"{_FOLLOW_UP}not_helped": Verdict.NOT_HELPED,
    f"{_FOLLOW_UP}wrong_guess": Verdict.WRONG_GUESS,
}


async def _feedback(session: AsyncSession, turn: Turn) -> Sequence[Write]:
    """Count what the turn says about the answer before it, if it says anything.

    For the editors: by topic, language and day. No row leads back to a conversation, so they may outlive it.
    """
    verdict = VERDICTS.get(turn.topic or "")
    topic = await _answered_before(session, turn) if verdict else None
    if verdict is None or topic is None:
        return ()
    counted = upsert(session, TopicFeedback).values(
        topic=topic, language=turn.language or "", verdict=verdict, day=now().date(), count=1
    )
    one_more = {"count": TopicFeedback.count + 1}
    return [counted.on_conflict_do_update(index_elements=["topic", "language", "verdict", "day"], set_=one_more)]


async def _answered_before(session: AsyncSession, turn: Turn) -> str | None:
    return await session.scalar(
        select(Turn.topic)
        .where(
            Turn.conversation_id == turn.conversation_id,
            Turn.id != turn.id,
            Turn.topic.is_not(None),
            Turn.topic != _UNSURE,
            ~Turn.topic.startswith(_FOLLOW_UP, autoescape=True),
        )
        .order_by(Turn.created_at.desc())
        .limit(1)
    )


Cell = tuple[Measure, str]
MOST_MESSAGES = 10  # of one citizen and day that are counted: nobody alone may move a figure far
FOLDED_AT_ONCE = 2000
# The topics of a message that was not understood.
MISSES = frozenset({"nlu_fallback", "unclear_message"})
_FOLLOW_UP = "follow_up_"
# Before the name of a question, where a part is of a short answer and not of a topic's.
QUESTION_MARK = "?"
_OF_VERDICT = {
    Verdict.HELPED: Measure.ANSWER_HELPED,
    Verdict.NOT_HELPED: Measure.ANSWER_NOT_HELPED,
    Verdict.WRONG_GUESS: Measure.ANSWER_NOT_HELPED,
}
# Moves in a talk after which an answer stands once more: it, too, may be the last word.
_ANSWERED_AGAIN = frozenset(
    f"{_FOLLOW_UP}{act}"
    for act in (
        "question", "more", "tells", "why", "simpler", "shorter", "repeat", "yes", "no", "first", "second", "third",
        "how_step", "which_contact", "did_not_work", "what_next", "already_paid", "under_18",
    )
)  # fmt: skip
# After these, an officer or a greeting was the last word.
_NO_ANSWERS = frozenset({"talk_to_officer", "greeting_thanks"})
# Upper ends, in seconds, of the buckets of the time from a request to an officer's first word.
FIRST_WORD = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 4 * 3600, "24h": 24 * 3600}
LATER = "later"


def cells_of(
    outcome: TurnOutcome,
    topic: str | None,
    language: str | None,
    danger: Danger | None,
    channel: ChannelName,
    scam: str | None = None,
) -> set[Cell]:
    """The cells in which a turn's citizen counts."""
    cells = {(Measure.PEOPLE, ""), (Measure.OUTCOME, outcome), (Measure.CHANNEL, channel)}
    if language:
        cells.add((Measure.LANGUAGE, language))
    if danger:
        cells.add((Measure.DANGER, danger))
    if scam:
        cells.add((Measure.SCAM, scam))
    if outcome == TurnOutcome.ENGINE_FAILURE or topic in MISSES:
        cells.add((Measure.MISS, topic or outcome))
    elif topic in VERDICTS:
        cells.add((Measure.HELPFULNESS, VERDICTS[topic]))
    elif topic and not topic.startswith(_FOLLOW_UP):
        cells.add((Measure.TOPIC, topic))
    return cells


def cells_of_day(turns: Iterable[Any]) -> set[Cell]:
    """What became of a citizen's answers of one day, their turns in order (each with `topic`, `language`, `question`,
    `outcome` and `danger`).

    An answer is followed within the day: it helped, it did not, what was written next was not understood, or it was
    the last word: it was left. A part is `<language>:<topic>`, or `<language>:?<question>` of a short answer.
    """
    cells: set[Cell] = set()
    about: tuple[str, ...] = ()
    is_answer = False
    for turn in turns:
        topic, language = turn.topic or "", turn.language or ""
        if topic in MISSES:
            cells |= {(Measure.ANSWER_MISSED, part) for part in about}
        elif topic in VERDICTS:
            cells |= {(_OF_VERDICT[VERDICTS[topic]], part) for part in about}
        else:
            about = _about(topic, language, turn.question, about)
            cells |= {(Measure.ANSWER_ASKED, part) for part in about}
        is_answer = _is_answer(turn)
    return cells | {(Measure.ANSWER_LEFT, part) for part in about if is_answer}


def _is_answer(turn: Any) -> bool:
    """Whether the bot has answered a matter in this turn, and no officer hears of it as of danger."""
    topic = turn.topic or ""
    if turn.outcome != TurnOutcome.ANSWERED or turn.danger is not None or topic in MISSES | _NO_ANSWERS:
        return False
    return bool(topic and not topic.startswith(_FOLLOW_UP)) or topic in _ANSWERED_AGAIN


def _about(topic: str, language: str, question: str | None, before: tuple[str, ...]) -> tuple[str, ...]:
    """The topic of a turn, or the one before where it goes on, and the question that it asks."""
    if topic and not topic.startswith(_FOLLOW_UP):
        before = (f"{language}:{topic}",)
    asked = (f"{language}:{QUESTION_MARK}{question}",) if question else ()
    return (*(part for part in before if f":{QUESTION_MARK}" not in part), *asked)


async def on_turn_finished(session: AsyncSession, event: TurnFinished) -> Iterable[Write]:
    """Count a turn and the messages that it answered; the citizen's turns before today do not matter."""
    turn, today = event.turn, [each for each in event.earlier if each.created_at >= midnight()]
    counted: set[Cell] = set()
    for each in today:
        counted |= cells_of(each.outcome, each.topic, each.language, each.danger, each.channel, each.scam)
    cells = cells_of(turn.outcome, turn.topic, turn.language, turn.danger, event.channel, turn.scam)
    in_order = sorted(today, key=lambda each: each.created_at)
    before = cells_of_day(in_order)
    cells |= cells_of_day([*in_order, turn])
    counts = dict.fromkeys(cells - counted - before, 1)
    # Whoever writes again has not left: what was counted of them today is taken back.
    counts |= dict.fromkeys((cell for cell in before - cells if cell[0] == Measure.ANSWER_LEFT), -1)
    written = sum(each.messages for each in today)
    more = min(written + event.messages, MOST_MESSAGES) - min(written, MOST_MESSAGES)
    if more:
        counts[Measure.MESSAGES, ""] = more
    return [*await _feedback(session, turn), *_tallies(session, counts)]


async def on_conversation_queued(session: AsyncSession, event: ConversationQueued) -> Iterable[Write]:
    """Count that a citizen was put in front of the officers, once a day."""
    if not event.first_today:
        return ()
    about = f"{event.conversation.language or ''}:{event.topic}"
    return tallies([(Measure.HANDED_OVER, ""), *([(Measure.ANSWER_HANDED_OVER, about)] if event.topic else [])])


async def on_officer_replied(session: AsyncSession, event: OfficerReplied) -> Iterable[Write]:
    """Count how long a citizen waited for an officer's first word."""
    return tallies([(Measure.FIRST_WORD, bucket(event.waited))]) if event.waited is not None else ()


async def on_citizen_arrived(session: AsyncSession, event: CitizenArrived) -> Iterable[Write]:
    """Count by which link or on which page a citizen came."""
    return tallies([(Measure(event.measure), event.part)])


def _tallies(session: AsyncSession, counts: Mapping[Cell, int]) -> Iterable[Write]:
    """All cells of one turn in one statement."""
    day = today()
    rows = [{"measure": measure, "part": part, "count": count} for (measure, part), count in sorted(counts.items())]
    if session.get_bind().dialect.name != "postgresql":
        return [(_ADD_JSON, {"day": day, "rows": json.dumps(rows)})] if rows else ()
    arrays = {name: [row[name] for row in rows] for name in ("part", "count")}
    arrays["measure"] = [measure.value for measure, _ in sorted(counts)]
    return [(_ADD_ARRAYS, {"day": day, **arrays})] if rows else ()


_ADD_JSON = prepare(
    text(
        "INSERT INTO count_increment (day, measure, part, count) SELECT :day, value ->> 'measure', value ->> 'part', "
        "value ->> 'count' FROM json_each(:rows)"
    ).bindparams(bindparam("day", type_=Date)),
    answers=False,
)
_ADD_ARRAYS = prepare(
    text(
        "INSERT INTO count_increment (day, measure, part, count) SELECT CAST(:day AS date), given.* "
        "FROM unnest(CAST(:measure AS varchar[]), CAST(:part AS varchar[]), CAST(:count AS integer[])) AS given"
    ),
    answers=False,
)


def bucket(waited: dt.timedelta) -> str:
    """The bucket of a wait; its upper end belongs to it."""
    seconds = waited.total_seconds()
    return next((name for name, end in FIRST_WORD.items() if seconds <= end), LATER)


def tallies(cells: Iterable[Cell], count: int = 1) -> list[CountIncrement]:
    """Rows that add to today's cells."""
    day = today()
    return [CountIncrement(day=day, measure=measure, part=part, count=count) for measure, part in cells]


async def fold(session: AsyncSession) -> bool:
    """Add increments to the daily counts; returns whether there may be more. Safe for any number of processes."""
    most = {"most": FOLDED_AT_ONCE}
    if session.get_bind().dialect.name == "postgresql":
        return bool(await session.scalar(_FOLD, most) == FOLDED_AT_ONCE)
    await session.execute(_ADD_TO_DAYS, most)
    return len((await session.execute(_DELETE_ADDED, most)).all()) == FOLDED_AT_ONCE


# The database adds, so that no row comes here. Sorted, so that all processes lock in the same order: no deadlock.
_FOLD = prepare(
    text(
        """
    WITH taken AS (
        DELETE FROM count_increment WHERE id IN (
            SELECT id FROM count_increment ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
        )
        RETURNING day, measure, part, count
    ), added AS (
        INSERT INTO daily_count (day, measure, part, count)
        SELECT day, measure, part, sum(count) FROM taken GROUP BY day, measure, part ORDER BY day, measure, part
        ON CONFLICT (day, measure, part) DO UPDATE SET count = daily_count.count + excluded.count
    )
    SELECT count(*) FROM taken
    """
    )
)
# SQLite has one writer, so that both find the same rows.
_ADD_TO_DAYS = prepare(
    text(
        """
    WITH taken AS (SELECT * FROM count_increment ORDER BY id LIMIT :most)
    INSERT INTO daily_count (day, measure, part, count)
    SELECT day, measure, part, sum(count) FROM taken WHERE true GROUP BY day, measure, part
    ON CONFLICT (day, measure, part) DO UPDATE SET count = daily_count.count + excluded.count
    """
    ),
    answers=False,
)
_DELETE_ADDED = prepare(
    text(
        "DELETE FROM count_increment WHERE id IN (SELECT id FROM count_increment ORDER BY id LIMIT :most) RETURNING id"
    )
)
