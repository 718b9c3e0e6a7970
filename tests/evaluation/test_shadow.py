"""A shadow run tells figures: what both models make alike, and what is different."""

from pathlib import Path

from answers.examples import example_paths, read_examples
from answers.likeness import words_of
from evaluation.clusters import missed_messages
from evaluation.shadow import Seen, figures


def test_each_message_is_counted_once_and_its_danger_beside() -> None:
    live = [Seen("a", None), Seen("", None), Seen("a", None), Seen("a", "crisis"), Seen("a", None)]
    candidate = [Seen("a", None), Seen("b", None), Seen("", None), Seen("b", None), Seen("a", "emergency")]
    assert figures(live, candidate) == {
        "messages": 5,
        "same": 2,
        "understood_now": 1,
        "missed_now": 1,
        "other_topic": 1,
        "danger_found": 1,
        "danger_lost": 1,
    }


def test_messages_that_the_bot_misses_are_nobodys_examples() -> None:
    known = {" ".join(words_of(each.text)) for each in read_examples(example_paths(Path("data")))}
    found = missed_messages()
    assert len(found) == 300
    assert len({each.topic for each in found}) == 25
    assert {each.language for each in found} == {"fi", "sv", "en"}
    assert [each.text for each in found if " ".join(words_of(each.text)) in known] == []
