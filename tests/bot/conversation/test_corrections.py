"""What words say for certain, whatever the model made of them."""

from dataclasses import replace

import pytest

from bot.conversation.context import NOW, PASSED
from bot.conversation.corrections import corrected
from bot.conversation.denials import asked_part, corrects, denies_danger, has_called, plans_to_tell
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import LastReply, State
from bot.conversation.told import told_by_form


def guessed(
    act: str | None, *questions: str, topic: str | None = "sextortion", certainty: float = 0.5
) -> Interpretation:
    move = act or next(iter(questions), "subject")
    return Interpretation(topic, is_new=False, move=move, act=act, questions=questions, certainty=certainty)


@pytest.mark.parametrize("text", ["snälla hjälp", "auta", "apua nyt", "help", "pls help me", "auttakaa!!"])
@pytest.mark.parametrize("act", ["helped", "thanks", "goodbye", "ok", None])
def test_a_cry_for_help_is_never_thanks_or_goodbye(text: str, act: str | None) -> None:
    assert corrected(guessed(act), text, State()).questions == ("what_first",)
    assert corrected(guessed(act, topic=None), text, State()).is_unsure


@pytest.mark.parametrize("text", ["tack för hjälpen", "thanks for the help", "kiitos avusta, oli apua"])
def test_thanks_for_help_stay_thanks(text: str) -> None:
    assert corrected(guessed("thanks"), text, State()).act == "thanks"


@pytest.mark.parametrize(
    "text",
    [
        "no okei peru se",
        "ei tarviikaa enää",
        "strunt i det",
        "de behövs int mer",
        "cancel that",
        "never mind",
        "dont need a cop",
        "peruuta",
        "ei sittenkään",
        "muutin mieleni",
        "ångra",
        "nej int ändå",
        "scrap that",
        "i changed my mind",
    ],
)
@pytest.mark.parametrize("act", ["no", "ok", "joking", None])
def test_a_request_is_taken_back_in_any_words(text: str, act: str | None) -> None:
    assert corrected(guessed(act), text, State(officer="asked")).act == "cancel_officer"
    assert corrected(guessed(act), text, State()).act != "cancel_officer"


def test_a_sure_question_stays_one() -> None:
    found = guessed(None, "withdraw_possible", certainty=0.95)
    assert corrected(found, "voiko ilmoituksen vielä perua, peru", State(officer="asked")) == found


DENIED = [
    "ei täs kukaan oo vaaras, kysyin vaan",
    "en oo vaarassa",
    "nej ingen är i fara",
    "ja e trygg här hemma",
    "ja ba undrade",
    "nobody's hurt",
    "no i'm not in danger",
    "im ok, just asking",
    "jaja int på riktigt",
    "ei oikeesti",
    "not for real lol",
    "se oli läppä",
    "int tänker ja på döden. ja vill bara att dom tar bort bilden",
    "inga tankar på döden bro",
    "en mä ajattele kuolemaa",
    "en oo itsetuhonen",
    "im not suicidal",
    "not thinking about dying lol",
    "ööö emmä haluu kuolla?? puhun lompakosta",
    "nej ja vill int dö",
]


@pytest.mark.parametrize("text", DENIED)
@pytest.mark.parametrize("state", [State(danger=NOW), State(last=LastReply(asked="emergency"))])
def test_a_denied_danger_is_over(text: str, state: State) -> None:
    found = corrected(guessed("no"), text, state)
    assert found.act == "danger_over"
    assert [(each.slot, each.value) for each in found.told] == [("danger", PASSED)]


def test_what_is_asked_beside_the_denial_is_answered() -> None:
    found = corrected(guessed(None, "cost"), "ei mitään hätää, mitä se maksaa", State(danger=NOW))
    assert (found.questions, found.act) == (("cost",), None)


@pytest.mark.parametrize("text", DENIED)
def test_where_nobody_spoke_of_danger_nothing_is_denied(text: str) -> None:
    assert corrected(guessed("tells"), text, State()) == guessed("tells")


@pytest.mark.parametrize(
    "text",
    [
        "he is here again",
        "se löi mua taas",
        "hon svarar int",
        "apua",
        "what now",
        "tää ei oo läppä",
        "det är inget skämt",
        "im not joking",
        "ingen tar mig på allvar",
        "not serious but he has a knife",
        "ja vill int dö ja vill bara att de tar slut",
        "en haluu kuolla mut en jaksa",
        "im not suicidal but i cut myself",
        "i dont want to die i just want it to stop",
    ],
)
def test_other_words_deny_nothing(text: str) -> None:
    assert not denies_danger(text)


