"""What is said: the subject's piece, the general one or an honest line; acts by the state; no page twice."""

import itertools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from answers.content import Content, read_content
from bot.conversation.intents import MORE, act_intent, button_of
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import LastReply, State
from bot.conversation.told import Told
from bot.names import OFFICER, TALK_LABELS
from bot.replies.choose import reply_to
from bot.replies.reply import CLARIFY, Reply, Scene, says_emergency_number
from bot.replies.text import first_sentence, step_asked, steps_of

DATA = Path(__file__).resolve().parents[3] / "data"

QUESTION = """\
question: NAME
title: {fi: NAME fi, sv: NAME sv, en: NAME en}
answer: {fi: Yleinen NAME. Lisää siitä., sv: Allmän NAME. Mer om det., en: General NAME. More of it.}
unknown: {fi: En tiedä NAME., sv: Jag vet inte NAME., en: I do not know NAME.}
sources: []
reviewed_on: 2026-11-28
approved_by: ""
"""
PIECES = """\
questions:
  cost:
    answer: {fi: Oma hinta. Toinen lause., sv: Eget pris. En till., en: Own price. Second sentence.}
    sources: [F1]
    reviewed_on: 2026-11-28
  parents_told:
    answer: {fi: Riippuu iästä., sv: Det beror på åldern., en: It depends on age.}
    sources: [F1]
    reviewed_on: 2026-11-28
    variants:
      - when: {age: [under_15]}
        answer: {fi: Kerrotaan., sv: De får veta., en: They are told.}
    ask: {slot: age, text: {fi: Kuinka vanha olet?, sv: Hur gammal är du?, en: How old are you?}}
  evidence_how:
    answer: {fi: "Ota kuvakaappaus. {mll_fi}", sv: "Ta en skärmdump. {mll_fi}", en: "Take a screenshot. {mll_fi}"}
    sources: [F1]
    reviewed_on: 2026-11-28
  how_to_do_step:
    answer: {fi: Näin teet sen., sv: Så gör du., en: This is how.}
    sources: [F1]
    reviewed_on: 2026-11-28
"""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The project's own words, with pieces for one topic and four general questions."""
    folder = tmp_path_factory.mktemp("content") / "data"
    shutil.copytree(DATA, folder)
    path = folder / "answers/online_safety/sextortion.yml"
    path.write_text(path.read_text("utf-8").split("\nquestions:\n")[0] + "\n" + PIECES, encoding="utf-8")
    shutil.rmtree(folder / "answers/questions", ignore_errors=True)
    (folder / "answers/questions").mkdir()
    for name in ("cost", "duration", "parents_told", "evidence_how"):
        text = QUESTION.replace("NAME", name[:9])
        text = text.replace(f"question: {name[:9]}", f"question: {name}")
        (folder / f"answers/questions/{name}.yml").write_text(text, encoding="utf-8")
    read = read_content(folder, "https://neuvo.example/privacy")
    assert not read.problems, read.problems
    return read


def scene(content: Content, intent: str, found: Interpretation | None = None, **more: Any) -> Scene:
    state = more.pop("state", State(topic="sextortion", turns=2))
    text = more.pop("text", "words")
    last = more.pop("last", LastReply())
    return Scene(content, "en", "whatsapp", state, last, intent, text, found, **more)


def asked(*questions: str, topic: str | None = "sextortion", is_new: bool = False) -> Interpretation:
    return Interpretation(topic=topic, is_new=is_new, move=questions[0], questions=questions, certainty=0.9)


def did(act: str, *told: Any) -> Interpretation:
    return Interpretation(topic="sextortion", is_new=False, move=act, act=act, told=told)


def reply(given: Scene, *dangers: str) -> Reply:
    return reply_to(given, frozenset(dangers))


def question(content: Content, *names: str, **more: Any) -> Reply:
    return reply(scene(content, "follow_up_question", asked(*names), **more))


def act(content: Content, name: str, **more: Any) -> Reply:
    return reply(scene(content, act_intent(name), did(name), **more))


def test_the_subjects_own_piece_comes_first(content: Content) -> None:
    said = question(content, "cost")
    assert (said.text, said.said) == ("Own price. Second sentence.", ("piece:sextortion:cost:",))


