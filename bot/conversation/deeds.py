"""Conversation: what was done, made to fit the subject: a sum that is gone, a bank that is closed, a picture sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.conversation.interpretation import Interpretation
from bot.conversation.state import State
from bot.conversation.told import NOT_PAID, NOT_SENT, Told

# Subjects in which money or codes may have gone: there the bank comes first, also at night.
_BANK_FIRST: Final = frozenset(
    {
        "bank_phishing", "family_impersonation", "investment_crypto", "job_or_rental_scam", "marketplace_seller",
        "online_purchase_fraud", "parcel_sms", "payment_app_fraud", "police_impersonation", "romance_scam",
        "scam_first_steps", "subscription_trap", "tech_support_scam",
    }
)  # fmt: skip
# Whoever has called the bank already is told the next step, which is the report.
_BANK_STEPS: Final = frozenset({"what_first", "already_paid", "already_gave_codes", "what_happens_next"})
_REPORT: Final = "how_to_report_this"
_BANK_CALLED: Final = "bank_called"
_WITH_A_BANK: Final = _BANK_FIRST | {"identity_theft", "money_mule"}
# Where nothing was sent, what was asked for was money, too.
_MONEY_ASKED: Final = _BANK_FIRST | {"sextortion", "threats_extortion"}
# Subjects in which what was sent is a picture.
_PICTURES: Final = frozenset({"nude_image_received_or_sent", "nude_image_shared", "grooming"})
_MONEY: Final = re.compile(
    r"\d|€|\b(?:maks|raha|euro|pank|mobilepay|lahjakort|betal|pengar|swish|presentkort|paid|pay|money|gift ?card|bank)",
    re.IGNORECASE,
)
_SUM: Final = re.compile(
    r"\b\d[\d .,]*\s*(?:€|e\b|eur\b|euro\w*|tonnia\b|donaa\b|k\b|grand\b)|"
    r"\b(?:took|lost|vei|veivät|meni|lähti|tog|förlorade|gick)\b\W+(?:\w+\W+)?\d{2,}",
    re.IGNORECASE,
)
# A sum that somebody asks for is not gone.
_WANTED: Final = re.compile(
    r"\b(?:vaati\w*|pyys\w*|pyytä\w*|halua\w*|pitäis\w*|pitää|jos|vill|kräv\w*|begär\w*|be om|ska|skulle|om|"
    r"wants?|wanted|ask\w*|demand\w*|should|if|say\w*)\b",
    re.IGNORECASE,
)
_BANK_AWAY: Final = re.compile(
    r"\bpank(?:ki|in|kiin)\b.{0,25}\b(?:kiinni|suljettu|ei vasta\w*|ei pääse|ei saa yhtey\w*)\b|"
    r"\bbanken?\b.{0,25}\b(?:stängd?t?|svarar (?:inte|int|ej)|öppnar först)\b|"
    r"\bbank\b.{0,30}\b(?:closed?|shut|opens|(?:doesn'?t|don'?t|won'?t|isn'?t|not|nobody|no one) (?:answer|pick)\w*)\b",
    re.IGNORECASE | re.DOTALL,
)
_HOW: Final = re.compile(r"\W*(?:ok\w*|joo|no|ja|ja men|and|but|so)?\W*(?:miten|kuinka|hur|how)\b", re.IGNORECASE)
# Revenge in Finnish looks like cost in Swedish: whoever fears it asks whether the other one will know.
_REVENGE: Final = re.compile(r"\bkosta(?:a|is\w*|vat)\b|\bkostoa?\b", re.IGNORECASE)
_FEW_WORDS: Final = 5
# What a bank that does not answer may be heard as, though it is none of these.
_UNHEARD: Final = frozenset({"cannot_phone_chat_instead", "how_to_do_step", "when_police_answer"})


# What was done already is no question of whether to do it: it is heard.
_DONE: Final[dict[str, re.Pattern[str]]] = {
    "block_or_not": re.compile(r"\b(?:estin|blokkasin|block\w*|blocka\w*|blockera\w*|spärra\w*)\b", re.IGNORECASE),
    "evidence_how": re.compile(r"\b(?:poistin|deletoin|tyhjensin|deleted|radera\w*|tog bort)\b", re.IGNORECASE),
    "can_it_be_removed": re.compile(r"\b(?:poistin|deletoin|deleted|raderade|tog bort)\b", re.IGNORECASE),
    "report_needed": re.compile(r"\b(?:tein ilmo\w*|ilmoitin|reported it|anmälde|har anmält)\b", re.IGNORECASE),
    "how_to_report_this": re.compile(r"\b(?:tein ilmo\w*|ilmoitin|reported it|anmälde|har anmält)\b", re.IGNORECASE),
    "tell_an_adult": re.compile(
        r"\b(?:kerroin|kerrottiin|i told|we told|(?:jag|ja|vi) (?:har |ha )?berätta(?:de|t)?|(?:jag|ja) sa åt)\b",
        re.IGNORECASE,
    ),
    "parents_told": re.compile(
        r"\b(?:äiti|äidi\w*|isä|iskä|faija|mutsi|porukat|vanhem\w*|mamma|pappa|föräldrar\w*|mum|mom|dad|parents)\b.{0,14}"
        r"\b(?:knows?|tietää|tietävät|tiedä|tiiä|vet)\b",
        re.IGNORECASE,
    ),
}
_TO_AN_APP: Final = re.compile(
    r"\b(?:insta\w*|tiktok\w*|snap\w*|snäp\w*|discord\w*|whatsapp\w*|facebook\w*|fb|youtube\w*|twitch\w*|roblox\w*|steam\w*|"
    r"tori\w*|app|sovelluks\w*|appen|google\w*|meta\w*)\b",
    re.IGNORECASE,
)
_TO_THE_POLICE: Final = re.compile(
    r"\b(?:polii\w*|polis\w*|police|cops?|kyt\w+|rikosilm\w*|brottsanm\w*)", re.IGNORECASE
)
_ASKS: Final = re.compile(
    r"\?|\b(?:pitä\w+|pitäs\w*|kannatta\w*|miten|mitä|voiko\w*|voiks\w*|saako|saaks|onko|onks|jos|"
    r"ska|borde|får|hur|va|vad|kan|om|should|do i|does|can|how|what|if|will|would|but)\b",
    re.IGNORECASE,
)


def with_deeds(found: Interpretation, text: str, state: State) -> Interpretation:
    """The interpretation, with the question that fits what was done; `state` is that before the message."""
    found = replace(found, told=tuple(_payments(found, text)))
    if found.is_new and found.topic in _BANK_FIRST and not found.questions and (gone := _what_is_gone(found)):
        return found.asking(gone)
    if found.questions and not found.is_new and _is_only_done(found.questions, text):
        return replace(found, questions=(), move="tells", act="tells", guesses=())
    if found.topic in _PICTURES and "already_paid" in found.questions and not _MONEY.search(text):
        asked = ("already_sent_picture" if each == "already_paid" else each for each in found.questions)
        return found.asking(*dict.fromkeys(asked))
    if "cost" in found.questions and _REVENGE.search(text):
        return found.asking(*(each if each != "cost" else "other_side_told" for each in found.questions))
    if found.questions[:1] == ("how_to_do_step",) and _asks_how_to_report(text, state):
        return found.asking("how_to_report_this")
    if found.topic in _WITH_A_BANK and not found.is_new and _needs_report(found, state):
        return found.asking(_REPORT)
    return _about_money(found, text, state) if found.topic in _BANK_FIRST and not found.is_new else found


def _what_is_gone(found: Interpretation) -> str | None:
    """The question of whoever begins with codes that they have given: the bank comes before all else."""
    return next(("already_gave_codes" for each in found.told if each.value == "codes_given"), None)


def _payments(found: Interpretation, text: str) -> Iterator[Told]:
    """What is told, with "I have sent nothing" as money that was not paid, or left out.

    What was reported to an app, the police do not have.
    """
    for each in found.told:
        if each.value == "reported" and _TO_AN_APP.search(text) and not _TO_THE_POLICE.search(text):
            continue
        if each.value != NOT_SENT:
            yield each
        elif found.topic in _MONEY_ASKED:
            yield replace(each, value=NOT_PAID)


def _needs_report(found: Interpretation, state: State) -> bool:
    """Whether the bank knows already, and what to do is asked, or nothing."""
    if "reported" in state.done:
        return False
    is_told_now = any(each.value == _BANK_CALLED for each in found.told)
    is_step = bool(_BANK_STEPS & set(found.questions)) and (is_told_now or _BANK_CALLED in state.done)
    return is_step or (is_told_now and found.act == "tells")


def _about_money(found: Interpretation, text: str, state: State) -> Interpretation:
    if _BANK_AWAY.search(text) and _UNHEARD.issuperset(found.questions):
        return found.asking("already_gave_codes" if "codes_given" in state.done else "already_paid")
    is_sum = len(text.split()) <= _FEW_WORDS and _SUM.search(text) and not _WANTED.search(text)
    if is_sum and not found.questions and "paid" not in state.done:
        return found.asking("already_paid")
    return found


def _is_only_done(questions: tuple[str, ...], text: str) -> bool:
    """Whether the words tell that it was done, and ask nothing."""
    form = _DONE.get(questions[0])
    return form is not None and len(questions) == 1 and bool(form.search(text)) and not _ASKS.search(text)


def _asks_how_to_report(text: str, state: State) -> bool:
    """Whether "how?" follows the answer to whether it has to be reported."""
    return state.question == "report_needed" and len(text.split()) <= _FEW_WORDS and bool(_HOW.match(text))
