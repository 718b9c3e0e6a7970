"""What few words tell by their form, in three languages, and what they do not."""

import pytest

from bot.conversation.told import NOT_SENT, band_of, named, told_by_form


def told(text: str, asked: str | None = None) -> set[tuple[str, str]]:
    return {(each.slot, each.value) for each in told_by_form(text, asked)}


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("oon 16", "age", "15_17"),
        ("oon 13. mul ei oo rahaa", "age", "under_15"),
        ("mä oon 14-vuotias poika", "age", "under_15"),
        ("olen vasta 12v", "age", "under_15"),
        ("Olen 47", "age", "adult"),
        ("ja e 12", "age", "under_15"),
        ("jag är bara 15", "age", "15_17"),
        ("im 16", "age", "15_17"),
        ("I'm only 13 and scared", "age", "under_15"),
        ("han e 14", "whose_age", "under_15"),
        ("hän on 14", "whose_age", "under_15"),
        ("se on varmaan 17", "whose_age", "15_17"),
        ("tyttäreni, 9, sai viestin", "whose_age", "under_15"),
        ("hon är 9", "whose_age", "under_15"),
        ("he is 13", "whose_age", "under_15"),
        ("hes like 40", "whose_age", "adult"),
        ("my daughter, 12, was hit", "whose_age", "under_15"),
        ("olen opettaja ja oppilas kertoi", "role", "professional"),
        ("jag är lärare på en skola", "role", "professional"),
        ("I'm a teacher, a pupil told me", "role", "professional"),
        ("maksoin jo", "done", "paid"),
        ("Jag flyttade 4000 euro redan i morse", "done", "paid"),
        ("ja betala 200 åt en på tori", "done", "paid"),
        ("pappa swisha åt dom igår", "done", "paid"),
        ("i already sent him 50 euros", "done", "paid"),
        ("annoin sille mun pankkitunnukset", "done", "codes_given"),
        ("I gave him my bank codes", "done", "codes_given"),
        ("lähetin sille mun kuvan", "done", "picture_sent"),
        ("joo soitin pankkiin ne sano et ei voi perua", "done", "bank_called"),
        ("ja har ringt banken", "done", "bank_called"),
        ("i called my bank already", "done", "bank_called"),
        ("i already call bank Nordea they say they cant stop", "done", "bank_called"),
        ("soitin jo nordeaan", "done", "bank_called"),
        ("ja ringde op", "done", "bank_called"),
        ("i already reported it", "done", "reported"),
        ("blokkasin sen", "done", "blocked"),
        ("mies lukee mun puhelinta", "watched", "yes"),
        ("min man läser allt på min telefon", "watched", "yes"),
        ("he checks my phone", "watched", "yes"),
        ("Se on OP", "bank", "op"),
    ],
)
def test_few_words_tell(text: str, slot: str, value: str) -> None:
    assert (slot, value) in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "mulla oli 15 euroa",
        "oon ollu 2 vuotta sen kaa",
        "se on 30 min päästä täällä",
        "what if i paid",
        "pitäiskö mun maksaa",
        "DHL: tullavgiften 3,49 € är obetald. Betala före kl 18",
        "ska jag betala fakturan",
        "dom vill att man swishar 60 euro",
        "pitäiskö mun blokata se",
        "op",  # gaming slang where nothing asks for a bank: see below
    ],
)
def test_what_only_looks_like_it_tells_no_age_and_no_deed(text: str) -> None:
    assert not {slot for slot, _ in told(text)} & {"age", "whose_age", "done", "watched", "role"}


def test_both_ages_of_one_sentence_are_told_apart() -> None:
    assert told("she is 15 and im 17") == {("whose_age", "15_17"), ("age", "15_17")}


@pytest.mark.parametrize("slot", ["age", "whose_age"])
def test_a_number_alone_answers_the_question_that_was_asked(slot: str) -> None:
    assert told("14", asked=slot) == {(slot, "under_15")}
    assert told("14") == set()


def test_the_words_are_where_the_message_has_them() -> None:
    (found,) = told_by_form("moi oon 16 kai", None)
    assert "moi oon 16 kai"[found.start : found.end] == "oon 16"


