"""A message about two matters: the more serious is answered first, and a story of one matter stays one."""

from bot.classifier.model import Guess
from bot.classifier.two_topics import parts_of_message, seriousness, two_topics


def guess(**probabilities: float) -> Guess:
    ordered = dict(sorted(probabilities.items(), key=lambda each: -each[1]))
    return Guess(ordered, 0.4, False)


WHOLE = guess(property_theft_lost=0.6, sextortion=0.3)
PARTS = {
    "my bike was stolen": guess(property_theft_lost=0.95),
    "someone wants money for my nudes": guess(sextortion=0.9),
    "it was yesterday evening": guess(unclear_message=0.9),
    "maybe somebody took it": guess(property_theft_lost=0.5),
}


def test_a_message_is_parted_where_another_matter_may_begin() -> None:
    assert parts_of_message("my bike was stolen. also someone wants money for my nudes") == [
        "my bike was stolen",
        "someone wants money for my nudes",
    ]
    assert parts_of_message("pyörä vietiin eilen ja sit joku kiristää mua kuvilla") == [
        "pyörä vietiin eilen",
        "joku kiristää mua kuvilla",
    ]
    assert parts_of_message("my bike was stolen. ok.") == []


def test_the_more_serious_matter_comes_first() -> None:
    parts = ["my bike was stolen", "someone wants money for my nudes"]
    assert two_topics(WHOLE, parts, PARTS.__getitem__) == ("sextortion", "property_theft_lost")


def test_one_matter_told_in_two_sentences_stays_one() -> None:
    for other in ("it was yesterday evening", "maybe somebody took it"):
        assert two_topics(WHOLE, ["my bike was stolen", other], PARTS.__getitem__) is None


def test_a_part_that_the_whole_does_not_show_is_not_believed() -> None:
    parts = ["my bike was stolen", "someone wants money for my nudes"]
    assert two_topics(guess(property_theft_lost=0.99, sextortion=0.005), parts, PARTS.__getitem__) is None


def test_the_order_is_that_of_the_labelling_rules() -> None:
    topics = ["emergency_now", "suicidal_thoughts", "grooming", "assault_or_robbery", "threats_extortion"]
    topics += ["nude_image_shared", "bank_phishing", "filming_people"]
    assert [seriousness(topic) for topic in topics] == sorted({seriousness(topic) for topic in topics})
