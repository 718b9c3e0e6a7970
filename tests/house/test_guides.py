"""Checks of the guides: what they name is on a page, in the words and the language of that page."""

import re
from functools import cache
from pathlib import Path

import pytest

from gateway.console.wording import SHORTCUTS
from gateway.content.routes.guide import PARTS
from gateway.content.routes.wording import UNDERSTOOD
from gateway.core.catalogues import _forms, read
from gateway.core.i18n import gettext

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
PICTURES = PROJECT / "gateway" / "static" / "content" / "guide"
OFFICERS, EDITORS = ((DOCS / f"{name}-guide.md").read_text("utf-8") for name in ("officers", "editors"))
SECTIONS = {"fi": "Suomeksi", "sv": "På svenska", "en": "In English"}
NAMED = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")


# Where the guide on the page has its own sentences, which name what stands elsewhere.
GUIDE = "gateway/content/routes/guide.py"


@cache
def words_of_pages(language: str) -> frozenset[str]:
    """Everything that pages say, but for the guide itself."""
    messages = [each for each in read(language) if each.id and [place for place, _ in each.locations] != [GUIDE]]
    texts = {text for each in messages for text in _forms(each.string)}
    return frozenset({text.replace("%%", "%") for text in texts})


def missing(names: list[str], words: frozenset[str]) -> list[str]:
    """The names that no page has: a button's or a place's whole text, or the first sentence of a longer one."""
    known = words | {each.partition(".")[0] for each in words}
    return [name for name in (" ".join(each.split()) for each in names) if name not in known]


@pytest.mark.parametrize("language", SECTIONS)
def test_what_the_officers_guide_names_is_on_their_pages(language: str) -> None:
    section = OFFICERS.partition(f"\n## {SECTIONS[language]}\n")[2].partition("\n## ")[0]
    named = NAMED.findall(re.sub(r"\*\*[^*]+\*\*", "", section))

    assert len(named) >= 13
    assert missing(named, words_of_pages(language)) == []


def test_the_officers_guide_tells_of_the_same_keys_as_their_page() -> None:
    rows = [line.split("|")[1] for line in OFFICERS.splitlines() if line.startswith("| `")]
    told = re.findall(r"`([^`]+)`", " ".join(rows).replace("`Ctrl` `Enter`", "`Ctrl + Enter`"))

    assert set(told) == set(SHORTCUTS)


def test_whatever_a_message_may_be_understood_as_has_words() -> None:
    acts = {path.stem for path in (PROJECT / "data" / "nlu" / "follow_ups").glob("*.yml")}

    assert set(UNDERSTOOD) == acts | {"-", "nlu_fallback", "emergency", "crisis"}


def section_for_editors(language: str) -> str:
    return EDITORS.partition(f"\n## {SECTIONS[language]}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("language", SECTIONS)
def test_what_the_editors_guide_names_is_on_their_pages(language: str) -> None:
    # What is bold and small is said with weight; what is bold and begins with a capital is a name.
    named = re.findall(r"\*\*([A-ZÅÄÖ][^*]+)\*\*", section_for_editors(language))

    assert len(named) >= 20
    assert missing(named, words_of_pages(language)) == []


@pytest.mark.parametrize("language", SECTIONS)
def test_what_the_editors_guide_says_they_may_read_is_said_so(language: str) -> None:
    # Values stand in the guide as an ellipsis, or as an example of one.
    said = [re.sub(r"%\(\w+\)s", "…", each) for each in words_of_pages(language)]
    quoted = re.findall(r'^\| "([^"]+)" \|', section_for_editors(language), re.MULTILINE)

    assert len(quoted) >= 5
    for each in quoted:
        wanted = re.compile(".+?".join(map(re.escape, each.split("…"))))
        assert any(map(wanted.match, said)), each


@pytest.mark.parametrize(
    ("language", "heading", "optional"),
    [
        ("fi", "Lisää aihe", "vapaaehtoinen"),
        ("sv", "Lägg till ett ämne", "frivilligt"),
        ("en", "Add a topic", "optional"),
    ],
)
def test_a_topic_is_approved_before_it_is_published_and_what_may_be_left_out_is_said(
    language: str, heading: str, optional: str
) -> None:
    section = section_for_editors(language).split(f"### {heading}\n")[1].split("\n### ")[0]
    steps = re.split(r"\n\d\. ", section)
    ask = gettext(language, "Ask for approval")
    asked = next((number for number, step in enumerate(steps) if f"**{ask}**" in re.sub(r"\s+", " ", step)), None)
    publish = gettext(language, "Train and publish the chosen")
    (published,) = (number for number, step in enumerate(steps) if publish in re.sub(r"\s+", " ", step))
    assert asked is not None
    assert asked < published
    assert [number for number, step in enumerate(steps) if f"({optional})" in step] == [4]


def test_the_editors_guide_has_the_same_parts_pictures_and_steps_in_each_language() -> None:
    def shape(language: str) -> list[str]:
        lines = section_for_editors(language).replace(f"-{language}.png", ".png").splitlines()
        marks = (re.match(r"###|\d\.|!\[.*\]\(.*\)|\| \"", line) for line in lines)
        return [re.sub(r"\[.*\]", "", mark.group()) for mark in marks if mark]

    assert shape("sv") == shape("en")
    assert shape("fi") == shape("en")


@pytest.mark.parametrize("language", SECTIONS)
def test_the_guide_on_the_page_names_what_is_on_the_pages(language: str) -> None:
    named = [name for part in PARTS for step in part.steps for name in NAMED.findall(gettext(language, step))]

    assert len(named) >= 10
    assert missing(named, words_of_pages(language)) == []


def test_the_guide_on_the_page_is_the_same_in_each_language() -> None:
    def shape(language: str) -> list[list[int]]:
        return [[gettext(language, step).count("*") for step in part.steps] for part in PARTS]

    assert shape("sv") == shape("en")
    assert shape("fi") == shape("en")


def test_each_part_of_the_guide_has_its_picture_in_its_language() -> None:
    wanted = {f"{part.picture}-{language}.png" for language in SECTIONS for part in PARTS}

    assert {path.name for path in PICTURES.iterdir()} == wanted