@pytest.mark.parametrize(
    "text",
    [
        "no?? nobody wants to die. should we go there or not", "Ei ole kuolemasta kyse", "I dont think about death!",
        "not killing MYSELF. the other guys", "ei mul oo mitään itsari ajatuksii", "det handlar inte om döden",
        "wtf no i dont want to die. i took the money", "Ingen är medvetslös här, han sitter på sitt rum",
        "ingen slår just nu!!", "hes breathing normal and talking", "täh en mä mitää kuolemaa ajattele :D löysin repun",
        "poliisit tuli ja vei sen. mä tärisen", "partio on jo paikalla", "ei tarvi enää soittaa, poliisi hoiti",
        "polisen tog me han. kommer han ti baka i natt", "the police took him", "cops came and arrested him",
        "partio on jo siellä", "patrullen är redan där", "the police are already there",
    ],
)  # fmt: skip
def test_a_denial_in_any_words_is_heard(text: str) -> None:
    assert denies_danger(text)


@pytest.mark.parametrize(
    "text",
    [
        "en jaksa enää, mietin itsemurhaa",
        "nobody knows i want to die",
        "ingen vet att han slår mej",
        "hon andas int",
        "poliisi ei tullut",
        "police never came",
        "onks poliisi jo siellä",
        "polisen kom aldrig",
        "poliisi otti mun mopon ja nyt se uhkaa mua",
        "police is coming but he is at the door",
        "en jaksa enää ajattelen kuolemaa",
    ],
)
def test_what_sounds_like_a_denial_is_none(text: str) -> None:
    assert not denies_danger(text)


@pytest.mark.parametrize(
    "text",
    [
        "its not me its my friend, Im fine. should i go there or what",
        "it isn't about me, my little brother wrote it. im ok",
        "en mä vaan mun kaveri, mä oon ihan ok", "ei kyse oo musta vaan mun siskosta", "se en oo minä vaan poikaystävä",
        "de e int ja de e min kompis, ja mår okej", "det handlar inte om mig utan om min syster",
        "im fine its her", "I'm ok, it's my friend who wrote it", "oon ihan ok, se on se mun kaveri",
        "mä oon kunnossa mut mun sisko ei", "ja mår bra men int min kompis", "jag är okej, det är hon",
    ],
)  # fmt: skip
def test_a_friends_danger_is_denied_by_nobody_who_is_well(text: str) -> None:
    state = State(topic="suicidal_thoughts", danger=NOW, turns=2)
    found = corrected(guessed("danger_over", topic="suicidal_thoughts"), text, state)
    assert (found.act, found.questions, found.told[-1].value) == (None, ("what_first",), "helper")
    assert not denies_danger(text)


@pytest.mark.parametrize(
    "text",
    ["ja ha smsat. nu e de tyst o mamma svarar int", "ne lähti mut äiti ei vastaa", "they left but she isnt moving"],
)
def test_no_danger_is_over_in_which_somebody_does_not_answer(text: str) -> None:
    state = State(topic="violence_at_home", danger=NOW, turns=2)
    assert corrected(guessed("danger_over", topic="violence_at_home"), text, state).told == ()
    assert not denies_danger(text)


def test_what_is_asked_beside_the_end_of_a_danger_is_answered() -> None:
    state = State(topic="threats_extortion", danger=NOW, turns=2)
    found = replace(guessed("danger_over", topic="threats_extortion"), guesses=("punishment", "what_happens_next"))
    text = "they left, the police came. is my brother going to jail because of this"
    over = corrected(found, text, state)
    assert (over.act, over.questions, over.told[0].value) == (None, ("punishment",), PASSED)


@pytest.mark.parametrize(
    "text",
    [
        "ok ask the officer pls. my q: the landlord keeps my deposit", "kan du koppla mej till nån mänska",
        "no pyydä poliisia vastaamaan", "can you connect me to a real person", "okei yhdistä mut ihmiselle",
    ],
)  # fmt: skip
def test_a_request_for_an_officer_in_so_many_words_is_one(text: str) -> None:
    state = State(topic="job_or_rental_scam", turns=3)
    assert corrected(guessed(None, "what_first", topic="job_or_rental_scam"), text, state).act == "want_officer"