def test_then_what_is_true_for_all_and_then_that_we_do_not_know(content: Content) -> None:
    assert question(content, "duration").text.startswith("General duration.")
    said = question(content, "lawyer_and_legal_aid")
    assert said.text == content.line("question_unknown", "en")
    assert OFFICER in said.buttons


def test_a_matter_beside_the_talks_own_is_answered_by_its_piece(content: Content) -> None:
    found = replace(asked("age_limits"), beside="offender_under_15")
    said = reply(scene(content, "follow_up_question", found))
    assert said.said[0].startswith("piece:offender_under_15:age_limits:")
    own = reply(scene(content, "follow_up_question", replace(asked("cost"), beside="offender_under_15")))
    assert own.said == ("piece:sextortion:cost:",)


def test_a_foreign_matters_price_is_not_ours(content: Content) -> None:
    said = question(content, "cost", state=State(topic="out_of_scope", turns=1))
    assert said.text == content.line("question_foreign", "en")


def test_a_variant_fits_what_was_told_and_what_is_missing_is_asked_once(content: Content) -> None:
    said = question(content, "parents_told")
    assert said.text == "It depends on age. How old are you?"
    assert said.asked == "age"
    told = State(topic="sextortion", age="under_15", turns=3)
    said = question(content, "parents_told", state=told)
    assert (said.text, said.asked, said.said) == ("They are told.", None, ("piece:sextortion:parents_told:0",))


def test_two_questions_are_both_answered(content: Content) -> None:
    said = question(content, "cost", "duration")
    assert "Own price." in said.text
    assert "General duration." in said.text


OTHERS = tuple(f"piece:sextortion:{name}:" for name in ("a", "b", "c", "d", "e", "f"))
COST = "piece:sextortion:cost:"


def test_later_on_it_is_shorter_and_the_third_time_a_question(content: Content) -> None:
    state = State(topic="sextortion", turns=3, said=(COST, *OTHERS))
    assert question(content, "cost", state=state).text == "In short: Own price."
    state = replace(state, said=(COST, COST, *OTHERS))
    unclear = content.line("what_was_unclear", "en")
    assert question(content, "cost", state=state).text == f"Own price. {unclear}"
    state = replace(state, said=(COST, COST, COST, *OTHERS))
    assert question(content, "cost", state=state).text == unclear


def test_who_asks_on_gets_the_next_likely_answer_instead_of_the_same_again(content: Content) -> None:
    state = State(topic="sextortion", turns=3, said=(COST, *OTHERS))
    found = replace(asked("cost"), guesses=("how_to_do_step",), certainty=0.5)
    assert reply(scene(content, "follow_up_question", found, state=state)).text == "This is how."

    surely = replace(found, certainty=0.95)
    assert "Own price." in reply(scene(content, "follow_up_question", surely, state=state)).text
    known = replace(state, said=(COST, "piece:sextortion:how_to_do_step:", *OTHERS))
    assert "Own price." in reply(scene(content, "follow_up_question", found, state=known)).text


@pytest.mark.parametrize("certainty", [0.5, 0.95])
def test_the_same_words_twice_in_a_row_are_no_answer_to_who_asks_on(content: Content, certainty: float) -> None:
    state = State(topic="sextortion", turns=3, said=(COST,))
    found = replace(asked("cost"), certainty=certainty)
    last = LastReply("piece", keys=(COST,))
    said = reply(scene(content, "follow_up_question", found, state=state, last=last, text="what else is it?"))
    assert (said.kind, "Own price." in said.text) == ("clarify", False)
    assert said.text == content.line("no_more", "en")
    assert button_of("cost") not in said.buttons
    assert OFFICER in said.buttons


def test_where_it_is_unsure_which_question_was_meant_it_is_asked_once(content: Content) -> None:
    unsure = replace(asked("cost"), certainty=0.3, guesses=("evidence_how",))
    said = reply(scene(content, "follow_up_question", unsure))
    assert (said.text, said.kind) == (content.line("clarify_question", "en"), CLARIFY)
    assert said.buttons == (button_of("cost"), button_of("evidence_how"), OFFICER)

    again = reply(scene(content, "follow_up_question", unsure, last=LastReply(CLARIFY)))
    assert again.text == "Own price. Second sentence."
    in_danger = State(topic="sextortion", turns=2, danger="now")
    assert "Own price." in reply(scene(content, "follow_up_question", unsure, state=in_danger)).text
    surer = replace(unsure, certainty=0.6)
    assert reply(scene(content, "follow_up_question", surer)).text == "Own price. Second sentence."


