"""What was done fits the subject: the bank first where money went, a picture where pictures are the matter."""

from dataclasses import replace

import pytest

from bot.conversation.deeds import with_deeds
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import State
from bot.conversation.told import NOT_PAID, NOT_SENT, Told, told_by_form


def heard(*questions: str, topic: str, act: str | None = None, is_new: bool = False) -> Interpretation:
    move = act or next(iter(questions), "subject")
    return Interpretation(topic, is_new=is_new, move=move, act=act, questions=questions)


@pytest.mark.parametrize("text", ["jag har redan skickat en", "lähetin jo sen", "i already sent one", "mä laitoin jo"])
def test_what_was_sent_is_a_picture_where_pictures_are_the_matter(text: str) -> None:
    found = with_deeds(heard("already_paid", topic="nude_image_received_or_sent"), text, State())

    assert found.questions == ("already_sent_picture",)
    assert with_deeds(heard("already_paid", topic="marketplace_seller"), text, State()).questions == ("already_paid",)


@pytest.mark.parametrize("text", ["maksoin jo 50 e", "jag har betalat", "I paid them", "ostin lahjakortin"])
def test_money_stays_money_where_pictures_are_the_matter(text: str) -> None:
    assert with_deeds(heard("already_paid", topic="grooming"), text, State()).questions == ("already_paid",)


@pytest.mark.parametrize("text", ["4000 euroa", "they took 2000", "2 300 €", "se vei 800", "de tog 1500", "1500e"])
def test_a_sum_alone_that_is_gone_sends_to_the_bank(text: str) -> None:
    told = heard(topic="police_impersonation", act="tells")

    assert with_deeds(told, text, State()).questions == ("already_paid",)
    assert with_deeds(told, text, State(done=("paid",))) == told
    assert with_deeds(heard(topic="cyberbullying", act="tells"), text, State()).questions == ()


@pytest.mark.parametrize(
    "text",
    ["se vaatii 500 euroa", "de vill ha 300 euro", "they want 500€", "oon 16", "ajoin 20 km", "he is 78", "nordea"],
)
def test_a_sum_that_is_asked_for_and_other_numbers_are_not_gone(text: str) -> None:
    told = heard(topic="police_impersonation", act="tells")

    assert with_deeds(told, text, State()) == told


@pytest.mark.parametrize(
    "text",
    [
        "pankki on kiinni",
        "pankki ei vastaa",
        "banken är stängd",
        "banken svarar inte",
        "bank is close on sunday",
        "the bank doesn't answer",
        "the bank is closed, nobody picks up",
    ],
)
@pytest.mark.parametrize("question", ["cannot_phone_chat_instead", None])
def test_a_bank_that_is_closed_has_a_number_for_the_night(text: str, question: str | None) -> None:
    found = heard(*filter(None, [question]), topic="parcel_sms", act=None if question else "tells")

    assert with_deeds(found, text, State()).questions == ("already_paid",)
    assert with_deeds(found, text, State(done=("codes_given",))).questions == ("already_gave_codes",)
    assert with_deeds(heard("cost", topic="parcel_sms"), text, State()).questions == ("cost",)


@pytest.mark.parametrize("text", ["how", "ok how?", "miten", "ja miten se tehään", "hur då"])
@pytest.mark.parametrize("topic", ["bank_phishing", "account_hacked"])
def test_how_after_whether_to_report_is_how_to_report(text: str, topic: str) -> None:
    found = heard("how_to_do_step", topic=topic)

    assert with_deeds(found, text, State(question="report_needed")).questions == ("how_to_report_this",)
    assert with_deeds(found, text, State(question="what_first")) == found


@pytest.mark.parametrize("text", ["pelkään et ne kostaa", "entä jos se kostais mulle", "pelkään kostoa"])
def test_fear_of_revenge_is_no_question_of_cost(text: str) -> None:
    assert with_deeds(heard("cost", topic="assault_or_robbery"), text, State()).questions == ("other_side_told",)