@pytest.mark.parametrize(("age", "band"), [(2, None), (14, "under_15"), (15, "15_17"), (17, "15_17"), (18, "adult")])
def test_bands(age: int, band: str | None) -> None:
    assert band_of(age) == band


def test_a_named_bank_and_platform_are_told_once() -> None:
    entities = [
        {"entity": "bank", "value": "S-Pankki", "start": 0, "end": 8},
        {"entity": "bank", "value": "Nordea", "start": 9, "end": 15},
        {"entity": "language", "value": "fi", "start": 0, "end": 15},
    ]
    assert [(each.slot, each.value) for each in named(entities)] == [("bank", "s_pankki")]


ROLES = [
    ("i hit him, am i in trouble", "doer"),
    ("löin yht jätkää koulus", "doer"),
    ("ja slog en kille", "doer"),
    ("jaoin yhen tytön kuvan eteenpäin ryhmään", "doer"),
    ("i got caught with a vape", "doer"),
    ("näin ku yks jätkä hakkas toista", "witness"),
    ("jag såg när två killar rånade en gubbe", "witness"),
    ("i saw a guy nick a bike", "witness"),
    ("My daughter was hit at school by an older boy", "helper"),
    ("mun kaveria kiristetään", "helper"),
    ("min lillebror blir mobbad", "helper"),
    ("oon ope ja yks mun oppilas kerto", "professional"),
    ("a student in my class told me", "professional"),
    ("no not me, my mate", "helper"),
    ("ei mä vaan mun kaveri", "helper"),
    ("det är inte mig det gäller utan min kompis", "helper"),
]


@pytest.mark.parametrize(("text", "role"), ROLES)
def test_who_writes_is_heard_in_passing(text: str, role: str) -> None:
    assert ("role", role) in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "he hit me so i hit him back",
        "my friend sent me a link",
        "min kompis hotar lägga ut bilden",
        "i hit my head",
        "löin pääni",
        "jos löin sitä nii mitä",
        "i didn't hit him",
        "my son hits me",
    ],
)
def test_where_the_words_leave_it_open_nobody_is_named(text: str) -> None:
    assert not told(text) & {("role", role) for role in ("doer", "helper", "witness", "professional")}


@pytest.mark.parametrize(
    "text", ["no wait not my sister, me", "ei mun sisko vaan mä", "inte min kompis utan jag", "joku uhkailee mua"]
)
def test_whoever_it_happened_to_says_so(text: str) -> None:
    assert ("role", "victim") in told(text)


@pytest.mark.parametrize(("text", "role"), [("mulle", "victim"), ("to my son", "helper"), ("åt min kompis", "helper")])
def test_the_question_to_whom_it_happened_is_answered_in_a_word(text: str, role: str) -> None:
    assert [(each.slot, each.value) for each in told_by_form(text, "role")] == [("role", role)]


@pytest.mark.parametrize(
    ("text", "slot", "band"),
    [
        ("hon e ba 13", "whose_age", "under_15"),
        ("se on just täyttäny 13", "whose_age", "under_15"),
        ("he is twelve", "whose_age", "under_15"),
        ("hän on neljätoista", "whose_age", "under_15"),
        ("han fyller 15 i maj", "whose_age", "under_15"),
        ("she turns 18 next week", "whose_age", "15_17"),
        ("me ollaan molemmat 16", "age", "15_17"),
        ("16 fyllde just", "age", "15_17"),
    ],
)
def test_ages_are_told_in_words_too(text: str, slot: str, band: str) -> None:
    assert (slot, band) in told(text)


@pytest.mark.parametrize("text", ["16 btw", "15", "14 ja puol", "13, can i report it", "sexton som sagt"])
def test_a_number_first_is_an_age_in_a_talk_and_of_whom_it_concerns(text: str) -> None:
    assert [each.slot for each in told_by_form(text, None, in_talk=True)] == ["age"]
    assert [each.slot for each in told_by_form(text, None, "helper", in_talk=True)] == ["whose_age"]
    assert told_by_form(text, None) == [] or text == "16 fyllde just"


@pytest.mark.parametrize("text", ["15 messages", "50", "20 euroa", "15 min ago", "12 times", "3 of them"])
def test_another_number_is_no_age(text: str) -> None:
    assert told_by_form(text, None, in_talk=True) == []


