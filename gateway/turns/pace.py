"""Station 3, pace: what a turn waits for, how many of them a minute are answered, and what becomes of each.

Debounce: a greeting and what follows it get one answer. Closed lists, so that no unknown text, and so no danger, ever
waits. It ends with whatever follows: the worker wakes the turn with each new message.

While an engine starts, and while it answers what came before, turns wait for it, so that nobody is told "I cannot
answer" in a restart or upgrade; with a limit, after which the fixed line is said. What may be danger has had 112
within a second all the same.

Flood limit: the first turn over it gets one fixed text. The engine still judges every turn, because only so is danger
found in a flood. A request for an officer, and a turn that the engine could not judge, are answered too: either may be
a call for help.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog

from gateway.conversations.kinds import MessageKind, TurnOutcome
from gateway.core.database import now
from gateway.dialogue.engine import DialogueAnswer, DialogueUnavailable, EngineAway, EngineBusy
from gateway.turns.turn_input import TurnInput, TurnsContext

log = structlog.get_logger()

_WORDS = re.compile(r"[^\W\d_]+")

_OPENERS = frozenset(
    """
    hei heippa heips moi moikka moro morjens terve tere huomenta päivää paivaa iltaa hyvää hyvaa
    hej hejsan tjena tja tjo moj god goddag morgon dag kväll kvall hallå halla
    hi hello hey heya yo good morning evening afternoon there sup
    mulla minulla mul on asia kysymys juttu ois olis olisi yks yksi kysyttävää kysyttavaa voinko voinks kysyä kysya
    jag har en fråga fraga ett ärende arende får far kan fråga fraga dig något nåt nat
    i have a question can ask you something got
    siis öö öh no nii niin eli alltså alltsa asså asssa så um uh so well
    """.split()  # noqa: SIM905  # four lines of words read better than a hundred quotes
)
MAX_WORDS = 6


def is_opener(text: str) -> bool:
    """Whether a text only opens a conversation: few words, and every one of them in the closed list."""
    words = _WORDS.findall(text.lower())
    return 0 < len(words) <= MAX_WORDS and "?" not in text and all(word in _OPENERS for word in words)


@dataclass(frozen=True)
class Debounce:
    """The turn waits until this timestamp for the message that may follow a greeting."""

    until: dt.datetime


def debounce_of(turn_input: TurnInput, seconds: float) -> Debounce | None:
    """How long these messages wait, or None: only bare greetings do."""
    last = max(message.received_at for message in turn_input.messages)
    until = last + dt.timedelta(seconds=seconds)
    bare = all(message.kind == MessageKind.TEXT for message in turn_input.messages) and is_opener(turn_input.text)
    return Debounce(until) if bare and now() < until else None


HELD_STEP = 5.0  # seconds after which a turn that waits for an engine looks whether it still needs one


def held(service: TurnsContext, turn_input: TurnInput, error: DialogueUnavailable) -> Debounce | None:
    """That these messages wait for an engine that is away or busy; None where they have waited for as long as set.

    What came before this process waits from its start on, and behind others from when an engine was back: else a
    restart of everything would be told to whoever wrote in it. One that kills each engine that it is given is not
    waited for so.
    """
    match error:
        case EngineAway():
            since = service.started_at
        case EngineBusy():
            since = error.since
        case _:
            return None
    first = min(message.received_at for message in turn_input.messages)
    until = max(first, since) + dt.timedelta(seconds=service.settings.engine_wait)
    return Debounce(now()) if now() < until else None


WINDOW = dt.timedelta(minutes=1)
_OVER_LIMIT = (TurnOutcome.SLOWED_DOWN, TurnOutcome.TOO_MANY)


def flood_outcome(earlier: Iterable[Any], at: dt.datetime, limit: int) -> TurnOutcome | None:
    """The outcome of a turn at the time `at`, or None within `limit` turns a minute.

    `earlier` are the citizen's other turns, of all conversations; see `recent_turns`.
    """
    counts = Counter(turn.outcome for turn in earlier if turn.created_at > at - WINDOW)
    if sum(count for outcome, count in counts.items() if outcome not in _OVER_LIMIT) < limit:
        return None
    return TurnOutcome.TOO_MANY if TurnOutcome.SLOWED_DOWN in counts else TurnOutcome.SLOWED_DOWN


def is_platform_on(service: TurnsContext, turn_input: TurnInput) -> bool:
    """Whether the platform is set up: it may have been switched off while messages were pending."""
    return turn_input.channel in service.channels


def is_window_closed(service: TurnsContext, turn_input: TurnInput) -> bool:
    """Whether the platform lets nobody answer any more, so that nothing would be said."""
    if not is_platform_on(service, turn_input):
        return False  # judged all the same, for danger
    return now() - turn_input.messages[-1].sent_at >= service.channels[turn_input.channel].reply_window


def outcome(service: TurnsContext, turn_input: TurnInput, answer: DialogueAnswer | None) -> TurnOutcome:
    """What to call the turn; `answer` is None where nothing was asked or no engine has answered."""
    if not is_platform_on(service, turn_input):
        # Once, and not retried each second: officers get an entry, the operator this log line.
        log.error("platform_switched_off", channel=turn_input.channel, conversation=turn_input.conversation_id.hex)
        return TurnOutcome.PLATFORM_OFF
    if answer is not None:
        danger_untold = answer.understood.danger is not None and not turn_input.warned and not turn_input.told.watched
        return TurnOutcome.TOO_LATE if turn_input.is_too_late and not danger_untold else TurnOutcome.ANSWERED
    if is_window_closed(service, turn_input):
        return TurnOutcome.WINDOW_CLOSED
    return TurnOutcome.ENGINE_FAILURE if turn_input.text and not turn_input.needs_no_engine else TurnOutcome.ANSWERED