def test_of_two_answers_one_that_was_said_before_is_left_out(content: Content) -> None:
    both = replace(asked("cost"), questions=("cost", "how_to_do_step"))
    state = State(topic="sextortion", turns=3, said=(COST, *OTHERS))
    assert reply(scene(content, "follow_up_question", both, state=state)).text == "This is how."
    known = replace(state, said=(COST, "piece:sextortion:how_to_do_step:", *OTHERS))
    text = reply(scene(content, "follow_up_question", both, state=known)).text
    assert "Own price." in text
    assert "This is how." not in text


def test_likely_questions_are_buttons_and_never_those_already_answered(content: Content) -> None:
    state = State(topic="sextortion", turns=3, said=("piece:sextortion:parents_told:0",))
    said = question(content, "cost", state=state)
    assert said.buttons == (button_of("evidence_how"), OFFICER)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_how_to_report_beside_another_matter_names_the_form_and_the_station(language: str) -> None:
    """The piece of `report_how` itself goes on from a first answer that was not given here."""
    ours = read_content(DATA, "https://neuvo.example/privacy")
    without = (name for name, each in ours.answers.items() if "how_to_report_this" not in each.answer.questions)
    topic = next(name for name in without if name not in (*TALK_LABELS, "report_how"))
    found = replace(asked("how_to_report_this", topic=topic), beside="report_how")
    state = State(topic=topic, turns=2)
    said = reply(replace(scene(ours, "follow_up_question", found, state=state), language=language))

    assert said.said == ("general:how_to_report_this:",)
    assert "poliisi.fi" in said.text


def test_a_new_serious_subject_gets_its_answer_beside_the_piece(content: Content) -> None:
    said = reply(scene(content, "sextortion", asked("cost", is_new=True)))
    assert said.text.startswith("Own price. Second sentence.\n\n")
    assert said.said == ("piece:sextortion:cost:", "short:sextortion")
    assert said.escalation == ("officer", "crisis")
    assert said.buttons[0] == MORE


def test_a_subject_that_is_itself_the_question_answers_it(content: Content) -> None:
    found = asked("how_to_report_this", topic="report_how", is_new=True)
    said = reply(scene(content, "report_how", found, state=State(topic="report_how", turns=1)))
    assert said.said == ("short:report_how",)


def test_a_tapped_question_is_answered(content: Content) -> None:
    assert reply(scene(content, button_of("cost"))).text.startswith("Own price.")


def test_a_told_age_gives_the_answer_that_waited_for_it(content: Content) -> None:
    state = State(topic="sextortion", question="parents_told", age="under_15", turns=3)
    found = did("tells", Told("age", "under_15", 0, 5))
    said = reply(scene(content, act_intent("tells"), found, state=state, last=LastReply("piece", asked="age")))
    assert said.text == "They are told."


def test_what_is_told_without_a_question_is_heard_with_what_helps_next_and_then_the_citizen_leads(
    content: Content,
) -> None:
    state = State(topic="sextortion", turns=2)
    said = act(content, "tells", state=state, text="he sent it in messages")
    assert said.kind == "act:tells"
    assert "Take a screenshot." in said.text
    assert "piece:sextortion:evidence_how:" in said.said

    said = act(content, "tells", state=state, last=LastReply("act:tells"))
    assert "?" in said.text
    assert "Take a screenshot." not in said.text

    said = act(content, "tells", state=replace(state, said=("piece:sextortion:evidence_how:",)))
    assert "Take a screenshot." not in said.text


@pytest.mark.parametrize(
    ("text", "is_asked"), [("soitin jo pankkiin ja kortti suljettiin", False), ("pankkiin soitettiin jo", True)]
)
def test_whoever_tells_what_he_did_is_not_asked_to_whom_it_happened(text: str, is_asked: bool) -> None:
    content = read_content(DATA, "https://neuvo.example/privacy")
    state = State(topic="parcel_sms", turns=4)
    found = Interpretation(topic="parcel_sms", is_new=False, move="tells", act="tells")
    said = reply(replace(scene(content, act_intent("tells"), found, state=state, text=text), language="fi"))
    assert (said.asked == "role") is is_asked


