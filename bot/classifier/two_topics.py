"""Classifier (station 4, dialogue): a message about two topics; the more serious one is answered first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.classifier.model import Guess
from bot.names import TALK_LABELS

# Both topics must be certain: a story of several sentences has one topic.
SURE = 0.8
_MIN_WORDS = 3
_MAX_PARTS = 6
# The least probability of the second topic in the whole message.
_MIN_IN_WHOLE = 0.01

# Where one topic may end and another begin: the end of a sentence, or words such as "and another thing".
_BREAKS = re.compile(
    r"[.!?;\n]+"
    r"|\b(?:ja sit(?:te|ten)?|ja lisäksi|lisäksi|ja viel(?:ä)?|sit viel(?:ä)?|toinen juttu|toinen asia|ja kans|ja myös"
    r"|och sen|och dessutom|dessutom|och också|en annan sak|en sak till|och så"
    r"|and also|also|another thing|and then|one more thing|plus)\b",
    re.IGNORECASE,
)

# Labelling rule 6: emergency > suicide > sexual and minors > violence > threats > nude pictures > scams > the rest.
_SERIOUSNESS = (
    ("emergency_now",),
    ("suicidal_thoughts",),
    ("sexual_violence", "grooming", "child_at_risk", "sextortion"),
    ("violence_at_home", "assault_or_robbery", "missing_person", "threat_to_others"),
    ("threats_extortion", "stalking_restraining_order", "gang_exit"),
    ("nude_image_shared", "nude_image_received_or_sent", "deepfake"),
)
_SCAMS = frozenset(
    {
        "bank_phishing",
        "police_impersonation",
        "money_mule",
        "identity_theft",
        "scam_first_steps",
        "marketplace_seller",
        "online_purchase_fraud",
        "payment_app_fraud",
        "family_impersonation",
        "parcel_sms",
        "romance_scam",
        "investment_crypto",
        "tech_support_scam",
        "job_or_rental_scam",
    }
)


def parts_of_message(text: str) -> list[str]:
    """The parts that may have a topic of their own; empty where there are fewer than two."""
    parts = [part.strip(" ,:-") for part in _BREAKS.split(text)]
    long_enough = [part for part in parts if len(part.split()) >= _MIN_WORDS]
    return long_enough[:_MAX_PARTS] if len(long_enough) > 1 else []


def two_topics(whole: Guess, parts: Sequence[str], guess: Callable[[str], Guess]) -> tuple[str, str] | None:
    """The two topics of a message, the more serious first; None where it has one."""
    first = next(iter(whole.probabilities))
    if first in TALK_LABELS:
        return None
    sure: dict[str, float] = {}
    for part in parts:
        topic, probability = next(iter(guess(part).probabilities.items()))
        if probability >= SURE and topic not in TALK_LABELS:
            sure[topic] = max(probability, sure.get(topic, 0.0))
    others = {topic for topic in sure if topic != first and whole.probabilities.get(topic, 0.0) >= _MIN_IN_WHOLE}
    if first not in sure or not others:
        return None
    second = max(others, key=lambda topic: whole.probabilities[topic])
    by_seriousness = sorted((first, second), key=seriousness)
    return by_seriousness[0], by_seriousness[1]


def seriousness(topic: str) -> int:
    """Its rank in labelling rule 6, 0 for the most serious."""
    for rank, topics in enumerate(_SERIOUSNESS):
        if topic in topics:
            return rank
    return len(_SERIOUSNESS) + (topic not in _SCAMS)