@pytest.mark.parametrize(
    "text",
    [
        "en maksanut",
        "emmä maksanu",
        "oon 13v, mua kiristetään snäpissä, en oo maksanu",
        "En ehtinyt maksaa",
        "ei oo viel maksettu",
        "en ole siirtänyt mitään",
        "en oo antanu sille rahaa",
        "Ei, rahaa ei ole mennyt",
        "jag har inte betalat",
        "ja ha int betala nåtto",
        "Har dock inte betalat",
        "Jag hann inte betala, banken hade stängt",
        "jag har inte skickat några pengar",
        "i didnt pay",
        "no i didnt pay anything",
        "I not pay yet",
        "I have not sent a penny, I only wrote back",
        "We've paid nowt",
        "maksoin, ei kun siis en maksanut",
    ],
)
def test_that_nothing_was_paid_is_told_in_clear_words(text: str) -> None:
    assert {value for slot, value in told(text) if slot == "done"} == {"not_paid"}


@pytest.mark.parametrize(
    "text",
    [
        "pomo ei maksanut palkkaa",
        "ei se maksanu",
        "palkkaa ei oo maksettu",
        "hyresgästen har inte betalat på tre månader",
        "my boss hasn't paid me",
        "jos en ole maksanut maanantaina",
        "om jag inte betalar",
        "se väittää etten oo maksanut",
        "han säger att jag inte har betalat",
        "they say i didn't pay the fare",
        "do i just not pay",
        "en oo maksanu enempää",
        "jag har inte betalat resten",
        "i havent paid more",
        "en oo lähettäny kuvia",
        "jag har inte skickat bilden",
        "i havent sent him any pictures",
    ],
)
def test_others_who_pay_not_and_what_is_not_paid_besides_are_no_such_words(text: str) -> None:
    assert {value for slot, value in told(text) if slot == "done"} == set()


@pytest.mark.parametrize(
    "text",
    [
        "ei kun maksoin 20e",
        "ei, maksoin jo",
        "oon kyllä maksanu",
        "nej jag betalade",
        "no wait i did pay him",
        "en ensin maksanu mut sit maksoin",
        "maksoin sille 50 ja nyt se vaatii 200, en oo maksanu sitä",
    ],
)
def test_a_payment_after_all_is_told(text: str) -> None:
    assert {value for slot, value in told(text) if slot == "done"} == {"paid"}


@pytest.mark.parametrize("text", ["en oo lähettäny mitään", "har inte skickat nåt", "havent sent anything"])
def test_that_nothing_was_sent_is_a_hint(text: str) -> None:
    (found,) = told_by_form(text, None)
    assert (found.value, found.is_hint) == (NOT_SENT, True)


@pytest.mark.parametrize(
    "text",
    [
        "theres this girl on snap i sent her a pic and now she says she will send it to everyone if i dont pay 200",
        "no i didnt share anyones pic its MY pic. shes threatening me. im 15",
        "i sent it to ONE person who is now blackmailing ME",
        "se kiristää mua kuvalla",
        "se jakaa sen jos en maksa",
        "han hotar mej varje dag",
        "hon lägger ut den om ja int betalar",
    ],
)
def test_whom_somebody_threatens_is_no_doer_whatever_was_believed(text: str) -> None:
    found = [each for each in told_by_form(text, None, "doer") if each.slot == "role"]
    assert [(each.value, each.is_hint) for each in found] == [("victim", False)]


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("i sent her pic to the group", ["doer"]),
        ("i sent my mates nudes to the class", ["doer"]),
        ("i hit him and now hes threatening me", []),
    ],
)
def test_whoever_did_something_stays_the_doer_or_open(text: str, roles: list[str]) -> None:
    assert [each.value for each in told_by_form(text, None) if each.slot == "role"] == roles


def test_whoever_writes_for_somebody_else_is_only_perhaps_the_one_who_is_threatened() -> None:
    found = [each for each in told_by_form("now he threatens me too", None, "helper") if each.slot == "role"]
    assert [(each.value, each.is_hint) for each in found] == [("victim", True)]
