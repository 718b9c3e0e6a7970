"""Checks of the guides: what they name is on a page, in the words and the language of that page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
DOCS, TEMPLATES = PROJECT / "docs", PROJECT / "gateway" / "templates"
PICTURES = PROJECT / "gateway" / "static" / "content" / "guide"
OFFICERS, EDITORS = ((DOCS / f"{name}-guide.md").read_text("utf-8") for name in ("officers", "editors"))
SECTIONS = {"fi": "Suomeksi", "sv": "På svenska", "en": "In English"}
ON_THE_PAGE: dict[str, Any] = yaml.safe_load((TEMPLATES / "content" / "words.yml").read_text("utf-8"))
SENTENCES: dict[str, dict[str, str]] = yaml.safe_load(
    (PROJECT / "gateway" / "content" / "words.yml").read_text("utf-8")
)
NAMED = re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)")


def texts_in(words: Any) -> Iterator[str]:
    if isinstance(words, dict | list):
        for each in words.values() if isinstance(words, dict) else words:
            yield from texts_in(each)
    elif isinstance(words, str):
        yield words


def words_of_pages(language: str) -> set[str]:
    """Everything that the staff's pages say, but for the guide itself."""
    found = set[str]()
    for path in TEMPLATES.glob("*/words.yml"):
        words = dict(yaml.safe_load(path.read_text("utf-8"))[language])
        words.pop("guide", None)
        found.update(texts_in(words))
    return found


def missing(names: list[str], words: set[str]) -> list[str]:
    """The names that no page has: a button's or a place's whole text, or the first sentence of a longer one."""
    known = words | {each.partition(".")[0] for each in words}
    return [name for name in (" ".join(each.split()) for each in names) if name not in known]


@pytest.mark.parametrize("language", SECTIONS)
def test_what_the_officers_guide_names_is_on_their_pages(language: str) -> None:
    section = OFFICERS.partition(f"\n## {SECTIONS[language]}\n")[2].partition("\n## ")[0]
    named = NAMED.findall(re.sub(r"\*\*[^*]+\*\*", "", section))

    assert len(named) >= 13
    assert missing(named, words_of_pages(language)) == []


@pytest.mark.parametrize("language", SECTIONS)
def test_the_officers_guide_tells_of_the_same_keys_as_their_page(language: str) -> None:
    words = yaml.safe_load((TEMPLATES / "console" / "words.yml").read_text("utf-8"))[language]
    rows = [line.split("|")[1] for line in OFFICERS.splitlines() if line.startswith("| `")]
    told = re.findall(r"`([^`]+)`", " ".join(rows).replace("`Ctrl` `Enter`", "`Ctrl + Enter`"))

    assert set(told) == set(words["shortcuts"]["list"])


@pytest.mark.parametrize("language", SECTIONS)
def test_whatever_a_message_may_be_understood_as_has_words(language: str) -> None:
    acts = {path.stem for path in (PROJECT / "data" / "nlu" / "follow_ups").glob("*.yml")}

    assert set(ON_THE_PAGE[language]["publishing"]["understood"]) == acts | {"-", "nlu_fallback", "emergency", "crisis"}


def test_what_the_editors_guide_names_is_on_their_pages() -> None:
    # What is bold and small is said with weight; what is bold and begins with a capital is a name.
    named = re.findall(r"\*\*([A-Z][^*]+)\*\*", EDITORS)

    assert len(named) >= 20
    assert missing(named, words_of_pages("en")) == []


def test_what_the_editors_guide_says_they_may_read_is_said_so() -> None:
    said = [each["en"] for each in SENTENCES.values()] + list(words_of_pages("en"))
    quoted = re.findall(r'^\| "([^"]+)" \|', EDITORS, re.MULTILINE)

    assert len(quoted) >= 5
    for each in quoted:
        wanted = re.compile(".+?".join(map(re.escape, each.split("…"))))
        assert any(map(wanted.match, said)), each


@pytest.mark.parametrize("language", SECTIONS)
def test_the_guide_on_the_page_names_what_is_on_the_pages(language: str) -> None:
    guide = ON_THE_PAGE[language]["guide"]
    named = [name for text in texts_in(guide) for name in NAMED.findall(text)]

    assert len(named) >= 10
    assert missing(named, words_of_pages(language)) == []


def test_the_guide_on_the_page_is_the_same_in_each_language() -> None:
    def shape(language: str) -> list[list[int]]:
        return [[step.count("*") for step in part["steps"]] for part in ON_THE_PAGE[language]["guide"]["parts"]]

    assert shape("sv") == shape("en")
    assert shape("fi") == shape("en")


def test_each_part_of_the_guide_has_its_picture_in_its_language() -> None:
    wanted = {f"{part['picture']}-{each}.png" for each in SECTIONS for part in ON_THE_PAGE[each]["guide"]["parts"]}

    assert {path.name for path in PICTURES.iterdir()} == wanted
