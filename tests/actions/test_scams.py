"""The verdict on a suspicious message, through a real action executor, in words that may be said."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

from actions.scams import CheckMessage, worded_reason, worded_verdict
from answers.limits import BODY_WITH_BUTTONS, LANGUAGES
from answers.problems import ContentRefused, Problem
from answers.scam_texts import ScamTexts
from answers.senders import read_senders
from scam_check.kinds import Asked, ReasonKind, Story, Suspicion
from scam_check.parts import Reason, ScamParts

PROJECT = Path(__file__).resolve().parents[2]
CONTRACT = json.loads((PROJECT / "tests/contracts/dialogue_request_scam_check.json").read_text("utf-8"))
SAFE = (
    "turvallinen",
    "aito viesti",
    "säkert att öppna",
    "meddelandet är äkta",
    "safe",
    "genuine message",
    "is genuine",
)


def refuse(problems: tuple[Problem, ...]) -> None:
    raise AssertionError(problems)


@pytest.fixture(scope="module")
def texts() -> ScamTexts:
    return ScamTexts(PROJECT / "data", refuse)


def call(slots: dict[str, Any]) -> dict[str, Any]:
    tracker = {"sender_id": "a", "slots": slots, "latest_message": {}, "events": [], "paused": False}
    tracker |= {"followup_action": None, "active_loop": {}, "latest_action_name": None}
    return {"next_action": "action_check_message", "sender_id": "a", "tracker": tracker}


def said(texts: ScamTexts, slots: dict[str, Any]) -> str:
    executor = ActionExecutor()
    executor.register_action(CheckMessage(texts))
    answer = asyncio.run(executor.run(call(slots)))
    assert answer is not None
    (response,) = answer["responses"]
    assert response["response"] == "utter_scam_check"
    return str(response["verdict"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_points_at_the_words_and_asks_what_matters(texts: ScamTexts, language: str) -> None:
    verdict = said(texts, {"language": language, "scam_check": CONTRACT["scam_check"]})

    assert ".info" in verdict
    assert "vero.fi" in verdict
    assert verdict.endswith("?*")
    assert "vero-refund.info" not in verdict  # nothing that a phone makes a link of
    assert len(verdict) <= BODY_WITH_BUTTONS


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_told_is_answered_as_something_told(texts: ScamTexts, language: str) -> None:
    pasted = said(texts, {"language": language, "scam_check": CONTRACT["scam_check"]})
    told = said(texts, {"language": language, "scam_check": {**CONTRACT["scam_check"], "told": True}})

    assert told.splitlines()[0] != pasted.splitlines()[0]
    assert told.splitlines()[1:4] == pasted.splitlines()[1:4], "the reasons"
    assert told.endswith("?*")


@pytest.mark.parametrize("broken", [None, "x", {"suspicion": "safe"}, {"suspicion": "some", "text": "x"}])
def test_what_is_no_result_cannot_be_told_from_here(texts: ScamTexts, broken: Any) -> None:
    verdict = said(texts, {"language": "en", "scam_check": broken})

    assert verdict == worded_verdict(texts, ScamParts(Suspicion.NONE), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_ever_called_safe_or_certain(texts: ScamTexts, language: str) -> None:
    for suspicion in Suspicion:
        verdict = worded_verdict(texts, ScamParts(suspicion), language).lower()
        assert not [word for word in SAFE if word in verdict]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_sentence(texts: ScamTexts, language: str) -> None:
    plain = [kind for kind in ReasonKind if kind not in (ReasonKind.ASKED, ReasonKind.STORY)]
    reasons = [Reason(kind, "vero-refund.info", "vero") for kind in plain]
    reasons += [Reason(kind, "wolt-maksu.info", "wolt") for kind in plain]
    reasons += [Reason(ReasonKind.ASKED, "lähetä koodi", asked=asked) for asked in Asked]
    reasons += [Reason(ReasonKind.STORY, "paketti odottaa", story=story) for story in Story if story is not Story.OTHER]

    assert [reason for reason in reasons if not worded_reason(texts, reason, language)] == []


def test_what_has_no_source_is_not_told(texts: ScamTexts) -> None:
    senders, _ = read_senders(PROJECT / "data" / "senders.yml")
    untold = {domain for sender in senders.values() for domain in sender.other_domains}
    untold |= {domain for sender in senders.values() if not sender.status.renders for domain in sender.domains}
    spoken = set()
    for key in senders:
        for kind in (ReasonKind.SENDER_ELSEWHERE, ReasonKind.SENDER_IN_LINK, ReasonKind.NEAR_MISS):
            for language in LANGUAGES:
                sentence = worded_reason(texts, Reason(kind, "x.info", key), language)
                assert sentence
                spoken |= {domain for domain in untold if f" {domain}" in sentence}

    assert spoken == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_verdict_fits_into_a_message_with_buttons(texts: ScamTexts, language: str) -> None:
    words = "Vahvista henkilöllisyytesi viipymättä ennen kuin tilisi sulj"
    reasons = (
        Reason(ReasonKind.SENDER_ELSEWHERE, "a" * 56 + ".fi", "dvv"),
        Reason(ReasonKind.ASKED, words, asked=Asked.GIFT_CARDS),
        Reason(ReasonKind.STORY, words, story=Story.HEALTH),
    )

    for sender in ("suomi_fi", "matkahuolto", "traficom", None):
        verdict = worded_verdict(texts, ScamParts(Suspicion.STRONG, reasons, sender=sender), language)
        assert len(verdict) <= BODY_WITH_BUTTONS - 100


def test_an_editors_change_is_said_and_a_mistake_leaves_the_last_good_words(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "data", tmp_path / "data")
    told: list[tuple[Problem, ...]] = []
    now = [0.0]
    texts = ScamTexts(tmp_path / "data", told.append, lambda: now[0])
    path = tmp_path / "data" / "scam_check.yml"
    good = path.read_text("utf-8")

    path.write_text(good.replace("*Did you already open it, log in or pay?*", "Paid?"), "utf-8")
    now[0] += 2
    assert texts.text("did_you_already", "en", {}) == "Paid?"
    path.write_text(good.replace("{words}", "{secret}"), "utf-8")
    now[0] += 2
    assert texts.text("urgency", "en", {"words": "now"}) == "It rushes you: “now”."
    assert told

    path.write_text("nothing: 1", "utf-8")
    with pytest.raises(ContentRefused):
        ScamTexts(tmp_path / "data", told.append)
