"""Everyday rules and found things: recognised by their words, and neither dangers nor thefts."""

from dataclasses import replace

import pytest

from bot.conversation.everyday import (
    THING,
    belonging_before,
    belongings_of,
    remembered_keys,
    thing_before,
    thing_in,
    things_of,
    with_belonging,
    with_everyday,
)
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import State
from bot.conversation.told import Told


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("saaks puukkoa kantaa mukana", "knife"),
        ("får man ha kniv i väskan", "knife"),
        ("can i carry a knife to defend myself", "knife"),
        ("saanko kantaa pippurisumutetta?", "spray"),
        ("e de olagligt me pepparspray", "spray"),
        ("får ja skjuta me luftgevär på gården", "air_gun"),
        ("minkä ikäsenä saa ajaa mopoo", "moped"),
        ("får en 14-åring köra elsparkcykel", "scooter"),
        ("is there a curfew for under 15s", "curfew"),
        ("Naapuri soittaa musaa yöllä täysii", "noise"),
        ("löysin lompakon bussista mitä teen", "found"),
        ("ja hitta en telefon på gården", "found"),
        ("i found a wallet on the tram", "found"),
        ("moi hittade en plånbok i spåran fyran", "found"),
        ("hallå, ja har HITTAT en plånbok som e nån annans", "found"),
        ("is the police number 112", "number_112"),
    ],
)
def test_a_rule_and_a_found_thing_are_known_by_their_words(text: str, thing: str) -> None:
    assert thing_in(text) == thing


@pytest.mark.parametrize(
    "text",
    [
        "guy here with a knife",
        "a student has a knife at school, what can i do",
        "he has a knife and wants to kill me, can i go out",
        "are they waiting for me at the gate with a knife, can i go home",
        "naapurista kuuluu kauheeta kirkumista",
        "grannen skriker och det låter som musik",
        "i called 112 already",
        "mopo pöllitty",
        "saaks mopon takas ku poliisi vei sen",
        "löysin poikani puhelimesta viestejä",
        "löysin ullakolta vainajan pistoolin",
        "mun puhelin löytyi",
        "entä pippurisumute",
    ],
)
def test_what_happens_is_no_rule(text: str) -> None:
    assert thing_in(text) is None


def test_the_rule_is_subject_and_question() -> None:
    found = with_everyday(Interpretation("tto", is_new=True, move="subject"), "can i carry a knife", State())
    assert (found.topic, found.is_new, found.questions) == ("is_it_a_crime", True, ("is_it_a_crime",))
    assert things_of(found) == ("knife",)
    assert (found.told[0].slot, found.act) == (THING, None)


def test_the_next_thing_is_named_alone() -> None:
    state = State(topic="is_it_a_crime", question="is_it_a_crime", turns=1)
    found = with_everyday(Interpretation("is_it_a_crime", is_new=False, move="tells"), "and pepper spray?", state)
    assert things_of(found) == ("spray",)
    assert not found.is_new


def test_whoever_surely_asks_something_else_gets_that() -> None:
    asked = Interpretation("fines_and_record", is_new=False, move="cost", questions=("cost",), certainty=0.9)
    assert with_everyday(asked, "how much can i get fined, can i carry a knife", State()) == asked


def test_a_reward_is_asked_about_the_found_thing() -> None:
    asked = Interpretation("property_theft_lost", is_new=True, move="cost", questions=("cost",), certainty=0.9)
    assert with_everyday(asked, "löysin lompakon, saanko palkkion", State()).questions == ("cost",)


def test_noise_is_a_number_to_call_and_a_rule_where_one_asks_for_it() -> None:
    told, asked = "naapuri soittaa rumpuja yöllä", "naapuri soittaa rumpuja yöllä, onks täs joku laki"
    heard = Interpretation(None, is_new=False, move="subject")
    assert with_everyday(heard, told, State()).topic == "contact_and_hours"
    assert with_everyday(heard, asked, State()).topic == "is_it_a_crime"


def test_what_else_is_asked_of_a_found_thing_is_about_it() -> None:
    said = ("piece:property_theft_lost:what_first:0", "thing:found")
    state = State(topic="property_theft_lost", said=said, turns=1)
    heard = Interpretation("property_theft_lost", is_new=False, move="tells", act="tells")
    assert with_everyday(heard, "can i keep the money", state).questions == ("own_offence_risk",)
    assert with_everyday(heard, "saaks palkkion", state).questions == ("compensation_money_back",)
    elsewhere = State(topic="cyberbullying", said=said, turns=2)
    assert with_everyday(heard, "can i keep the money", elsewhere) == heard


def heard(*questions: str, topic: str | None, certainty: float = 0.4, role: str | None = None) -> Interpretation:
    told = () if role is None else (Told("role", role, 0, 1),)
    return Interpretation(
        topic, is_new=False, move=next(iter(questions), "tells"), questions=questions, certainty=certainty, told=told
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("moi mult vietiin pyörä koulun pihalta", "bike"),
        ("nån har tagit min telefon", "phone"),
        ("i lost my wallet on the tram", "wallet"),
        ("passi hävis reissussa", "document"),
    ],
)
def test_what_is_gone_is_remembered_as_long_as_the_talk_is_about_it(text: str, name: str) -> None:
    found = with_belonging(heard(topic="property_theft_lost"), text)
    assert belongings_of(found) == (name,)
    assert remembered_keys(found) == (f"belonging:{name}",)
    later = State(topic="property_theft_lost", said=("short:property_theft_lost", f"belonging:{name}"))
    assert belonging_before(later) == (name,)
    assert belonging_before(State(topic="sextortion", said=later.said)) == ()
    assert belongings_of(with_belonging(heard(topic="account_hacked"), text)) == ()