@pytest.mark.parametrize(
    "text",
    [
        "should i ask the officer at the station",
        "kysyin poliisilta eilen",
        "ja frågade polisen redan",
        "älä pyydä poliisia",
        "i asked a person there",
    ],
)
def test_who_speaks_of_asking_somebody_requests_nobody(text: str) -> None:
    state = State(topic="job_or_rental_scam", turns=3)
    assert corrected(guessed(None, "what_first", topic="job_or_rental_scam"), text, state).act is None


@pytest.mark.parametrize("text", ["??? ja mår hur bra som helst, de gällde moppen", "mulla on kaikki hyvin, kiitti"])
def test_who_is_well_is_in_no_danger(text: str) -> None:
    assert denies_danger(text)


@pytest.mark.parametrize("text", ["ja mår bra av att skära mej", "ja mår int bra", "mulla kaikki hyvin päin helvettiä"])
def test_who_is_not_well_denies_nothing(text: str) -> None:
    assert not denies_danger(text)


def test_after_a_denial_the_matter_before_it_comes_back() -> None:
    state = State(topic="suicidal_thoughts", subjects=("property_theft_lost",), danger=NOW, turns=4)
    found = corrected(guessed("no", topic="suicidal_thoughts"), "en haluu kuolla", state)
    assert (found.topic, found.act, found.told[0].value) == ("property_theft_lost", "danger_over", PASSED)


@pytest.mark.parametrize(
    "text",
    ["stop", "STOP", "lopeta", "sluta", "sluta skriv han kom", "hän tuli kotiin lopeta viestit", "stop he is here"],
)
def test_stop_ends_the_advice_on_the_screen(text: str) -> None:
    found = corrected(guessed("tells", "what_first"), text, State(topic="violence_at_home", turns=3))
    assert (found.act, found.questions) == ("stop", ())


@pytest.mark.parametrize(
    "text", ["how do i stop him", "miten lopetan tän", "va ska ja göra så han slutar", "it wont stop"]
)
def test_stop_among_other_words_is_none(text: str) -> None:
    assert corrected(guessed(None, "what_first"), text, State(topic="sextortion", turns=3)).act is None


def test_after_stop_a_harmless_sentence_brings_no_advice() -> None:
    state = State(topic="violence_at_home", move="stop", watched="yes", turns=4)
    assert corrected(guessed(None), "mikä sää on huomenna", state).act == "stop"
    assert corrected(guessed(None, "what_first"), "nyt voin taas, mitä teen", state).act is None


@pytest.mark.parametrize("text", ["ei nyt", "ei oo nyt", "not now", "no, not right now.", "int nu", "inte just nu"])
def test_not_now_is_an_answer_to_whether_there_is_danger_now(text: str) -> None:
    assert denies_danger(text)


@pytest.mark.parametrize("text", ["ei nyt voi soittaa", "not now i cant talk", "int nu han hör mej", "ei", "nyt"])
def test_not_now_with_more_denies_nothing(text: str) -> None:
    assert not denies_danger(text)


@pytest.mark.parametrize(
    "text", ["nej jag menar att han hackade mitt konto", "ei ku se oli mun kaveri", "no, it's my mum's bank"]
)
def test_what_follows_a_no_is_a_correction(text: str) -> None:
    assert corrects(text)


@pytest.mark.parametrize("text", ["ei", "no", "nej tack", "no thanks a lot", "ei kiitos enää", "noin se meni kans"])
def test_a_bare_no_corrects_nothing(text: str) -> None:
    assert not corrects(text)


@pytest.mark.parametrize(
    "text", ["nope, vill int prata me nån polis", "en haluu poliisii", "i dont want an officer", "utan polis tack"]
)
def test_whoever_wants_no_officer_has_asked_for_none(text: str) -> None:
    assert corrected(guessed("want_officer"), text, State()).act == "no"
    assert corrected(guessed("want_officer"), text, State(officer="asked")).act == "cancel_officer"


@pytest.mark.parametrize(
    "text",
    [
        "i dont want a bot, i want an officer",
        "jag vill inte prata med en bot utan polis",
        "haluun poliisin",
        "jag vill prata med en polis",
        "kan jag få prata med en kvinnlig polis",
    ],
)
def test_whoever_wants_an_officer_and_no_bot_has_asked(text: str) -> None:
    assert corrected(guessed("want_officer"), text, State()).act == "want_officer"