def test_a_bank_that_is_told_is_answered_with_its_number(content: Content) -> None:
    state = State(topic="bank_phishing", question="already_paid", bank="nordea", turns=3)
    said = reply(scene(content, act_intent("tells"), did("tells", Told("bank", "nordea", 0, 6)), state=state))
    assert said.kind == "act:which_contact"
    assert "020 333" in said.text


def test_in_danger_what_is_told_gets_no_advice_of_the_subject(content: Content) -> None:
    said = act(content, "tells", state=State(topic="sextortion", danger="now", turns=2))
    assert "112" in said.text
    assert "Take a screenshot." not in said.text


@pytest.mark.parametrize("role", ["doer", "helper", "professional", "witness"])
@pytest.mark.parametrize("name", ["feelings", "tells", "thanks", "ok"])
def test_whoever_did_it_or_helps_is_not_addressed_as_the_victim(content: Content, name: str, role: str) -> None:
    said = act(content, name, state=State(topic="nude_image_received_or_sent", role=role, turns=2))
    assert "not your fault" not in said.text.lower()
    assert "not alone" not in said.text.lower()


def test_somebody_may_look_at_the_screen(content: Content) -> None:
    said = act(content, "stop")
    assert (len(said.text) < 30, said.buttons, said.escalation) == (True, (), ())


@pytest.mark.parametrize(
    ("danger", "text", "is_named"),
    [
        ("now", "will she get a fine if we call", True),
        ("now", "we called, will she get a fine", False),
        ("passed", "will she get a fine if we call", False),
        ("none", "will she get a fine if we call", False),
    ],
)
def test_what_is_asked_beside_an_emergency_names_the_number_until_it_is_over(
    content: Content, danger: str, text: str, is_named: bool
) -> None:
    state = State(topic="sextortion", danger=danger, turns=2, said=("whole:emergency_now",))
    said = question(content, "cost", state=state, text=text)
    assert "Own price." in said.text
    assert says_emergency_number(said.text) == is_named


@pytest.mark.parametrize("text", ["i called 112 they are coming", "soitin 112, partio on matkalla", "ja ringde 112"])
def test_whoever_has_called_is_not_told_to_call_but_how_to_wait(content: Content, text: str) -> None:
    state = State(topic="emergency_now", danger="now", turns=2, said=("whole:emergency_now",))
    said = reply(
        scene(content, "emergency_now", Interpretation("emergency_now", False, "tells"), state=state, text=text),
        "emergency",
    )
    assert said.said[0].startswith("piece:emergency_now:while_waiting_for_help")
    assert not said.text.startswith(content.line("danger_first", "en"))

    but = scene(content, "emergency_now", state=state, text=f"{text} but nobody answers")
    assert says_emergency_number(first_sentence(reply(but, "emergency").text))


def test_a_bank_that_was_called_is_not_to_be_called_again(content: Content) -> None:
    found = Interpretation("sextortion", False, "tells", act="tells", told=(Told("bank", "nordea", 0, 6),))
    state = State(topic="sextortion", bank="nordea", turns=2)
    assert "020 333" in reply(scene(content, act_intent("tells"), found, state=state)).text
    called = replace(state, done=("bank_called",))
    assert "020 333" not in reply(scene(content, act_intent("tells"), found, state=called)).text


def test_thanks_in_danger_is_no_goodbye(content: Content) -> None:
    said = act(content, "thanks", state=State(topic="violence_at_home", danger="now", turns=3))
    assert "112" in said.text
    assert said.buttons == ()
    said = act(content, "goodbye", state=State(topic="suicidal_thoughts", turns=3))
    assert "09 2525 0116" in said.text


def test_after_the_danger_is_over_nothing_alarms(content: Content) -> None:
    said = act(content, "danger_over", state=State(topic="violence_at_home", danger="passed", turns=3))
    assert said.escalation == ()
    assert "If that changes" in said.text