@pytest.mark.parametrize(
    ("text", "matter", "topic"),
    [
        ("Kyse on siis pakkoavioliitosta. Mistä saan neuvoa tänään?", "forced_marriage", "violence_at_home"),
        ("he sanovat että kesällä menen naimisiin serkun kanssa", "forced_marriage", "violence_at_home"),
        ("dom ska TVINGA henne gifta sej", "forced_marriage", "violence_at_home"),
        ("they will force me to marry", "forced_marriage", "violence_at_home"),
        ("my boss has my passport and i work 14 hours", "exploited_work", "job_or_rental_scam"),
        ("Vaarin mökin vintiltä löytyi pistooli", "found_gun", "property_theft_lost"),
    ],
)
def test_a_small_matter_is_heard_by_its_words_whatever_was_heard_besides(text: str, matter: str, topic: str) -> None:
    found = with_everyday(heard("anonymity", topic="out_of_scope"), text, State(topic="out_of_scope"))
    assert (found.topic, found.questions, things_of(found)) == (topic, ("what_first",), (matter,))
    own = with_everyday(heard("is_it_a_crime", topic=None), text, State())
    assert own.questions == ("is_it_a_crime",)


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("voiks se kauppa antaa porttikiellon", "shop_ban"),
        ("no they didnt take my phone. the SHOP banned me for a year. can they do that?", "shop_ban"),
        ("mut entä meneekö mopokortti", "driving_licence"),
        ("siis saako poika kieltäytyä puhumasta kuulustelussa?", "interview"),
        ("will my school find out", "school"),
    ],
)
def test_what_follows_a_deed_is_heard_of_whoever_did_it_and_of_no_victim(text: str, matter: str) -> None:
    found = with_everyday(heard("cost", topic="fines_and_record"), text, State(topic="fines_and_record", role="doer"))
    assert (found.topic, things_of(found)) == ("fines_and_record", (matter,))
    asked = heard("cost", topic="sexual_violence", role="victim")
    assert with_everyday(asked, text, State(topic="sexual_violence", role="victim")) == asked


def test_a_question_that_is_surely_another_is_answered_as_that() -> None:
    asked = heard("anonymity", topic="violence_at_home", certainty=0.95)
    assert with_everyday(asked, "forced marriage", State(topic="violence_at_home")) == asked


def test_a_matter_that_stays_is_asked_about_until_another_is_named() -> None:
    state = State(topic="violence_at_home", said=("thing:forced_marriage",))
    asked = replace(heard("is_it_a_crime", topic="child_at_risk"), is_new=True)
    found = with_everyday(asked, "onko se rikos jos se tapahtuu ulkomailla", state)
    assert (found.topic, found.is_new, thing_before(state)) == ("violence_at_home", False, ("forced_marriage",))
    other = replace(heard(topic="property_theft_lost"), is_new=True)
    assert with_everyday(other, "ja multa vietiin pyörä", state) == other
    assert thing_before(State(topic="fines_and_record", said=("thing:school",))) == ()
    banned = State(topic="fines_and_record", said=("thing:shop_ban", "piece:fines_and_record:duration:2"))
    assert thing_before(banned) == ("shop_ban",)


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [
        ("en mä ottanu mitään", True),
        ("mut mä en oo tehny sitä", True),
        ("ja har int tagit nåt", True),
        ("det va int ja", True),
        ("i didnt take anything", True),
        ("but i really never touched it", True),
        ("it wasn't me", True),
        ("en oo tehny vielä ilmotusta", False),
        ("ja har int gjort nån anmälan", False),
        ("i didnt take a screenshot", False),
        ("i took it", False),
    ],
)
def test_whoever_says_that_they_did_not_do_it_is_believed_to_say_so(text: str, is_heard: bool) -> None:
    told = Interpretation("fines_and_record", is_new=False, move="tells", act="tells")
    found = with_everyday(told, text, State(topic="fines_and_record", turns=1))
    assert (things_of(found) == ("wrongly_suspected",)) is is_heard
    assert (found.questions == ("own_offence_risk",)) is is_heard


def test_what_is_asked_beside_a_denial_is_what_is_answered() -> None:
    asked = heard("parents_told", topic="fines_and_record", certainty=0.95)
    assert with_everyday(asked, "it wasn't me, will they tell my mom", State(topic="fines_and_record")) == asked


@pytest.mark.parametrize(
    "text",
    [
        "they say they are from the police and she has to move the rest to a safe account",
        "se käski siirtää rahat turvatilille",
        "hon sku flytta allt till ett säkerhetskonto",
        "ja sku flytta pengarna till ett säkert konto",
    ],
)
def test_a_safe_account_is_the_fraud_of_who_names_it(text: str) -> None:
    found = with_everyday(Interpretation("bank_phishing", is_new=False, move="tells", act="tells"), text, State())
    assert (found.topic, found.questions) == ("police_impersonation", ("what_first",))
