"""Conversation: which matter a message is about: the present one, another, or one that was mistaken at first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from bot.conversation.context import NOW, Context
from bot.conversation.dataset import LEAVE
from bot.names import EMERGENCY_TOPIC, OFFICER, OUT_OF_SCOPE, SUICIDE, TALK_LABELS

# What is nobody's matter; a foreign matter (`out_of_scope`) is one, so that "what does it cost" is not answered for us.
NO_SUBJECT: Final = TALK_LABELS - {OUT_OF_SCOPE}
# Leaving a subject wrongly answers something nobody asked; staying wrongly is mended by one more message.
LEAVE_THRESHOLD: Final = 0.5
# Where there is none yet: so likely has it to be that the message names one, or so sure the topic.
FIRST_SUBJECT: Final = 0.3
SURE_SUBJECT: Final = 0.8
# Subjects that are asked of any matter. They are left more easily, and a matter that is nearly as likely beats them.
GENERAL_SUBJECTS: Final = frozenset(
    {
        "report_how", "report_info_needed", "report_for_someone", "report_under_18", "offender_under_15",
        "is_it_a_crime", "time_limit", "after_report", "evidence_saving", "withdraw_report", "complainant_offence",
        "case_status",
        "need_to_talk", "scam_first_steps", "contact_and_hours", "out_of_scope",
    }
)  # fmt: skip
LEAVE_GENERAL: Final = 0.25
# From here on a message is about such a matter, whatever the talk is about; these are asked about in any, too.
BESIDE: Final = 0.5
_BESIDE_ANY: Final = GENERAL_SUBJECTS | {"report_at_station", "report_online_form", "privacy_of_chat"}
# A message that is surely about another particular matter leaves on less: "wait, who reads this chat".
SURE_OTHER: Final = 0.9
LEAVE_FOR_SURE_OTHER: Final = 0.15
# Hardly anything of the present subject may be left in it then.
LITTLE: Final = 0.1
# Said in the middle of any matter, these are a question, a request or a danger, and judged as such.
_NO_SURE_OTHER: Final = (GENERAL_SUBJECTS - {"contact_and_hours", "need_to_talk"}) | {
    OFFICER, EMERGENCY_TOPIC, SUICIDE, OUT_OF_SCOPE, "about_bot",
}  # fmt: skip
NEARLY: Final = 0.5
# The next subject has to be this likely among the others; under it the bot asks.
NEXT_SUBJECT: Final = 0.25
# What follows a no is what was meant: another matter is near.
LEAVE_WHERE_CORRECTED: Final = 0.5
# A first guess may be wrong, and what follows tells: so much does each later message count beside the first, and so
# likely has another matter to be by all of them. Chosen on 2,219 turns of talks that nothing was trained on: 1,986 had
# the right subject before, 2,025 with this (docs/decisions/0017-conversation.md).
LATER_WEIGHT: Final = 0.3
# Where the first guess was none to rely on and the message tells instead of asking, it counts nearly as much.
TELLING_WEIGHT: Final = 0.8
RELIED_ON: Final = 0.6
_MOSTLY_ASKS: Final = 0.4
BETTER_SUBJECT: Final = 0.5
MOST_LIKELY: Final = 8
_LEAST: Final = 1e-3


def subject(
    change: Mapping[str, float],
    context: Context,
    ranking: Sequence[tuple[str, float]],
    threshold: float,
    likely: Mapping[str, float],
    *,
    is_correction: bool = False,
) -> tuple[str | None, bool]:
    """The subject after a message and whether it is another one.

    `change` is how likely the message leaves the present one, `ranking` and `threshold` are as in `interpret`, and
    `likely` what the matter may be by the messages so far, this one among them.
    """
    if context.topic is None:
        best = _more_specific(ranking)
        is_likely = best is not None and (best[1] >= SURE_SUBJECT or change.get(LEAVE, 1.0) >= FIRST_SUBJECT)
        return (best[0], True) if best is not None and is_likely and best[1] >= threshold else (None, False)
    least = _least_to_leave(context.topic, ranking) * (LEAVE_WHERE_CORRECTED if is_correction else 1.0)
    if change.get(LEAVE, 0.0) < least:
        better = _better(context, likely)
        return (better, True) if better is not None else (context.topic, False)
    others = [(name, share * (2 if name in context.subjects else 1)) for name, share in ranking]
    best = _more_specific(sorted((each for each in others if each[0] != context.topic), key=lambda each: -each[1]))
    return (best[0], True) if best is not None and best[1] >= NEXT_SUBJECT else (context.topic, False)


def beside(ranking: Sequence[tuple[str, float]], topic: str | None) -> str | None:
    """The matter of any talk that the message alone is about, where the talk's own is another."""
    first, share = next(iter(ranking), ("", 0.0))
    return first if first in _BESIDE_ANY and first != topic and share >= BESIDE else None


