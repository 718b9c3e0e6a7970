"""The repository's own words: what a citizen may rely on."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from answers.__main__ import LOOK_AGAIN_AFTER, stale
from answers.contacts import Status
from answers.content import Content, read_content
from answers.limits import BODY_WITH_BUTTONS, LANGUAGES, PRIVACY_URL, TEXT

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def content() -> Content:
    return read_content(DATA, "x" * PRIVACY_URL)


def test_nothing_is_refused(content: Content) -> None:
    assert content.problems == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_emergency_answer_begins_with_the_emergency_number(content: Content, language: str) -> None:
    emergencies = [topic for topic, item in content.answers.items() if "emergency" in item.answer.escalation]
    assert {"emergency_now", "suicidal_thoughts"} <= set(emergencies)
    for topic in emergencies:
        assert "112" in content.text(topic, language).split("\n")[0], topic


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_crisis_answer_names_at_least_two_helpers(content: Content, language: str) -> None:
    for topic, item in content.answers.items():
        if "crisis" in item.answer.escalation:
            text = content.text(topic, language)
            helpers = [
                contact
                for contact in content.contacts.values()
                if contact.phone and contact.phone.value[language] in text
            ]
            assert len([contact for contact in helpers if contact.phone and contact.phone.value["fi"] != "112"]) >= 2, (
                topic
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_answer_fits_into_one_message_with_its_introduction(content: Content, language: str) -> None:
    introduction = content.line("introduction", language)
    for topic, item in content.answers.items():
        limit = BODY_WITH_BUTTONS if item.answer.buttons else TEXT
        first = content.in_short(topic, language)
        if first is None or topic in ("emergency_now", "suicidal_thoughts"):
            first = content.text(topic, language)
        assert len(f"{introduction}\n\n{first}") <= limit, topic


@pytest.mark.parametrize(
    "line",
    [
        "clarify",
        "clarify_without_guesses",
        "officer_offered",
        "danger_first",
        "crisis_first",
        "fourth_language",
        "question_unknown",
        "question_foreign",
        "clarify_question",
        "said_before",
        "what_was_unclear",
        "back_to_subject",
        *(f"follow_up_{act}_button" for act in ("more", "helped", "not_helped")),
    ],
)
def test_the_lines_that_the_bot_says_are_there(content: Content, line: str) -> None:
    for language in LANGUAGES:
        assert content.line(line, language)


def _said(content: Content) -> list[tuple[str, str]]:
    """Everything that can be said, filled, with where it stands."""
    said = [(f"line {key} {language}", content.line(key, language)) for key in content.lines for language in LANGUAGES]
    for topic in content.answers:
        for language in LANGUAGES:
            texts = [content.text(topic, language), content.in_short(topic, language), content.why(topic, language)]
            said += [(f"{topic} {language}", text) for text in texts if text is not None]
    return said


def test_whatever_looks_like_a_phone_number_is_a_contact_that_may_be_shown(content: Content) -> None:
    # Written anew, not with the checks' own pattern: two readers see more than one.
    looks_like_a_number = re.compile(r"(?<!\d)\+?\d[\d \u00a0-]{4,}\d(?!\d)|\b112\b")
    shown = {
        re.sub(r"\D", "", contact.phone.value[language])
        for contact in content.contacts.values()
        if contact.phone is not None and contact.phone.status in (Status.OK, Status.OLD)
        for language in LANGUAGES
    }
    found = [(where, match.group()) for where, text in _said(content) for match in looks_like_a_number.finditer(text)]
    assert len(found) > 500
    assert [(where, number) for where, number in found if re.sub(r"\D", "", number) not in shown] == []


def test_every_topic_can_be_said_shorter_and_with_its_reason(content: Content) -> None:
    advice = [topic for topic, item in content.answers.items() if item.answer.group != "dialogue"]
    assert len(advice) == 68
    without = [
        (topic, language)
        for topic in advice
        for language in LANGUAGES
        if content.in_short(topic, language) is None or content.why(topic, language) is None
    ]
    assert without == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_short_words_about_danger_keep_the_emergency_number(content: Content, language: str) -> None:
    for topic, item in content.answers.items():
        short = content.in_short(topic, language)
        if "emergency" in item.answer.escalation and short is not None:
            assert "112" in short, topic


def test_what_nobody_has_looked_at_for_half_a_year_is_listed(content: Content) -> None:
    reviewed = min(item.answer.reviewed_on for item in content.answers.values())
    assert stale(content, reviewed + LOOK_AGAIN_AFTER) == []
    late = stale(content, reviewed + LOOK_AGAIN_AFTER + timedelta(days=1))
    assert f"answer {next(iter(sorted(content.answers)))} ({reviewed})" in late
