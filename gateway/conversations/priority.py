"""Handover: the order of the officers' queue; pure functions.

Danger first, then crisis, then minors at risk, then everybody else; within each, who has waited longest, and of those
who waited while the service was closed, whose window closes first.
"""

import datetime as dt
import re

from gateway.conversations.kinds import Danger, QueueRank

EMERGENCY, CRISIS, MINOR, OTHER = QueueRank
_BY_URGENCY = {Danger.EMERGENCY: EMERGENCY, Danger.CRISIS: CRISIS}

# Topics in which a child or a young person may be harmed by somebody. Bullying, pictures and grooming are asked about
# by the young first of all; an adult who is put among them by mistake loses nobody's time.
TOPICS_OF_MINORS = frozenset(
    {
        "child_at_risk",
        "cyberbullying",
        "dangerous_challenge",
        "deepfake",
        "gang_exit",
        "grooming",
        "missing_person",
        "nude_image_received_or_sent",
        "nude_image_shared",
        "report_under_18",
        "sextortion",
        "sexual_violence",
        "violence_at_home",
    }
)
# Topics that do not say what the citizen needs.
TOPICS_WITHOUT_MATTER = frozenset(
    {"talk_to_officer", "greeting_thanks", "unclear_message", "out_of_scope", "nlu_fallback", "about_bot"}
)
_FOLLOW_UP = "follow_up_"

_I_AM = r"(?:olen|oon|oo|jag är|jag ar|ja e|jag e|i am|i'm|im|i’m)"
_ONLY = r"(?:vasta|bara|only|just|nyt|nu|now)"
_NOT_YEARS = r"(?!\s*(?:%|€|e\b|euro|km\b|min|h\b|tun|tim|hour|kert|gång|times|sek|m\b|cm\b|kg\b|päiv|dag|day|[.,:]\d))"
_YEARS = r"(?:v\b|vee\b|vuot|vanha|år|ar\b|years?\b|yo\b|y/o)"
_SAID_AGE = (
    re.compile(rf"\b{_I_AM}\s+(?:{_ONLY}\s+)?(\d{{1,2}})(?!\d){_NOT_YEARS}", re.IGNORECASE),
    re.compile(rf"\b(?:olen|oon|mä|ma|jag|i)\b[^.!?\n\d]{{0,20}}\b(\d{{1,2}})\s?-?\s?{_YEARS}", re.IGNORECASE),
)
_SAID_MINOR = re.compile(
    r"\b(?:olen|oon)\s+(?:vielä\s+)?(?:alaikäinen|alaikänen|alle\s*18|lapsi)\b"
    r"|\b(?:jag är|jag e)\s+(?:minderårig|under\s*18|ett barn|omyndig)\b"
    r"|\b(?:i am|i'm|im|i’m)\s+(?:a minor|under\s*18|underage|a child|a kid)\b",
    re.IGNORECASE,
)
_YOUNGEST, _GROWN_UP = 6, 18


def says_under_18(text: str) -> bool:
    """Whether the citizen says to be under 18 in these words: an age, or a word for it, in fi, sv or en."""
    return bool(_SAID_MINOR.search(text)) or any(_YOUNGEST <= age < _GROWN_UP for age in said_ages(text))


def said_ages(text: str) -> frozenset[int]:
    """The ages in years that the citizen says to have in these words."""
    return frozenset(int(match[1]) for pattern in _SAID_AGE for match in pattern.finditer(text))


def names_a_matter(topic: str | None) -> bool:
    """Whether a topic says what the citizen needs."""
    return topic is not None and topic not in TOPICS_WITHOUT_MATTER and not topic.startswith(_FOLLOW_UP)


def rank_of(urgency: Danger | None, topic: str | None, *, said_under_18: bool) -> QueueRank:
    """The first part of the order: danger, crisis, a minor at risk, everybody else."""
    if urgency is not None:
        return _BY_URGENCY[urgency]
    return MINOR if said_under_18 or topic in TOPICS_OF_MINORS else OTHER


def sort_key(
    rank: int, since: dt.datetime, window_ends: dt.datetime, at: dt.datetime, opened_at: dt.datetime | None
) -> tuple[int, bool, bool, dt.datetime, dt.datetime]:
    """What the queue is sorted by at the time `at`: the smallest is answered first.

    `since`: the first message that no human has answered, or the request where nobody waits for an answer.
    `opened_at`: when the present opening of the service began (`at` itself while it is closed), None where it never
    closes. Whoever waited over the closed hours comes before whoever has come since; of those, first the one
    whose window closes first, because after it nobody can be answered in free words, and last those whose window has
    closed and who wait for a template. Of all others, first who has waited longest.
    """
    came_since = opened_at is None or since >= opened_at
    closed = not came_since and window_ends <= at
    return rank, came_since, closed, since if came_since else window_ends, since