@pytest.mark.parametrize(
    "text",
    [
        "ok thx, ill do it with my dad tonight. bye", "ok thx i'll tell my dad tonight i guess. cya",
        "tror ja berättar åt kuratorn imorgon. hejdå", "joo kerron äidille illalla. moikka",
        "äsch ja frågar läraren. hejdå",
    ],
)  # fmt: skip
def test_whom_one_will_tell_is_no_farewell(text: str) -> None:
    assert plans_to_tell(text)


@pytest.mark.parametrize(
    "text",
    ["tell my mum im sorry when i die", "en kerro äidille", "if i tell my dad he kills me", "hejdå. ja orkar int mer"],
)
def test_other_farewells_stay_in_question(text: str) -> None:
    assert not plans_to_tell(text)


@pytest.mark.parametrize(
    "text",
    [
        "vaara on ohi. mitä mä teen niil snäpeil",
        "Soitin 112:een ja partio kävi. Ase oli kuva",
        "the police came already",
    ],
)
def test_help_that_came_ends_the_danger(text: str) -> None:
    assert denies_danger(text)


@pytest.mark.parametrize(
    "text",
    [
        "joo kerro",
        "kerro",
        "ja tack berätta",
        "berätta va ja ska göra",
        "yes tell me what to do",
        "go on please",
        "no sano nyt",
    ],
)
@pytest.mark.parametrize("act", ["ok", "thanks", "repeat", None])
def test_an_offer_behind_the_end_of_a_danger_is_taken_in_any_words(text: str, act: str | None) -> None:
    offered = State(danger=PASSED, last=LastReply(kind="act:danger_over"))
    assert corrected(guessed(act), text, offered).act == "yes"
    assert corrected(guessed(act), text, State()) == guessed(act)


@pytest.mark.parametrize("text", ["kerroin äidille", "help", "tell him to stop", "berätta åt mamma att ja mår bra"])
def test_what_only_sounds_like_taking_it_is_something_else(text: str) -> None:
    offered = State(danger=PASSED, last=LastReply(kind="act:danger_over"))
    assert corrected(guessed("ok"), text, offered).act != "yes"


@pytest.mark.parametrize(
    "text",
    [
        "en oo ite vaaras oon mun huonees lukon takana mut äiti itkee",
        "ja e själv trygg men mamma skriker",
        "im safe but my brother is still in there",
    ],
)
def test_whoever_is_safe_while_somebody_else_is_not_denies_nothing(text: str) -> None:
    assert not denies_danger(text)
    found = corrected(guessed("danger_over"), text, State(danger=NOW))
    assert ("danger", PASSED) not in {(each.slot, each.value) for each in found.told}


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("whatever. can i talk to a real person", True),
        ("Talk to an officer", True),
        ("puhu poliisin kanssa", True),
        ("en tajuu. voinko puhua oikeen ihmisen kanssa", True),
        ("nä detta går int, kan ja prata me en riktig polis", True),
        ("can i talk to a police officer without my parents", False),
        ("voinko puhua poliisin kanssa asemalla", False),
        ("i dont want to talk to the police", False),
    ],
)
def test_whoever_asks_to_talk_to_a_person_has_asked_for_one(text: str, is_asked: bool) -> None:
    assert (corrected(guessed("tells"), text, State()).act == "want_officer") == is_asked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("en kysyny kerrotaaks iskälle vaan millon saan mopon takas", "millon saan mopon takas"),
        ("kysyin VANHEMMISTA en epäillyst. ja mä oon todistaja", "kysyin VANHEMMISTA. ja mä oon todistaja"),
        ("En kysynyt passista. Mistä teen ilmoituksen?", "Mistä teen ilmoituksen?"),
        ("ei mikään luottokielto. puukko. leiri.", "puukko. leiri."),
        ("Ei ole kyse asiakirjasta vaan polkupyörästä, joka vietiin.", "polkupyörästä, joka vietiin."),
        ("nä ja mena int bilen. va händer me cykeln", "va händer me cykeln"),
        ("jag frågade om min pappa, inte om mig", "jag frågade om min pappa"),
        ("i didnt ask about the report. how long does it take", "how long does it take"),
        ("i meant the fine not the bike", "i meant the fine"),
    ],
)
def test_what_it_says_that_it_did_not_ask_is_left_out(text: str, left: str) -> None:
    assert asked_part(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "en oo kysyny", "mä en puhu kellekään, auttakaa", "i never asked for this", "jag menar int att skada nån",
        "en tarkottanu satuttaa sitä, mitä nyt", "ei mitään hätää, mitä se maksaa", "no i asked him not to come",
        "I didn't mean to hit him. what happens now", "mitä se maksaa", "en tiedä mitä tehdä",
    ],
)  # fmt: skip
def test_other_nos_leave_the_message_as_it_is(text: str) -> None:
    assert asked_part(text) == text