def test_yes_to_the_offer_after_a_danger_is_taken_up(content: Content) -> None:
    offer = act(content, "danger_over", state=State(topic="violence_at_home", danger="passed", turns=3))
    last = LastReply(kind=offer.kind, keys=offer.said)
    said = act(content, "yes", state=State(topic="violence_at_home", danger="passed", turns=4), last=last)
    assert "080 005 005" in said.text
    elsewhere = act(content, "yes", state=State(topic="violence_at_home", danger="passed", turns=4))
    assert "080 005 005" not in elsewhere.text


def test_a_request_is_taken_back(content: Content) -> None:
    asked_for = act(content, "cancel_officer", state=State(topic="sextortion", officer="cancelled", turns=3))
    assert "taken the request back" in asked_for.text
    assert OFFICER in act(content, "not_helped").buttons
    assert act(content, "not_helped").offers_officer
    assert not act(content, "tells").offers_officer


@pytest.mark.parametrize("officer", ["none", "offered", "cancelled"])
def test_whose_wish_for_an_officer_is_only_guessed_at_gets_the_offer_and_no_request(
    content: Content, officer: str
) -> None:
    guessed = reply(scene(content, OFFICER, state=State(topic="sextortion", officer=officer, turns=3)))
    assert (guessed.key, guessed.buttons, guessed.offers_officer) == ("officer_confirm", (OFFICER,), True)
    assert "request" not in guessed.text
    clear = reply(scene(content, OFFICER, state=State(topic="sextortion", officer="asked", turns=3)))
    assert "Your request" in clear.text


@pytest.mark.parametrize(
    "intent", ["follow_up_more", "follow_up_repeat", "follow_up_simpler", "follow_up_shorter", OFFICER]
)
def test_nobody_without_a_request_reads_of_theirs(content: Content, intent: str) -> None:
    for officer in ("none", "offered", "cancelled"):
        said = reply(scene(content, intent, state=State(topic=OFFICER, officer=officer, turns=3)))
        assert "request" not in said.text, said


def test_a_question_about_an_officer_is_answered_without_a_request(content: Content) -> None:
    found = Interpretation(OFFICER, is_new=True, move="cost", questions=("cost",))
    said = reply(scene(content, OFFICER, found, state=State(topic=OFFICER, turns=1)))
    assert "request" not in said.text
    assert OFFICER in said.buttons


def test_the_numbers_that_were_named_last_are_said_again(content: Content) -> None:
    last = LastReply("piece", keys=("piece:sextortion:evidence_how:",))
    said = act(content, "which_contact", last=last)
    assert content.contacts["mll_fi"].shown("phone", "en") in said.text
    bank = act(content, "which_contact", state=State(topic="bank_phishing", bank="nordea", turns=2))
    assert content.contacts["block_020333"].shown("phone", "en") in bank.text


@pytest.mark.parametrize("bank", [None, "aktia"])
def test_nobody_is_given_the_number_of_another_bank(content: Content, bank: str | None) -> None:
    last = LastReply("answer", keys=("whole:bank_phishing",))
    said = act(content, "which_contact", state=State(topic="bank_phishing", bank=bank, turns=2), last=last)
    numbers = [content.contacts[key].phone for key in ("block_020333", "block_op", "block_danske")]
    assert not any(number is not None and number.value["en"] in said.text for number in numbers)


def test_number_three_is_the_third_step_and_how_it_is_done(content: Content) -> None:
    said = act(content, "how_step", text="how do i do number 3")
    assert said.text.startswith(steps_of(content.text("sextortion", "en"))[2])
    assert said.text.endswith("This is how.")


def test_in_danger_another_way_to_112_is_told(content: Content) -> None:
    said = act(content, "did_not_work", state=State(topic="emergency_now", danger="now", turns=2))
    assert "text 112" in said.text
    assert "@" not in said.text


def test_simpler_is_one_step_and_then_an_officer(content: Content) -> None:
    state = State(topic="sextortion", turns=3, said=("short:sextortion",), move="simpler")
    said = act(content, "simpler", state=state)
    first = steps_of(content.text("sextortion", "en"))[0]
    assert said.text.startswith(first)
    again = replace(state, earlier_move="simpler")
    assert act(content, "simpler", state=again).key == "officer_offered"