def _least_to_leave(topic: str, ranking: Sequence[tuple[str, float]]) -> float:
    """How likely leaving the subject has to be."""
    if topic in GENERAL_SUBJECTS:
        return LEAVE_GENERAL
    other, share = next((each for each in ranking if each[0] != topic), ("", 0.0))
    is_sure = share >= SURE_OTHER and dict(ranking).get(topic, 0.0) < LITTLE and other not in _NO_SURE_OTHER
    return LEAVE_FOR_SURE_OTHER if is_sure else LEAVE_THRESHOLD


def _more_specific(ranking: Sequence[tuple[str, float]]) -> tuple[str, float] | None:
    """The first topic; where that is general, a specific one that is nearly as likely: the rest is its question."""
    first = next(iter(ranking), None)
    if first is None or first[0] not in GENERAL_SUBJECTS:
        return first
    second = next((each for each in ranking if each[0] not in GENERAL_SUBJECTS), first)
    return second if second[1] >= NEARLY * first[1] else first


def _better(context: Context, likely: Mapping[str, float]) -> str | None:
    """The subject that all messages together are about, where the first one was mistaken for another."""
    best = max(likely, key=lambda name: likely[name], default=None)
    if best is None or context.danger == NOW or best == context.topic or best in _NO_SURE_OTHER | GENERAL_SUBJECTS:
        return None
    return best if likely[best] >= BETTER_SUBJECT else None


def later_weight(before: Mapping[str, float], asks: float) -> float:
    """How much a later message counts beside what was `before`; `asks` is how likely it asks something."""
    is_open = max(before.values(), default=1.0) < RELIED_ON
    return TELLING_WEIGHT if is_open and asks < _MOSTLY_ASKS else LATER_WEIGHT


def likely_after(
    before: Mapping[str, float],
    ranking: Sequence[tuple[str, float]],
    *,
    is_first: bool,
    weight: float = LATER_WEIGHT,
) -> dict[str, float]:
    """What the matter may be after a message of that ranking, the likeliest first, at most `MOST_LIKELY` of them.

    `is_first` where the message tells a matter: then nothing of `before` counts. What follows counts less, because it
    asks about the matter in words of other ones ("do my parents find out").
    """
    found = dict(ranking)
    if is_first:
        scores = {name: math.log(max(share, _LEAST)) for name, share in found.items()}
    else:
        later = {name: weight * math.log(max(found.get(name, 0.0), _LEAST)) for name in before}
        scores = {name: math.log(max(share, _LEAST)) + later[name] for name, share in before.items()}
    if not scores:
        return {}
    most = max(scores.values())
    shares = {name: math.exp(score - most) for name, score in scores.items()}
    total = sum(shares.values())
    kept = sorted(shares, key=lambda name: -shares[name])[:MOST_LIKELY]
    return {name: round(shares[name] / total, 4) for name in kept}


def likely_of_subject(
    topic: str | None, ranking: Sequence[tuple[str, float]], likely: Mapping[str, float]
) -> Mapping[str, float]:
    """What a new subject may be besides, for the messages to come: nothing where the citizen chose it by a button."""
    if next(iter(likely), None) == topic:
        return likely
    return likely_after({}, ranking, is_first=True) if topic in dict(ranking) else {}


def subjects_in(probabilities: Mapping[str, float]) -> list[tuple[str, float]]:
    """The topics of a message that are a subject, the likeliest first."""
    found = [(name, share) for name, share in probabilities.items() if name not in NO_SUBJECT]
    return sorted(found, key=lambda each: -each[1])
