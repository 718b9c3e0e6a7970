"""The answer nearest in meaning, with the real encoder and the project's own answers."""

from dataclasses import replace

import pytest

from answers.content import Content, read_content
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import LastReply, State
from bot.replies.choose import reply_to
from bot.replies.closest import NEAR, nearest
from bot.replies.reply import Scene
from tests.bot.built_encoder import built_encoder
from tests.bot.stage import PRIVACY, PROJECT


@pytest.fixture(scope="module")
def content() -> Content:
    built_encoder()
    return read_content(PROJECT / "data", PRIVACY)


def scene(content: Content, text: str, topic: str, language: str, question: str = "", *said: str) -> Scene:
    found = Interpretation(
        topic=topic, is_new=False, move=question, questions=(question,) if question else (), certainty=0.9
    )
    state = State(topic=topic, turns=4, said=said)
    last = LastReply("piece", keys=said)
    intent = "follow_up_question" if question else "nlu_fallback"
    return Scene(content, language, "whatsapp", state, last, intent, text, found)


@pytest.mark.parametrize(
    ("text", "language", "word"),
    [
        ("siis mitä mä teen jos se rikkoo sen kiellon", "fi", "rik"),
        ("va händer om han bryter mot förbudet", "sv", "bro"),
        ("what if he breaks the order", "en", "break"),
    ],
)
def test_the_sentence_that_is_near_is_found(content: Content, text: str, language: str, word: str) -> None:
    near = nearest(scene(content, text, "stalking_restraining_order", language))
    assert near is not None
    assert near.nearness >= NEAR
    assert word in near.sentence


def test_what_was_just_read_is_not_said_again_but_another_answer_that_is_near(content: Content) -> None:
    key = "piece:stalking_restraining_order:what_happens_next:"
    given = scene(
        content, "entä jos se saa kiellon ja tulee silti", "stalking_restraining_order", "fi", "what_happens_next", key
    )
    said = reply_to(given, frozenset())
    assert key not in said.said
    assert "rikk" in said.text


def test_without_words_that_are_near_it_is_said_that_no_more_is_known(content: Content) -> None:
    key = "piece:property_theft_lost:duration:"
    given = scene(content, "abc def?", "property_theft_lost", "fi", "duration", key)
    near = nearest(given)
    said = reply_to(given, frozenset())
    if near is not None and near.nearness < NEAR:
        assert said.text == content.line("no_more", "fi") or said.said == (f"again:{key}",)
    assert key not in said.said


def test_whoever_tells_on_and_asks_nothing_gets_the_next_step(content: Content) -> None:
    key = "piece:bank_phishing:already_gave_codes:"
    given = scene(content, "jag knappade in koderna från dosan", "bank_phishing", "sv", "already_gave_codes", key)
    said = reply_to(given, frozenset())
    assert said.said[0].startswith("piece:bank_phishing:")
    assert key not in said.said


@pytest.mark.parametrize(("text", "language"), [("mitä mä teen nyt?", "fi"), ("what do i do now?", "en")])
def test_whoever_asks_again_what_to_do_gets_the_next_step(content: Content, text: str, language: str) -> None:
    key = "piece:bank_phishing:what_first:"
    given = scene(content, text, "bank_phishing", language, "what_first", key)
    said = reply_to(given, frozenset())
    assert said.said[0].startswith("piece:bank_phishing:")
    assert said.said[0] != key


def test_what_was_read_before_something_else_is_said_again_where_it_is_the_answer(content: Content) -> None:
    key, other = "piece:bank_phishing:cost:", "piece:bank_phishing:duration:"
    text = content.piece("bank_phishing", "cost", "en", {}) or ""
    given = scene(content, text.split(".")[0] + "?", "bank_phishing", "en", "cost", key)
    assert reply_to(given, frozenset()).text == content.line("no_more", "en")

    later = replace(given, last=LastReply("piece", keys=(other,)), state=replace(given.state, said=(key, other)))
    said = reply_to(later, frozenset())
    assert said.said == (f"again:{key}",)
    assert said.text in text