@pytest.mark.parametrize(
    ("text", "is_called"),
    [
        ("ok soitin. se hengittää mut hitaasti", True), ("i did call!!", True), ("ja ringde nu, dom kommer", True),
        ("soitin 112", True), ("soitin 112 mut kukaan ei vastaa", False), ("soitin äidille", False),
        ("called my mum, what now", False), ("ringde pappa", False),
    ],
)  # fmt: skip
def test_i_called_will_do_where_the_number_was_just_read(text: str, is_called: bool) -> None:
    assert has_called(text, number_was_read=True) is is_called


@pytest.mark.parametrize(
    ("text", "is_over"),
    [
        ("löyty! oli odottamassa siel", True), ("she is home now", True), ("hon dök upp hos mommo", True),
        ("they found her", True), ("löyty vaan sen reppu", False), ("found her but she isnt breathing", False),
    ],
)  # fmt: skip
def test_who_was_missing_and_is_found_is_missed_no_more(text: str, is_over: bool) -> None:
    state = State(topic="missing_person", danger=NOW, turns=2)
    told = corrected(guessed("tells", topic="missing_person"), text, state).told
    assert any((each.slot, each.value) == ("danger", PASSED) for each in told) is is_over


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "nä int vill ja dö asså, det e mitt ex som hotar mej. va ska ja göra",
            "det e mitt ex som hotar mej. va ska ja göra",
        ),
        ("en mä halua kuolla, mun exä uhkailee mua koko ajan", "mun exä uhkailee mua koko ajan"),
        ("i dont want to die! my ex keeps threatening me", "my ex keeps threatening me"),
        ("i dont want to die", "i dont want to die"),
        ("en halua kuolla, auta", "en halua kuolla, auta"),
        ("haluan kuolla, en jaksa enää mitään tästä", "haluan kuolla, en jaksa enää mitään tästä"),
    ],
)
def test_beside_a_denial_of_such_thoughts_it_is_about_what_else_is_told(text: str, left: str) -> None:
    assert asked_part(text) == left


@pytest.mark.parametrize("text", ["no hes not here rn, its just messages", "nej han e int här nu", "ei se oo täällä"])
def test_who_was_feared_is_not_there(text: str) -> None:
    assert denies_danger(text)
    assert not denies_danger(text + " but he is coming, se on tulossa, han kommer snart")


def test_fear_in_a_talk_is_about_its_matter() -> None:
    state = State(topic="assault_or_robbery", turns=3)
    afraid = replace(guessed(None, topic="need_to_talk"), is_new=True)
    found = corrected(afraid, "im scared they'll do smth to me if i talk", state)
    assert (found.topic, found.is_new, found.act) == ("assault_or_robbery", False, "feelings")
    assert corrected(replace(afraid, is_first=True), "im so alone", State()).topic == "need_to_talk"


@pytest.mark.parametrize(
    "text",
    [
        "en mä oo epäilty vaan mua hakattiin!!",
        "siis mä oon se uhri",
        "ja blev slagen",
        "i'm not a suspect, i was beaten",
    ],
)
def test_whoever_says_that_it_was_done_to_them_leaves_what_speaks_to_doers(text: str) -> None:
    told = tuple(told_by_form(text, None, None, in_talk=True))
    found = replace(guessed(None, topic="fines_and_record"), told=told)
    state = State(
        topic="fines_and_record", turns=2, likely={"fines_and_record": 0.5, "after_report": 0.1, "case_status": 0.4}
    )
    assert (corrected(found, text, state).topic, corrected(found, text, state).is_new) == ("case_status", True)
    assert corrected(found, text, replace(state, likely={})).topic == "case_status"
    assert corrected(replace(found, told=()), "kauanko se kestää", state).topic == "fines_and_record"
