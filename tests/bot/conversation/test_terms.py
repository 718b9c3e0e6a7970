"""A word or a service whose meaning is asked is explained, and where it only stands in the message it is left alone."""

import pytest

from answers.content import Content, read_content
from bot.conversation.interpretation import Interpretation
from bot.conversation.terms import TERM, WHAT_IS_IT, term_in, terms_of, with_terms
from tests.bot.stage import PRIVACY, PROJECT


def heard(*questions: str, certainty: float = 0.3, act: str | None = None, is_new: bool = False) -> Interpretation:
    move = next(iter(questions), act or "tells")
    return Interpretation(
        "sextortion", is_new=is_new, move=move, questions=questions, act=act, certainty=certainty, guesses=("cost",)
    )


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("no sä just sanoit et Take It Down. mitä se tekee", "take_it_down"),
        ("mikä on luottokielto", "credit_ban"),
        ("nollalinja siis? auttaako ne", "nollalinja"),
        ("vad är kreditförbud", "credit_ban"),
        ("what is the anchor team", "anchor_team"),
        ("mikä toi ankkuritiimi on", "anchor_team"),
    ],
)
def test_the_word_that_is_asked_about_is_found(text: str, term: str) -> None:
    found = with_terms(heard("can_it_be_removed"), text)
    assert (found.questions, terms_of(found)) == ((WHAT_IS_IT,), (term,))


@pytest.mark.parametrize(
    "text",
    [
        "hain jo luottokiellon mutta silti joku otti lainan mun nimissä, mitä nyt tehdään tälle jutulle kun rahat meni",
        "kerroin nollalinjalle kaiken ja ne neuvo soittaa teille, maksaako tää jotain",
        "jag har redan kreditförbud",
    ],
)
def test_a_word_beside_another_question_asks_nothing(text: str) -> None:
    asked = heard("cost", certainty=0.8)
    assert with_terms(asked, text) == asked


def test_a_new_matter_that_names_a_word_stays_that_matter() -> None:
    asked = heard("what_first", is_new=True)
    assert with_terms(asked, "haluun lähestymiskiellon") == asked


def test_what_a_sure_question_is_about_is_explained_where_it_asks_for_that() -> None:
    found = with_terms(heard(WHAT_IS_IT, certainty=0.95), "va e nu riktigt besöksförbud")
    assert terms_of(found) == ("restraining_order",)
    assert [each.slot for each in found.told] == [TERM]


@pytest.fixture(scope="module")
def content() -> Content:
    return read_content(PROJECT / "data", PRIVACY)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("term", ["take_it_down", "credit_ban", "nollalinja", "anchor_team", "restraining_order"])
def test_each_has_its_explanation(content: Content, term: str, language: str) -> None:
    usual = content.general_piece(WHAT_IS_IT, language, {})
    assert content.general_piece(WHAT_IS_IT, language, {TERM: (term,)}) not in (None, usual)


def test_every_word_that_is_known_has_an_explanation_and_the_other_way_round(content: Content) -> None:
    import yaml

    known = yaml.safe_load((PROJECT / "bot/conversation/terms.yml").read_text("utf-8"))["terms"].keys()
    variants = content.questions[WHAT_IS_IT].general.piece.variants
    explained = {name for each in variants for name in each.when.get(TERM, ())}
    assert set(known) == explained


def test_words_of_everyday_are_no_terms() -> None:
    for text in ("rikun äiti tuli käymään", "I'm fine thanks", "mun mieli on maassa", "kävin koulussa", "hej på dig"):
        assert term_in(text) is None
