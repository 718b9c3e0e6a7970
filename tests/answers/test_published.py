"""The repository's own words: what a citizen may rely on."""

from pathlib import Path

import pytest

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
        assert len(f"{introduction}\n\n{content.text(topic, language)}") <= limit, topic


@pytest.mark.parametrize(
    "line", ["clarify", "clarify_without_guesses", "officer_offered", "danger_first", "crisis_first"]
)
def test_the_lines_that_the_bot_says_are_there(content: Content, line: str) -> None:
    for language in LANGUAGES:
        assert content.line(line, language)
