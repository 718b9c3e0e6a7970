"""Answer pieces, general questions and words for acts: what is said when, and what may not be published."""

from pathlib import Path

import pytest

from tests.worlds.content_folder import ContentFolder

PIECES = """\
questions:
  cost:
    answer: {fi: Ei maksa., sv: Gratis., en: It is free.}
    sources: [F12]
    reviewed_on: 2026-11-28
    variants:
      - when: {role: [doer], age: [under_15]}
        answer: {fi: Nuori tekijä., sv: Ung gärningsman., en: Young doer.}
      - when: {role: [doer, helper]}
        answer: {fi: Muu., sv: Annan., en: Other.}
    ask: {slot: role, text: {fi: Kuka sinä olet?, sv: Vem är du?, en: Who are you?}}
"""
QUESTION = """\
question: cost
title: {fi: Mitä maksaa?, sv: Vad kostar det?, en: What does it cost?}
answer: {fi: "Yleensä ei. {helper}", sv: "Oftast inte. {helper}", en: "Mostly not. {helper}"}
unknown: {fi: En tiedä., sv: Jag vet inte., en: I do not know.}
sources: [F12]
reviewed_on: 2026-11-28
approved_by: ""
"""
ACT = """\
act: thanks
sources: []
reviewed_on: 2026-11-28
approved_by: ""
variants:
  - when: {danger: [now]}
    wordings:
      - {fi: Soita., sv: Ring., en: Call.}
  - wordings:
      - {fi: Ole hyvä!, sv: Varsågod!, en: You are welcome!}
      - {fi: Hyvä., sv: Bra., en: Good.}
"""


@pytest.fixture
def pieces(folder: ContentFolder) -> ContentFolder:
    folder.hacked.write_text(folder.hacked.read_text("utf-8") + PIECES, encoding="utf-8")
    for kind, name, text in (("questions", "cost", QUESTION), ("acts", "thanks", ACT)):
        path = folder.directory / "answers" / kind / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_questions_and_acts_are_no_topics(pieces: ContentFolder) -> None:
    content = pieces.content()
    assert not content.problems
    assert set(content.answers) == {"hacked", "stolen"}
    assert (set(content.questions), set(content.acts)) == ({"cost"}, {"thanks"})


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, "It is free."),
        ({"role": ("doer",)}, "Other."),
        ({"role": ("doer",), "age": ("under_15",)}, "Young doer."),
        ({"role": ("victim",), "age": ("under_15",)}, "It is free."),
    ],
)
def test_the_first_variant_that_fits_is_said(
    pieces: ContentFolder, state: dict[str, tuple[str, ...]], said: str
) -> None:
    assert pieces.content().piece("hacked", "cost", "en", state) == said


def test_another_subject_has_the_general_answer_with_its_contacts(pieces: ContentFolder) -> None:
    content = pieces.content()
    assert content.piece("stolen", "cost", "en", {}) is None
    assert content.general_piece("cost", "en", {}) == "Mostly not. Helper 09 2525 0111"
    assert content.unknown_piece("cost", "sv") == "Jag vet inte."
    assert content.general_piece("duration", "en", {}) is None


def test_a_slot_that_decides_is_asked_for_until_it_is_known(pieces: ContentFolder) -> None:
    content = pieces.content()
    assert content.asked_back("hacked", "cost", "en", {}) == ("role", "Who are you?")
    assert content.asked_back("hacked", "cost", "en", {"role": ("victim",)}) is None


