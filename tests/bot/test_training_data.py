"""The training data of the repository: enough of it, of many kinds, and not by template."""

from collections import Counter
from pathlib import Path

import pytest

from answers.examples import read_examples
from answers.likeness import near_duplicates, same_words
from answers.limits import LANGUAGES
from bot.classifier.benchmark import LabelledTexts, training_examples
from evaluation.dataset import FOLDER, TOPICS, lines

DATA = Path(__file__).resolve().parents[2] / "data"
ADVICE_GROUPS = ("reporting_crime", "online_safety", "scams", "safety_and_crisis", "police_service")
MIN_EXAMPLES = 100
# Of a topic's examples in a language, so many may begin with the same two words; a template begins always alike.
MOST_ALIKE = 0.12


@pytest.fixture(scope="module")
def data() -> LabelledTexts:
    return training_examples(DATA / "nlu")


def of(data: LabelledTexts, topic: str, language: str) -> list[str]:
    rows = zip(data.texts, data.topics, data.languages, strict=True)
    return [text for text, own, code in rows if own == topic and code == language]


def test_every_topic_has_a_hundred_examples_in_each_language(data: LabelledTexts) -> None:
    counts = Counter(zip(data.topics, data.languages, strict=True))
    topics = {path.stem for group in ADVICE_GROUPS for path in (DATA / "nlu" / group).glob("*.yml")}
    few = {
        (topic, language): counts[topic, language]
        for topic in topics
        for language in LANGUAGES
        if counts[topic, language] < MIN_EXAMPLES
    }
    assert few == {}


def test_no_example_is_another_with_one_word_changed(data: LabelledTexts) -> None:
    found = []
    for topic in sorted(set(data.topics)):
        for language in LANGUAGES:
            texts = of(data, topic, language)
            found += [f"{topic}: {texts[one]} | {texts[other]}" for one, other in near_duplicates(texts)]
    assert found == []


def test_no_words_are_examples_of_two_intents() -> None:
    every = read_examples(sorted((DATA / "nlu").glob("*/*.yml")))
    found = {
        words: topics
        for words, same in same_words([each.text for each in every]).items()
        if len(topics := {every[place].topic for place in same}) > 1
    }
    assert found == {}


def test_no_topic_is_written_by_a_template(data: LabelledTexts) -> None:
    found = {}
    for topic in sorted(set(data.topics)):
        for language in LANGUAGES:
            texts = of(data, topic, language)
            beginnings = Counter(tuple(text.lower().split()[:2]) for text in texts if len(text.split()) > 2)
            words, count = beginnings.most_common(1)[0]
            if count > max(4, MOST_ALIKE * len(texts)):
                found[topic, language] = (" ".join(words), count)
    assert found == {}


def test_no_test_message_is_in_the_training_data(data: LabelledTexts) -> None:
    test_messages = [
        text
        for language in LANGUAGES
        for path in [*(FOLDER / language / TOPICS).glob("*.txt"), *(FOLDER / language).glob("*.txt")]
        for text in lines(path)
    ]
    # A greeting of one or two words has nowhere else to go.
    longer = [text for text in test_messages if len(text.split()) > 3]
    known = same_words([*longer, *data.texts])
    shared = [words for words, places in known.items() if places[0] < len(longer) <= places[-1]]
    assert shared == []