@pytest.mark.parametrize("text", ["paljonko se maksaa", "vad kostar det", "vad ska det kosta"])
def test_cost_stays_cost(text: str) -> None:
    assert with_deeds(heard("cost", topic="assault_or_robbery"), text, State()).questions == ("cost",)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("block_or_not", "Estin hänet jo"),
        ("block_or_not", "i already blocked him"),
        ("evidence_how", "ja raderade allt"),
        ("tell_an_adult", "i told my teacher"),
        ("parents_told", "Vanhemmat eivät vielä tiedä."),
        ("report_needed", "tein ilmon jo eilen"),
    ],
)
def test_what_was_done_already_is_told_and_not_asked(asked: str, text: str) -> None:
    assert with_deeds(heard(asked, topic="sextortion"), text, State()).act == "tells"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("block_or_not", "should i block him"),
        ("evidence_how", "poistin viestit, mitä nyt"),
        ("parents_told", "saako äiti tietää"),
        ("tell_an_adult", "kerroin kaverille, pitäskö kertoa opelle"),
    ],
)
def test_a_question_stays_one_whatever_it_tells(asked: str, text: str) -> None:
    assert with_deeds(heard(asked, topic="sextortion"), text, State()).questions == (asked,)


@pytest.mark.parametrize("topic", ["online_purchase_fraud", "money_mule"])
def test_whoever_has_called_the_bank_is_told_to_report_and_not_to_call_it(topic: str) -> None:
    called = (Told("done", "bank_called", 0, 9),)
    told = replace(heard(topic=topic, act="tells"), told=called)
    assert with_deeds(told, "soitin jo pankkiin", State(topic=topic)).questions == ("how_to_report_this",)
    asked = heard("what_first", topic=topic)
    before = State(topic=topic, done=("bank_called",))
    assert with_deeds(asked, "mitä nyt", before).questions == ("how_to_report_this",)
    assert with_deeds(asked, "mitä nyt", State(topic=topic)).questions == ("what_first",)
    reported = State(topic=topic, done=("bank_called", "reported"))
    assert with_deeds(asked, "mitä nyt", reported).questions == ("what_first",)


def test_nothing_sent_is_no_money_paid_where_money_was_asked_for() -> None:
    hint = Told("done", NOT_SENT, 0, 20, is_hint=True)

    def told(topic: str) -> tuple[Told, ...]:
        found = replace(heard(topic=topic, act="tells"), told=(hint,))
        return with_deeds(found, "en oo lähettäny mitään", State()).told

    assert told("sextortion") == told("family_impersonation") == (replace(hint, value=NOT_PAID),)
    assert told("account_hacked") == told("nude_image_shared") == ()


@pytest.mark.parametrize(
    "text",
    [
        "i got a text from posti and i put my bank codes in, i think it was fake",
        "tuli postin viesti ja kirjauduin pankkitunnuksilla",
        "fick sms från posten o ja la in bankkoderna",
    ],
)
def test_whoever_begins_with_codes_that_are_gone_hears_of_the_bank_first(text: str) -> None:
    first = replace(heard(topic="parcel_sms", is_new=True), told=tuple(told_by_form(text, None)))
    found = with_deeds(first, text, State())
    assert (found.questions, found.is_new) == (("already_gave_codes",), True)
    assert with_deeds(replace(first, told=()), text, State()).questions == ()


def test_what_was_reported_to_an_app_the_police_do_not_have() -> None:
    reported = (Told("done", "reported", 0, 5),)
    told = replace(heard(topic="fake_profile", act="tells"), told=reported)
    assert with_deeds(told, "i reported it on tiktok like 3 times", State()).told == ()
    assert with_deeds(told, "i reported it to the police and tiktok", State()).told == reported
    assert with_deeds(told, "ilmoitin siitä poliisille", State()).told == reported
