"""The figure for plain language means the same in each language."""

import statistics

import pytest

from answers.content import answer_paths
from gateway.content.editing.readability import Ease, readability
from gateway.content.repository.yaml_files import parsed
from gateway.core.config.settings import PROJECT


def test_our_own_answers_which_say_the_same_are_as_plain_in_each_language() -> None:
    answers = [parsed(path.read_text("utf-8"))["answer"] for path in answer_paths(PROJECT / "data")]
    means = {
        language: statistics.mean(found.figure for each in answers if (found := readability(each[language], language)))
        for language in ("fi", "sv", "en")
    }
    assert max(means.values()) - min(means.values()) < 2.5, means
    assert all(mean < 30 for mean in means.values()), "our answers are plain on the whole"


@pytest.mark.parametrize(
    ("language", "plain", "heavy"),
    [
        (
            "fi",
            "Älä avaa linkkiä. Soita pankkiin heti. Säilytä viesti.",
            """Rikosilmoituksen vastaanottamisen jälkeen esitutkintaviranomainen ratkaisee esitutkinnan
            aloittamisen edellytysten täyttymisen sekä asianomistajan korvausvaatimusten selvittämisen tarpeen""",
        ),
        (
            "sv",
            "Öppna inte länken. Ring banken nu. Spara sms:et.",
            """Efter mottagandet av brottsanmälan avgör förundersökningsmyndigheten huruvida förutsättningarna för
            inledandet av förundersökningen uppfylls samt behovet av utredning rörande målsägandens yrkanden""",
        ),
        (
            "en",
            "Don't open the link. Call your bank now. Keep the text.",
            """Following receipt of the notification the investigating authority determines whether prerequisites for
            commencing preliminary investigation are fulfilled and whether compensation claims need clarification""",
        ),
    ],
)
def test_short_sentences_are_plain_and_officialese_is_hard(language: str, plain: str, heavy: str) -> None:
    easy, hard = readability(plain, language), readability(" ".join(heavy.split()), language)
    assert easy
    assert hard
    assert (easy.ease, hard.ease) == (Ease.EASY, Ease.HARD)
    assert hard.longest > 10 > easy.longest


def test_a_few_words_and_an_unknown_language_have_no_figure() -> None:
    assert readability("Soita heti.", "fi") is None
    assert readability("uno dos tres cuatro cinco seis", "es") is None