def test_what_was_not_understood_is_asked_with_questions(content: Content) -> None:
    found = Interpretation(topic="sextortion", is_new=False, move="subject", guesses=("cost", "duration"))
    said = reply(scene(content, "nlu_fallback", found, misses=1))
    assert (said.key, said.buttons) == ("clarify_question", (button_of("cost"), button_of("duration")))
    assert reply(scene(content, "nlu_fallback", found, misses=2)).key == "officer_offered"


def test_a_wrong_guess_offers_other_subjects(content: Content) -> None:
    said = act(content, "wrong_topic", ranking=("sextortion", "doxxing"), misses=1)
    assert said.buttons == ("doxxing",)


def test_more_is_the_whole_answer(content: Content) -> None:
    said = reply(scene(content, MORE))
    assert said.text == content.text("sextortion", "en")


def test_danger_is_said_first_whatever_was_asked(content: Content) -> None:
    said = reply(scene(content, "follow_up_question", asked("cost")), "emergency")
    assert said.text.startswith("112")
    assert said.escalation == ("emergency",)


def test_a_danger_that_is_told_twice_is_told_shorter(content: Content) -> None:
    state = State(topic="emergency_now", danger="now", said=("whole:emergency_now",), turns=2)
    said = reply(scene(content, "emergency_now", state=state), "emergency")
    assert said.text == content.in_short("emergency_now", "en")


@pytest.mark.parametrize("topic", ["emergency_now", "suicidal_thoughts"])
def test_a_danger_told_again_never_gets_the_same_words_twice_in_a_row(content: Content, topic: str) -> None:
    danger = "emergency" if topic == "emergency_now" else "crisis"
    states = [State(topic=topic, danger="now", said=(f"whole:{topic}",) * times, turns=times) for times in range(1, 6)]
    said = [reply(scene(content, topic, state=state), danger).text for state in states]
    assert all(first != second for first, second in itertools.pairwise(said))
    assert all("112" in text for text in said)


def test_whoever_cannot_call_is_told_at_once_how_to_write_to_112(content: Content) -> None:
    state = State(topic="emergency_now", danger="now", said=("whole:emergency_now",), turns=2)
    said = reply(scene(content, "emergency_now", asked("cannot_phone_chat_instead"), state=state), "emergency")
    assert content.piece("emergency_now", "cannot_phone_chat_instead", "en", state) in said.text


def test_every_reply_of_every_act_fits_its_place(content: Content) -> None:
    for name in content.acts:
        for language in ("fi", "sv", "en"):
            said = reply(replace(scene(content, act_intent(name), did(name)), language=language))
            assert said.text
            assert len(said.buttons) <= 3


def test_sentences_and_steps() -> None:
    assert first_sentence("Soita 112. Odota.") == "Soita 112. Odota."
    assert first_sentence("Ota kuva, esim. kaappaus. Sitten lähetä.") == "Ota kuva, esim. kaappaus."
    assert first_sentence("No end") == "No end"
    assert steps_of("Do this:\n1. One.\n2. Two.\n\n• a point") == ["One.", "Two."]
    assert steps_of("• first\n• second") == ["first", "second"]
    assert (step_asked("miten se kolmas tehdään", 3), step_asked("how", 3), step_asked("number 5", 3)) == (
        2,
        None,
        None,
    )
    assert step_asked("vika kohta", 4) == 3


@pytest.mark.parametrize("danger", ["emergency", "crisis"])
def test_a_possible_danger_is_asked_about_with_help_in_the_question_and_alarms_nobody(
    content: Content, danger: str
) -> None:
    usual = question(content, "cost")
    said = reply_to(scene(content, "follow_up_question", asked("cost")), frozenset(), None, danger)
    line, rest = said.text.split("\n\n", 1)
    assert line == content.line(f"{danger}_possible", "en")
    assert "112" in line
    assert "?" in line
    assert (rest, said.escalation, said.asked) == (usual.text, usual.escalation, danger)


def test_a_page_that_begins_with_112_is_not_asked_about_again(content: Content) -> None:
    usual = reply(scene(content, "emergency_now", state=State()))
    said = reply_to(scene(content, "emergency_now", state=State()), frozenset(), None, "emergency")
    assert said.text == usual.text


