"""A topic's own questions: what is asked in which words, what is answered, and what may not be published."""

import pytest

from answers.faq import asked_lines
from answers.limits import ASKED
from tests.worlds.content_folder import ContentFolder

FAQ = """\
faq:
  no_number:
    asked:
      fi: |
        en tiedä numeroa
        numero on hukassa
      sv: jag har inget nummer
      en: i don't know the number
    answer: {fi: "Tee se silti. {helper}", sv: "Gör det ändå. {helper}", en: "Do it anyway. {helper}"}
    sources: [F12]
    reviewed_on: 2026-11-30
    variants:
      - when: {role: [doer]}
        answer: {fi: Tekijä., sv: Gärningsman., en: Doer.}
"""


def written(folder: ContentFolder, text: str) -> ContentFolder:
    folder.hacked.write_text(folder.hacked.read_text("utf-8") + text, encoding="utf-8")
    return folder


def test_a_question_has_wordings_and_an_answer_by_what_is_known(folder: ContentFolder) -> None:
    content = written(folder, FAQ).content()
    assert not content.problems
    faq = content.answers["hacked"].answer.faq["no_number"]
    assert faq.asked["fi"] == ("en tiedä numeroa", "numero on hukassa")
    said = content.piece("hacked", "no_number", "en", {})
    assert said is not None
    assert said.startswith("Do it anyway.")
    assert "{" not in said
    assert content.piece("hacked", "no_number", "sv", {"role": ("doer",)}) == "Gärningsman."
    assert content.piece("stolen", "no_number", "en", {}) is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("no_number:", "cost:", "cannot be a name"),
        ("no_number:", "No number:", "cannot be a name"),
        ("jag har inget nummer", "x" * (ASKED + 1), "is no question as people write it"),
        ("jag har inget nummer", "nummer till {helper.phone}", "is no question as people write it"),
        ("      sv: jag har inget nummer\n", "", "sv"),
        ("{helper}", "{nobody.phone}", "nobody"),
    ],
)
def test_what_nobody_would_write_or_cannot_be_said_is_refused(
    folder: ContentFolder, old: str, new: str, told: str
) -> None:
    problems = written(folder, FAQ.replace(old, new)).content().problems
    assert any(told in str(each) for each in problems), problems


def test_the_same_words_under_two_questions_are_refused(folder: ContentFolder) -> None:
    second = FAQ.removeprefix("faq:\n").replace("no_number", "lost_number").replace("en tiedä numeroa", "muu")
    problems = written(folder, FAQ + second).content().problems
    assert any("'numero on hukassa' is asked under no_number and lost_number" in str(each) for each in problems)


def test_what_a_model_depends_on_are_names_and_wordings_and_no_answers(folder: ContentFolder) -> None:
    text = written(folder, FAQ).hacked.read_text("utf-8")
    lines = asked_lines(text)
    assert lines[0] == "no_number:"
    assert "en tiedä numeroa" in lines
    assert "en: i don't know the number" in lines
    assert not any("silti" in line or "Doer" in line or "F12" in line for line in lines)
    assert asked_lines(text.replace("Tee se silti.", "Tee se.")) == lines
    assert asked_lines(text.replace("  ", "    ")) == lines
    assert asked_lines(text.split("faq:")[0]) == []
    assert (
        asked_lines(text.replace("faq:", "# a note\nfaq: # another").replace("    answer:", "# a third\n    answer:"))
        == lines
    )
    short = text.replace("      sv: jag har inget nummer\n", "").replace("    asked:\n", "    asked: {sv: inget}\n")
    assert "asked: {sv: inget}" in asked_lines(short)
