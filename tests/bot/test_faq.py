"""Particular questions: learned from a few wordings, kept as numbers, answered where a message surely asks them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from answers.content import Content, read_content
from answers.labels import ACTS
from bot.arrays import FloatArray
from bot.conversation.component import TALK
from bot.conversation.intents import act_intent
from bot.conversation.interpretation import Interpretation
from bot.conversation.state import LastReply, State
from bot.conversation.told import Told
from bot.faq.component import FAQ, asked_of, examples_from
from bot.faq.model import Asked, FaqExample, FaqModel, FaqRefused, read_model, trained_model, write_model
from bot.names import SCAM_CHECK
from bot.replies.choose import reply_to
from bot.replies.faq import particular_question
from bot.replies.reply import Scene, says_emergency_number
from bot.replies.text import first_sentence
from tests.bot.stage import PRIVACY, PROJECT

REPEAT = act_intent("repeat")
NAMES = ("no_number", "who_fetches", "which_shop")
TOPIC = "property_theft_lost"


def world(others: int = 40) -> tuple[list[FaqExample], FloatArray, FloatArray]:
    """Wordings of three questions and of others, each around a direction of its own; the directions come last."""
    rng = np.random.default_rng(5)
    centres = rng.normal(0, 1, (4, 768)).astype(np.float32)
    wordings = [FaqExample(TOPIC, name, f"{name} {n}") for name in NAMES for n in range(12)]
    wordings += [FaqExample(TOPIC, None, f"other {n}") for n in range(others)]
    places = [*(place for place in range(3) for _ in range(12)), *([3] * others)]
    vectors = centres[places] + rng.normal(0, 0.5, (len(places), 768)).astype(np.float32)
    return wordings, vectors.astype(np.float32), centres


@pytest.fixture(scope="module")
def model() -> FaqModel:
    wordings, vectors, _ = world()
    return trained_model(wordings, vectors, "an encoder")


def test_a_message_like_the_wordings_is_known_and_another_is_none(model: FaqModel) -> None:
    _, _, centres = world()
    for place, name in enumerate(NAMES):
        asked = model.likeliest(TOPIC, centres[place])
        assert asked is not None
        assert (asked.topic, asked.name) == (TOPIC, name)
        assert asked.probability > 0.9
    other = model.likeliest(TOPIC, centres[3])
    assert other is not None
    assert other.probability < 0.1
    assert model.likeliest("parcel_sms", centres[0]) is None


def test_it_is_stored_as_numbers_and_read_again(model: FaqModel, tmp_path: Path) -> None:
    write_model(model, tmp_path)
    again = read_model(tmp_path)
    _, _, centres = world()
    asked, known = again.likeliest(TOPIC, centres[1]), model.likeliest(TOPIC, centres[1])
    assert asked is not None
    assert known is not None
    assert (again.encoder, asked.name) == ("an encoder", known.name)
    assert asked.probability == pytest.approx(known.probability, abs=0.01)
    numbers, text = (tmp_path / "faq.npz").read_bytes(), (tmp_path / "faq.json").read_text("utf-8")
    for broken in (numbers[:100], b""):
        (tmp_path / "faq.npz").write_bytes(broken)
        with pytest.raises(FaqRefused, match="make train"):
            read_model(tmp_path)
    (tmp_path / "faq.npz").write_bytes(numbers)
    (tmp_path / "faq.json").write_text(text.replace("encoder", "coder"), "utf-8")
    with pytest.raises(FaqRefused, match="make train"):
        read_model(tmp_path)


def test_turns_of_talks_about_the_topic_ask_none_of_them_unless_they_are_a_wording() -> None:
    def turn(text: str, *topics: str) -> dict[str, object]:
        return {"text": text, "topics": list(topics), "questions": [], "acts": [], "tells": [], "danger": None}

    asked = Message(data={FAQ: {"topic": TOPIC, "name": "no_number", "language": "en", "text": "No number here"}})
    turns = [turn("bike gone", TOPIC), turn("no number here"), turn("what now"), turn("a parcel", "parcel_sms")]
    talk = Message(data={TALK: {"name": "one", "language": "en", "turns": turns}})
    found = examples_from(TrainingData([asked, talk]))
    assert [(each.name, each.text) for each in found] == [
        ("no_number", "No number here"), (None, "bike gone"), (None, "what now"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def content() -> Content:
    return read_content(PROJECT / "data", PRIVACY)


def scene(content: Content, probability: float, **more: object) -> Scene:
    name = next(iter(content.answers[TOPIC].answer.faq))
    found = Interpretation(topic=TOPIC, is_new=False, move="cost", questions=("cost",), certainty=0.9)
    given = Scene(
        content, "en", "whatsapp", State(topic=TOPIC, turns=3), LastReply(), "follow_up_question", "words", found,
        asked=Asked(TOPIC, name, probability),
    )  # fmt: skip
    return replace(given, **more)  # type: ignore[arg-type]


def test_what_is_surely_asked_is_answered_by_its_own_answer_once(content: Content) -> None:
    given = scene(content, 0.95)
    name = particular_question(given)
    assert name is not None
    said = reply_to(given, frozenset())
    assert said.text.startswith(content.piece(TOPIC, name, "en", {}) or "-")
    assert said.said[0].startswith(f"piece:{TOPIC}:{name}:")
    again = replace(given, state=State(topic=TOPIC, turns=4, said=said.said))
    assert particular_question(again) is None


def test_whoever_wants_to_hear_it_again_hears_the_particular_answer(content: Content) -> None:
    name = next(iter(content.answers[TOPIC].answer.faq))
    key = f"piece:{TOPIC}:{name}:"
    found = Interpretation(topic=TOPIC, is_new=False, move="repeat", act="repeat", certainty=0.9)
    state = State(topic=TOPIC, question="cost", turns=4, said=(key,))
    given = scene(content, 0.0, interpretation=found, state=state, last=LastReply("piece", keys=(key,)), intent=REPEAT)
    said = reply_to(given, frozenset())
    assert first_sentence(content.piece(TOPIC, name, "en", {}) or "-") in said.text


def test_in_a_danger_that_goes_on_its_answer_begins_with_112(content: Content) -> None:
    state = State(topic=TOPIC, turns=4, danger="now", said=("whole:emergency_now",))
    unheard = Interpretation(topic=TOPIC, is_new=False, move="subject")
    said = reply_to(scene(content, 0.9, interpretation=unheard, state=state), frozenset())
    assert says_emergency_number(said.text)


def test_a_general_question_needs_more_to_give_way_than_nothing_heard(content: Content) -> None:
    unheard = Interpretation(topic=TOPIC, is_new=False, move="subject")
    assert particular_question(scene(content, 0.47)) is None
    assert particular_question(scene(content, 0.47, interpretation=unheard)) is not None


def test_an_age_that_is_told_is_answered_as_one(content: Content) -> None:
    told = (Told("age", "under_15", 0, 2),)
    found = Interpretation(topic=TOPIC, is_new=False, move="tells", act="tells", told=told)
    assert particular_question(scene(content, 0.99, interpretation=found)) is None


@pytest.mark.parametrize("act", ["thanks", "want_officer", "stop", "danger_over", "not_helped"])
def test_moves_that_have_words_of_their_own_stay(content: Content, act: str) -> None:
    assert act in ACTS
    found = Interpretation(topic=TOPIC, is_new=False, move=act, act=act, certainty=0.5)
    assert particular_question(scene(content, 0.99, interpretation=found)) is None


def test_danger_a_pasted_scam_another_subject_and_what_an_editor_took_away_come_first(content: Content) -> None:
    given = scene(content, 0.99)
    assert not any(":cost" not in key for key in reply_to(given, frozenset({"emergency"})).said if "piece" in key)
    assert particular_question(replace(given, intent=SCAM_CHECK)) is None
    assert particular_question(replace(given, intent="greeting_thanks")) is None
    assert particular_question(replace(given, state=State(topic="parcel_sms", turns=3))) is None
    assert particular_question(replace(given, asked=Asked(TOPIC, "gone_since_the_training", 0.99))) is None
    assert particular_question(replace(given, asked=asked_of(None))) is None


def with_first(content: Content, **changes: object) -> Content:
    """The content with its topic's first question changed."""
    published = content.answers[TOPIC]
    name, faq = next(iter(published.answer.faq.items()))
    answer = replace(published.answer, faq={**published.answer.faq, name: replace(faq, **changes)})  # type: ignore[arg-type]
    return replace(content, answers={**content.answers, TOPIC: replace(published, answer=answer)})