def test_what_is_missing_is_asked_for_once_where_the_answer_depends_on_it(content: Content) -> None:
    state = State(topic="sextortion", role="victim", turns=2)
    said = act(content, "tells", state=state)
    assert said.asked == "age"
    assert said.text.endswith(content.line("ask_age", "en"))

    said = act(content, "tells", state=replace(state, said=said.said))
    assert said.asked is None


def test_whom_it_happened_to_is_asked_where_nobody_said(content: Content) -> None:
    said = act(content, "tells", state=State(topic="assault_or_robbery", turns=2))
    assert (said.asked, "someone else" in said.text) == ("role", True)
    assert act(content, "tells", state=State(topic="about_bot", turns=2)).asked is None
    own = act(content, "tells", state=State(topic="assault_or_robbery", turns=2), text="my nose was bleeding")
    assert own.asked is None


@pytest.mark.parametrize("name", ["tells", "simpler"])
def test_whoever_asks_for_another_language_gets_the_first_answer_in_it(content: Content, name: str) -> None:
    state = State(topic="account_hacked", turns=2, said=("short:account_hacked",))
    said = act(content, name, state=state, text="can you tell me that in english please")
    assert said.text == content.in_short("account_hacked", "en")
    assert act(content, name, state=state, text="på svenska").text != said.text


def test_an_age_is_answered_with_what_it_means(content: Content) -> None:
    state = State(topic="sextortion", role="victim", age="under_15", turns=2, question="cost", said=())
    state = replace(state, said=("piece:sextortion:cost:",))
    shown = replace(state, question="parents_told")
    found = did("tells", Told("age", "under_15", 0, 2))
    assert reply(scene(content, act_intent("tells"), found, state=shown)).text == "They are told."


@pytest.mark.parametrize("deed", ["blocked", "deleted", "reported"])
def test_what_was_done_is_heard_once(content: Content, deed: str) -> None:
    state = State(topic="sextortion", role="victim", age="under_15", turns=2, done=(deed,))
    heard = reply(scene(content, act_intent("tells"), did("tells", Told("done", deed, 0, 5)), state=state))
    later = reply(scene(content, act_intent("tells"), did("tells"), state=state))
    assert "Take a screenshot" not in heard.text
    assert heard.text != later.text


def test_who_has_just_read_112_and_thanks_is_not_told_it_again(content: Content) -> None:
    state = State(topic="sextortion", danger="now", turns=2)
    assert "112" in act(content, "thanks", state=state).text
    assert "112" not in act(content, "thanks", state=state, last=LastReply("danger", keys=("112",))).text


def test_where_the_phone_is_watched_nothing_of_a_crisis_stands_on_the_screen(content: Content) -> None:
    found, dangers = did("stop"), frozenset({"crisis"})
    watched = scene(content, "suicidal_thoughts", found, state=State(topic="violence_at_home", watched="yes", turns=2))
    said = reply_to(watched, dangers)
    assert (said.text, said.buttons) == ("Okay.", ())
    assert "crisis" in said.escalation
    asked = scene(content, act_intent("stop"), found, state=watched.state)
    assert reply_to(asked, frozenset(), possible="emergency").text == "Okay."
    alone = scene(content, "suicidal_thoughts", found, state=State(topic="violence_at_home", turns=2))
    assert "112" in reply_to(alone, dangers).text


@pytest.mark.parametrize(
    ("topic", "asked", "thing", "words"),
    [
        ("is_it_a_crime", "is_it_a_crime", "knife", "public place"),
        ("is_it_a_crime", "is_it_a_crime", "spray", "won't guess"),
        ("property_theft_lost", "what_first", "found", "back to its owner"),
        ("property_theft_lost", "own_offence_risk", "found", "can't keep"),
        ("contact_and_hours", "contact_again", "number_112", "112"),
        ("contact_and_hours", "contact_again", "noise", "switchboard"),
    ],
)
def test_a_rule_gets_its_own_words(content: Content, topic: str, asked: str, thing: str, words: str) -> None:
    found = Interpretation(
        topic, is_new=True, move=asked, questions=(asked,), told=(Told("thing", thing, 0, 5),), is_first=True
    )
    said = reply(scene(content, topic, found, state=State(topic=topic, turns=1)))
    assert words in said.text


