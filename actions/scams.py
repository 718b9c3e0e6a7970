"""Dialogue, beside the answers: what is said of a suspicious message, from what the gateway's check found."""

from typing import Any, Final

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from answers.library import content_directory
from answers.limits import BODY_WITH_BUTTONS, LANGUAGES
from answers.problems import Problem
from answers.scam_texts import ScamTexts
from answers.senders import Sender
from scam_check.kinds import Asked, ReasonKind, Story, Suspicion
from scam_check.parts import PartsRefused, Reason, ScamParts, parts_from_json

log = structlog.get_logger(__name__)

# Messages that come from a person, where no address can be typed instead.
_PERSONAL: Final = frozenset(
    {Story.NEW_NUMBER, Story.JOB, Story.ROMANCE, Story.RENTAL, Story.EXTORTION, Story.INHERITANCE}
)
_PERSONAL_REQUESTS: Final = frozenset({Asked.GIFT_CARDS, Asked.SECRECY, Asked.OTHER_CHAT})
# Reasons whose sentence names the sender's own address where it may be told.
_OF_SENDER: Final = frozenset({ReasonKind.SENDER_ELSEWHERE, ReasonKind.SENDER_IN_LINK, ReasonKind.NEAR_MISS})
# What a longer message leaves room for: danger's question before it, and a note of the gateway after it.
_ROOM: Final = BODY_WITH_BUTTONS - 160


class CheckMessage(Action):  # type: ignore[misc]
    """Words the slot `scam_check`: what speaks against the message, what to do now, and the question that matters."""

    def __init__(self, texts: ScamTexts | None = None) -> None:
        self._texts = texts or ScamTexts(content_directory(), _log_problems)

    def name(self) -> str:
        """The action's name in domain.yml."""
        return "action_check_message"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Say the verdict; sets no slot. A slot that is no result of the check counts as "cannot be told"."""
        language = tracker.get_slot("language")
        try:
            parts = parts_from_json(tracker.get_slot("scam_check"))
        except PartsRefused as refused:
            log.warning("scam_check.not_read", why=str(refused))
            parts = ScamParts(Suspicion.NONE)
        verdict = worded_verdict(self._texts, parts, language if language in LANGUAGES else LANGUAGES[0])
        dispatcher.utter_message(response="utter_scam_check", verdict=verdict)
        return []


def worded_verdict(texts: ScamTexts, parts: ScamParts, language: str) -> str:
    """The verdict in a language: at most three reasons, as many as fit; never "safe", and never "surely a scam"."""
    already = texts.text("did_you_already", language, {}) or ""
    sender = texts.sender(parts.sender)
    never = sender.said("never", language) if sender is not None else ""
    if parts.suspicion is Suspicion.NONE:
        advice = " ".join(part for part in (texts.text("check_yourself", language, {}), never) if part)
        return "\n\n".join(part for part in (texts.text("lead_none", language, {}), advice, already) if part)
    lead = texts.text("lead_told" if parts.told else f"lead_{parts.suspicion.value}", language, {}) or ""
    now = texts.text("now_contact" if _is_personal(parts) else "now", language, {}) or ""
    reasons = [said for reason in parts.reasons if (said := worded_reason(texts, reason, language))]
    while True:
        points = "\n".join(f"• {said}" for said in reasons)
        advice = " ".join(part for part in (now, never) if part)
        whole = "\n\n".join(part for part in (f"{lead}\n{points}" if points else lead, advice, already) if part)
        if len(whole) <= _ROOM or not (never or len(reasons) > 1):
            return whole
        if never:
            never = ""
        else:
            reasons.pop()


def worded_reason(texts: ScamTexts, reason: Reason, language: str) -> str | None:
    """The sentence of a reason, or None where nobody wrote one, or nothing is there to point at."""
    sender = texts.sender(reason.sender)
    key = reason.kind.value
    if reason.kind is ReasonKind.ASKED and reason.asked is not None:
        key = f"asked_{reason.asked.value}"
    elif reason.kind is ReasonKind.STORY and reason.story is not None:
        key = f"story_{reason.story.value}"
    elif reason.kind in _OF_SENDER and not (sender is not None and sender.true_domains):
        key = f"{key}_unknown"
    return texts.text(key, language, _values(reason, sender, language))


def _values(reason: Reason, sender: Sender | None, language: str) -> dict[str, str]:
    return {
        "words": reason.words,
        "domain": _shown(reason.words),
        "ending": reason.words.rpartition(".")[2],
        "sender": sender.name[language] if sender is not None else "",
        "own": sender.true_domains[0] if sender is not None and sender.true_domains else "",
    }


def _shown(domain: str) -> str:
    """An address that a phone makes no link of: nobody shall tap what is warned of."""
    return domain.replace(".", "[.]")


def _is_personal(parts: ScamParts) -> bool:
    return not parts.domains and (parts.told or parts.story in _PERSONAL or bool(_PERSONAL_REQUESTS & set(parts.asked)))


def _log_problems(problems: tuple[Problem, ...]) -> None:
    log.warning("answers.refused", problems=[str(problem) for problem in problems])