def test_an_act_is_said_in_turn_and_by_what_is_known(pieces: ContentFolder) -> None:
    content = pieces.content()
    assert content.act("thanks", "en", {"danger": ("now",)}, lambda key: 0) == ("act:thanks:0", "Call.")
    assert content.act("thanks", "en", {}, lambda key: 0) == ("act:thanks:1", "You are welcome!")
    assert content.act("thanks", "en", {}, lambda key: 5) == ("act:thanks:1", "Good.")
    assert content.act("joking", "en", {}, lambda key: 0) is None


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("  cost:", "  price:", "Unknown question 'price'"),
        ("role: [doer], age", "role: [thief], age", "'thief' is no role"),
        ("role: [doer], age", "shoes: [red], age", "Unknown slot 'shoes'"),
        ("role: [doer], age", "topic: [nowhere], age", "no topic 'nowhere'"),
        ("slot: role", "slot: mood", "Unknown slot 'mood'"),
        ("sources: [F12]", "source: [F12]", "Unknown key 'source'"),
        ("en: It is free.", "en: 'It is {nobody}.'", "no contact 'nobody'"),
        ("en: It is free.", f"en: {'a' * 301}", "301 characters"),
        ("en: Who are you?", f"en: {'a' * 161}", "161 characters"),
        ("en: It is free.", "en: Call 0800 123 456.", "typed by hand"),
        (", en: It is free.", "", "Missing: en"),
        ("reviewed_on: 2026-11-28\n    variants", "reviewed_on: today\n    variants", "not a date"),
    ],
)
def test_a_piece_that_is_wrong_is_refused(pieces: ContentFolder, old: str, new: str, what: str) -> None:
    pieces.change(pieces.hacked, old, new, once=True)
    assert any(what in told for _, told in pieces.refusals(pieces.hacked)), pieces.refusals(pieces.hacked)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("question: cost", "question: price", "Unknown name 'price'"),
        ("question: cost", "question: duration", "stands in cost.yml"),
        ("en: What does it cost?", "en: What does it cost there?", "a WhatsApp button takes 20"),
        ("unknown: {fi: En tiedä., sv: Jag vet inte., en: I do not know.}\n", "", "Missing: unknown"),
    ],
)
def test_a_question_that_is_wrong_is_refused(pieces: ContentFolder, old: str, new: str, what: str) -> None:
    path = pieces.directory / "answers/questions/cost.yml"
    pieces.change(path, old, new)
    assert any(what in told for _, told in pieces.refusals(path)), pieces.refusals(path)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("act: thanks", "act: wave", "Unknown name 'wave'"),
        (
            "  - wordings:\n      - {fi: Ole",
            "  - when: {role: [doer]}\n    wordings:\n      - {fi: Ole",
            "everybody else",
        ),
        ("  - when: {danger: [now]}\n    wordings:", "  - wordings:", "hides those after it"),
        ("en: Call.", "en: Call 112.", "typed by hand"),
    ],
)
def test_words_for_an_act_that_are_wrong_are_refused(pieces: ContentFolder, old: str, new: str, what: str) -> None:
    path = pieces.directory / "answers/acts/thanks.yml"
    pieces.change(path, old, new, once=True)
    assert any(what in told for _, told in pieces.refusals(path)), pieces.refusals(path)


def test_two_questions_never_have_one_title(pieces: ContentFolder) -> None:
    path = pieces.directory / "answers/questions/duration.yml"
    path.write_text(QUESTION.replace("question: cost", "question: duration"), encoding="utf-8")
    assert any("also that of cost" in each.what for each in pieces.content().problems)


def test_a_broken_question_keeps_its_last_good_words(pieces: ContentFolder) -> None:
    earlier = pieces.content()
    pieces.change(pieces.directory / "answers/questions/cost.yml", "unknown:", "unknwon:")
    pieces.change(pieces.directory / "answers/acts/thanks.yml", "act: thanks", "act: wave")
    now = pieces.content(earlier)
    assert now.unknown_piece("cost", "en") == "I do not know."
    assert now.act("thanks", "en", {}, lambda key: 0) == ("act:thanks:1", "You are welcome!")


def test_contacts_of_pieces_count_as_used(pieces: ContentFolder) -> None:
    path = pieces.directory / "answers/questions/cost.yml"
    pieces.change(path, "{helper}", "{page_only.name}")
    assert "page_only" not in pieces.content().unused_contacts()


def test_the_folders_are_followed(pieces: ContentFolder, tmp_path: Path) -> None:
    from answers.library import Library
    from tests.worlds.content_folder import nothing_refused

    now = [0.0]
    library = Library(pieces.directory, "https://neuvo.example", nothing_refused, lambda: now[0])
    path = pieces.directory / "answers/acts/thanks.yml"
    path.write_text(path.read_text("utf-8").replace("en: Good.", "en: Very good."), encoding="utf-8")
    now[0] = 2.0
    assert library.content.act("thanks", "en", {}, lambda key: 5) == ("act:thanks:1", "Very good.")