def test_what_only_some_ask_is_said_to_nobody_else_and_to_whom_nobody_knows_only_when_it_is_sure(
    content: Content,
) -> None:
    given = scene(with_first(content, who=("helper",)), 0.6)
    victim, helper = State(topic=TOPIC, turns=3, role="victim"), State(topic=TOPIC, turns=3, role="helper")
    assert particular_question(replace(given, state=victim, asked=Asked(TOPIC, given.asked.name, 0.99))) is None  # type: ignore[union-attr]
    assert particular_question(replace(given, state=helper)) is not None
    assert particular_question(given) is None
    assert particular_question(replace(given, asked=Asked(TOPIC, given.asked.name, 0.7))) is not None  # type: ignore[union-attr]


def test_a_yes_is_said_only_to_whom_it_surely_answers(content: Content) -> None:
    faq = next(iter(content.answers[TOPIC].answer.faq.values()))
    texts = {language: replace(each, text="Yes, you can.") for language, each in faq.piece.texts.items()}
    given = scene(with_first(content, piece=replace(faq.piece, texts=texts, variants=())), 0.6)
    assert particular_question(given) is None
    assert particular_question(replace(given, asked=Asked(TOPIC, faq.name, 0.7))) == faq.name


@pytest.mark.parametrize(
    "told",
    [
        State(topic="offender_under_15", turns=2, whose_age="15_17"),
        State(topic="offender_under_15", turns=2, age="adult"),
    ],
)
def test_nothing_of_children_who_are_not_punished_is_said_of_somebody_older(content: Content, told: State) -> None:
    name = next(name for name, faq in content.answers["offender_under_15"].answer.faq.items() if not faq.who)
    found = Interpretation(topic="offender_under_15", is_new=False, move="subject")
    given = scene(content, 0.99, interpretation=found, asked=Asked("offender_under_15", name, 0.99))
    child = replace(told, age="under_15", whose_age=None)
    assert particular_question(replace(given, state=child)) == name
    assert particular_question(replace(given, state=told)) is None
