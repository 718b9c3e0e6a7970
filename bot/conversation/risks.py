"""Conversation: a risk that is told or asked by the way is answered: to meet who threatens, to give a code away."""

from __future__ import annotations

import re
from typing import Final

from bot.conversation.interpretation import Interpretation

# Subjects whose piece on doing it oneself says not to meet the person.
MEETING_IS_ADVISED_AGAINST: Final = frozenset({"grooming", "sextortion", "threats_extortion"})
# Subjects whose piece on what was not lost yet says to give no code.
CODES_ARE_ADVISED_AGAINST: Final = frozenset({"account_hacked", "bank_phishing", "parcel_sms"})
MEETING: Final = "do_it_myself"
CODES: Final = "not_paid_yet"
_MEETS: Final = re.compile(
    r"\b(?:meet(?:ing)?|see me|come over|come to (?:his|their)|hang ?out|träffa|träffas|möta|mötas|ses|komma dit|"
    r"tavata|tavataan|tavattais\w*|nähdä|nähään|nähdään|treffit|treffeille|tulla hakemaan|luokse|luo)\b",
    re.IGNORECASE,
)
_WHO_MEETS: Final = re.compile(
    r"\b(?:ask\w*|wants?|says?|if|should|can i|tomorrow|tmrw|tonight|today|saturday|sunday|weekend|pyys|pyytää|haluu|"
    r"haluaa|halus|haluis|jos|voinks|pitäiskö|huomenna|tänään|lauantai\w*|viikonlop\w*|vill|ville|sku|frågar|om|ska|"
    r"imorgon|ikväll|idag|lördag|helgen)\b",
    re.IGNORECASE,
)
_GIVES: Final = re.compile(
    r"\b(?:ge|ger|läsa upp|läser upp|lämna|säga|give|read (?:out|them|it)|tell|send|anna|annan|antaa|antaako|annanko|"
    r"kerronko|kertoa|luenko|lukea|haluaa|haluu|pyytää|pyytävät|wants?|asks?|asking|needs?|vill ha|ber om)\b.{0,25}"
    r"\b(?:kod\w*|codes?|koodi\w*|tunnuslu\w*|pankkitunnu\w*|siffror\w*|lösenord\w*|salasan\w*|password)\b",
    re.IGNORECASE,
)
_GAVE: Final = re.compile(
    r"\b(?:gave|given|typed|entered|annoin|annettiin|syötin|kerroin|gav|gett|gavs|skrev in|told (?:him|her|them))\b",
    re.IGNORECASE,
)
# What already speaks of it stays.
_KEPT: Final = frozenset({"already_gave_codes", "already_paid", MEETING, CODES})


def with_risks(found: Interpretation, text: str) -> Interpretation:
    """The interpretation, with the question that a risk needs, where neither it nor a loss is asked of already."""
    if found.is_new or found.is_first or _KEPT & set(found.questions):
        return found
    if found.topic in MEETING_IS_ADVISED_AGAINST and _MEETS.search(text) and _WHO_MEETS.search(text):
        return found.asking(MEETING)
    if found.topic in CODES_ARE_ADVISED_AGAINST and _GIVES.search(text) and not _GAVE.search(text):
        return found.asking(CODES)
    return found