@pytest.mark.parametrize("role", ["doer", "helper", "professional", "witness"])
def test_the_first_answer_speaks_to_who_writes(content: Content, role: str) -> None:
    state = State(topic="cyberbullying", role=role, turns=1)
    found = Interpretation("cyberbullying", is_new=True, move="subject", is_first=True)
    said = reply(scene(content, "cyberbullying", found, state=state))
    usual = reply(scene(content, "cyberbullying", found, state=replace(state, role="victim")))
    assert said.text != usual.text
    assert said.said[0] == "short:cyberbullying", "the short answer is not said after it"
    assert said.said[1].startswith("piece:cyberbullying:what_first:")
    assert said.escalation == usual.escalation
    assert MORE in said.buttons
    assert button_of("own_fault_or_guilt") not in said.buttons


def test_the_first_answer_by_role_keeps_112_where_the_usual_one_has_it(content: Content) -> None:
    state = State(topic="assault_or_robbery", role="doer", turns=1)
    found = Interpretation("assault_or_robbery", is_new=True, move="subject", is_first=True)
    assert "112" in reply(scene(content, "assault_or_robbery", found, state=state)).text


def test_whoever_turns_out_to_be_the_victim_gets_the_first_step_for_victims(content: Content) -> None:
    before = ("short:cyberbullying", "piece:cyberbullying:what_first:1")
    state = State(topic="cyberbullying", role="victim", turns=2, said=before)
    found = did("tells", Told("role", "victim", 0, 5))
    said = reply(scene(content, act_intent("tells"), found, state=state))
    assert said.said == ("piece:cyberbullying:what_first:",)


def test_an_age_in_a_talk_with_danger_is_answered_where_112_was_just_read(content: Content) -> None:
    state = State(topic="sextortion", danger="now", role="doer", age="under_15", question="parents_told", turns=2)
    found = did("tells", Told("age", "under_15", 0, 2))
    read = scene(content, act_intent("tells"), found, state=state, last=LastReply("danger", keys=("112",)))
    assert "112" not in reply(read).text
    assert "112" in reply(scene(content, act_intent("tells"), found, state=state)).text


@pytest.mark.parametrize("topic", ["violence_at_home", "suicidal_thoughts"])
def test_an_age_where_somebody_may_be_hurt_gets_what_to_do_and_no_age_of_reporting(topic: str) -> None:
    own = read_content(DATA, "https://neuvo.example/privacy")
    danger, role = ("now", "helper") if topic == "suicidal_thoughts" else ("none", "victim")
    said_before = (f"whole:{topic}", f"short:{topic}")
    state = State(topic=topic, danger=danger, role=role, age="under_15", said=said_before, turns=2)
    found = Interpretation(topic=topic, is_new=False, move="tells", act="tells", told=(Told("age", "under_15", 0, 2),))
    heard = scene(own, act_intent("tells"), found, state=state, last=LastReply("danger", keys=("112",)))
    assert reply(heard).text.startswith(own.piece(topic, "what_first", "en", heard.conditions) or "?")


@pytest.mark.parametrize(
    ("text", "says_it"),
    [
        ("Ring *112*.", True),
        ("soita 112, myös yöllä", True),
        ("ring 09 2525 0112 (kolla tiderna)", False),
        ("1120", False),
    ],
)
def test_the_end_of_another_number_is_not_taken_for_112(text: str, says_it: bool) -> None:
    assert says_emergency_number(text) is says_it


def test_whoever_cannot_call_in_danger_writes_to_112_whatever_the_subject(content: Content) -> None:
    state = State(topic="drugs_alcohol", danger="now", turns=2)
    said = question(content, "cannot_phone_chat_instead", state=state)
    assert "112" in said.text.split(":")[0]


def test_in_danger_112_stands_in_the_first_sentence(content: Content) -> None:
    short = content.in_short("drugs_alcohol", "en") or ""
    assert says_emergency_number(short)
    assert not says_emergency_number(first_sentence(short)), "its own number stands at the end"
    said = reply(scene(content, "drugs_alcohol", state=State(turns=0)), "emergency")
    assert says_emergency_number(first_sentence(said.text))
