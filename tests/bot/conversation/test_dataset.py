"""What a written talk teaches: the labels of earlier turns are the context of the next."""

from answers.talks import talks_of
from bot.conversation.context import SUBJECT
from bot.conversation.dataset import (
    fold_of,
    instances_of,
    is_phrase,
    lines_in_talks,
    loose_instances,
    turns_as_json,
    turns_from_json,
)

TALK = """\
# a | b | c
t: joku kiristää mua || topic:sextortion; danger:emergency
t: maksaako tää ja kauan kestää || q:cost + duration
t: oon 13 || tells:age=under_15
t: se lähti || act:danger_over; tells:danger=passed
t: mun pyörä vietiin || topic:property_theft_lost
"""
(TURNS,) = talks_of(TALK, "fi", "x", {"sextortion", "property_theft_lost"})[0]


def test_labels_become_the_context_of_the_next_turn() -> None:
    first, cost, duration, age, over, bike = instances_of("a", "fi", TURNS.turns)
    assert (first.context.topic, first.labels["move"], first.labels["topic_change"]) == (None, SUBJECT, "leave")
    assert (cost.context.topic, cost.context.danger, cost.labels["topic_change"]) == ("sextortion", "now", "stay")
    assert (cost.labels["move"], duration.labels["move"], cost.weight) == ("cost", "duration", 0.5)
    assert (age.context.move, age.labels["told_age"]) == ("cost", "under_15")
    assert over.labels["told_danger"] == "passed"
    assert (bike.context.danger, bike.context.turns, bike.labels["topic_change"]) == ("passed", 4, "leave")


def test_turns_travel_as_json() -> None:
    back = turns_from_json(turns_as_json(TURNS))
    assert list(instances_of("a", "fi", back)) == list(instances_of("a", "fi", TURNS.turns))


def test_loose_examples_borrow_contexts_and_count_less() -> None:
    contexts = [each.context for each in instances_of("a", "fi", TURNS.turns)]
    (loose,) = loose_instances([("kiitos", "fi", "thanks")], contexts)
    assert loose.context in contexts
    assert (loose.labels["move"], loose.context.turns > 0, loose.weight < 1) == ("thanks", True, True)


def test_a_question_alone_belongs_to_any_talk() -> None:
    (phrase,) = talks_of("# a | b | c\nt: maksaako se || q:cost\n", "fi", "x", set())[0]
    assert is_phrase(phrase.turns)
    assert not is_phrase(TURNS.turns)


def test_a_talk_is_in_one_fold() -> None:
    assert {fold_of("a", 5) for _ in range(3)} == {fold_of("a", 5)}


def test_a_line_of_a_talk_teaches_the_alarm_alone() -> None:
    lines = [
        {"text": "no", "language": "en", "danger": "crisis", "topic": "need_to_talk", "before": "are you there"},
        {"text": "at five", "language": "en", "danger": None, "topic": "greeting_thanks", "before": "hi"},
    ]

    alone, greeted = lines_in_talks(lines)

    assert alone.labels == {"alarm": "crisis"}
    assert (alone.context.topic, alone.context.turns) == ("need_to_talk", 1)
    assert (greeted.labels, greeted.context.topic) == ({"alarm": "none"}, None)
