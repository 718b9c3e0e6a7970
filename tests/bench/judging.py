"""The verdict of a fault test: what became of every citizen message, with the stand-in's log as judge.

The gateway's tables only say which message belongs to which turn; what was accepted and what arrived on a phone is
asked of the stand-in, which the gateway cannot deceive.
"""

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from sqlalchemy import func, select

from gateway.conversations.kinds import TurnOutcome
from gateway.conversations.models import InboxEvent, Message, OutboxItem, Turn
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database
from gateway.core.keyring import Keyring
from simulator import Message as Sent
from simulator import Simulator
from tests.bench.breaking import Window

MOST_FAILURES = 0.01
# A turn that met a fault may be written so much later: the dialogue's time-out, and a lease that must end.
AFTERMATH = 20.0
# A process that died so soon after the acceptance cannot have written what became of it.
HIDDEN_BY_A_KILL = 3.0


@dataclass(frozen=True)
class Double:
    """A reply that was accepted more than once, and what hid the first outcome; `cause` is empty when nothing did."""

    reference: str
    times: int
    cause: str


@dataclass
class Verdict:
    """What was counted; `problems` are the sentences that make the test fail."""

    messages: int = 0
    turns: int = 0
    replies: int = 0
    failures: int = 0
    unsent: int = 0
    doubles: list[Double] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tables:
    """What the gateway wrote: the turn of each message by its fingerprint, the turns, and the replies of each."""

    turn_of: dict[bytes, uuid.UUID | None]
    turns: dict[uuid.UUID, Turn]
    replies_of: dict[uuid.UUID, list[OutboxItem]]
    set_aside: int


async def read_tables(database: Database) -> Tables:
    """Everything of this run."""
    async with database.transaction() as session:
        rows = await session.execute(select(Message.external_fingerprint, Message.turn_id))
        turn_of = {row.external_fingerprint: row.turn_id for row in rows}
        turns = {turn.id: turn for turn in await session.scalars(select(Turn))}
        replies: dict[uuid.UUID, list[OutboxItem]] = defaultdict(list)
        for item in await session.scalars(select(OutboxItem).where(OutboxItem.turn_id.is_not(None))):
            assert item.turn_id is not None
            replies[item.turn_id].append(item)
        failed = select(func.count()).select_from(InboxEvent).where(InboxEvent.state == "failed")
        return Tables(turn_of, turns, replies, await session.scalar(failed) or 0)


async def judge(simulator: Simulator, database: Database, settings: Settings, windows: list[Window]) -> Verdict:
    """Count everything, and say what is wrong."""
    keyring = Keyring(DataKeys(settings.data_key.get_secret_value()))
    async with database.transaction() as session:
        await keyring.load(session)
    tables = await read_tables(database)
    accepted: dict[str, list[Sent]] = defaultdict(list)
    for sent in simulator.log.accepted():
        accepted[sent.reference or ""].append(sent)
    verdict = Verdict(turns=len(tables.turns), replies=sum(len(each) for each in accepted.values()))
    _judge_messages(verdict, simulator, keyring, tables, accepted)
    _judge_turns(verdict, tables, windows)
    _judge_doubles(verdict, simulator, accepted, windows)
    if tables.set_aside:
        verdict.problems.append(f"{tables.set_aside} events were set aside.")
    if simulator.webhooks.given_up:
        verdict.problems.append(f"{simulator.webhooks.given_up} webhooks were never answered 200.")
    return verdict


def _judge_messages(
    verdict: Verdict, simulator: Simulator, keyring: Keyring, tables: Tables, accepted: dict[str, list[Sent]]
) -> None:
    for phone in simulator.state.phones.values():
        arrived = {received.id for received in simulator.log.received_by(phone.id)}
        for written in simulator.log.written_by(phone.id):
            verdict.messages += 1
            turn = tables.turn_of.get(keyring.fingerprint("whatsapp message", written.id))
            if turn is None:
                verdict.problems.append(f"A message of {phone.id} belongs to no turn: lost.")
                continue
            replies = tables.replies_of.get(turn, [])
            if len(replies) != 1:
                verdict.problems.append(f"The turn of a message of {phone.id} has {len(replies)} replies.")
            for reply in replies:
                if not any(sent.id in arrived for sent in accepted.get(str(reply.id), [])):
                    verdict.unsent += 1
                    verdict.problems.append(f"The reply to a message of {phone.id} did not arrive: {reply.state}.")


def _judge_turns(verdict: Verdict, tables: Tables, windows: list[Window]) -> None:
    outcomes = Counter(turn.outcome for turn in tables.turns.values())
    verdict.failures = outcomes[TurnOutcome.ENGINE_FAILURE]
    if others := outcomes.keys() - {"answered", "engine_failure"}:
        verdict.problems.append(f"Turns ended as {sorted(others)}.")
    for turn in tables.turns.values():
        moment = turn.created_at.timestamp()
        if turn.outcome == "engine_failure" and not active(windows, moment):
            verdict.problems.append("A failure was recorded while nothing was wrong.")
    if verdict.failures > MOST_FAILURES * verdict.messages:
        share = verdict.failures / max(verdict.messages, 1)
        verdict.problems.append(f"{verdict.failures} recorded failures are {share:.1%}, more than {MOST_FAILURES:.0%}.")


def _judge_doubles(
    verdict: Verdict, simulator: Simulator, accepted: dict[str, list[Sent]], windows: list[Window]
) -> None:
    untold = simulator.log.unacknowledged()
    for reference, copies in accepted.items():
        if len(copies) > 1:
            cause = ", ".join(sorted({_hidden_by(copy, untold, windows) for copy in copies[:-1]}))
            verdict.doubles.append(Double(reference, len(copies), cause))
            if not cause:
                verdict.problems.append(f"A reply was said {len(copies)} times though nothing hid its outcome.")


def _hidden_by(copy: Sent, untold: dict[str, str], windows: list[Window]) -> str:
    if copy.id in untold:
        return f"{untold[copy.id]} after accepting"
    kills = [window for window in windows if window.name == "gateway killed"]
    return "gateway killed" if any(0 <= kill.began - copy.at <= HIDDEN_BY_A_KILL for kill in kills) else ""


def active(windows: list[Window], moment: float) -> list[str]:
    """The faults that were active at a moment, or had just been."""
    return [
        window.name
        for window in windows
        if window.began <= moment and (window.ended is None or moment <= window.ended + AFTERMATH)
    ]
