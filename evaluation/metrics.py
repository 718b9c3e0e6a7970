"""Evaluation: the metrics of one language, each a proportion of messages with its confidence interval."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.danger.fusion import NEAR_DANGER
from evaluation.dataset import CRISES, EMERGENCIES, FOLLOW_UPS, LOOKALIKES, SHORT, TOPICS, WITHOUT_LANGUAGE
from evaluation.predictions import Prediction

SHORT_WORDS = 4
NO_ADVICE = ("out_of_scope", "unclear_message", "greeting_thanks", "bot_status", "erase_my_data", "my_data")
# A greeting, thanks and a half sentence are follow-ups themselves after an answer.
NO_FOLLOW_UP = ("greeting_thanks", "unclear_message")
NO_TOPIC = ("out_of_scope", "unclear_message")
# domain facts, section 5: where two annotators disagree first.
CLOSE_PAIRS = (
    ("defamation", "private_info_spread"),
    ("doxxing", "private_info_spread"),
    ("nude_image_shared", "sextortion"),
    ("grooming", "nude_image_received_or_sent"),
    ("marketplace_seller", "online_purchase_fraud"),
    ("bank_phishing", "police_impersonation"),
    ("identity_theft", "fake_profile"),
    ("threats_extortion", "cyberbullying"),
    ("stalking_restraining_order", "cyberbullying"),
    ("report_how", "report_online_form"),
    ("case_status", "after_report"),
    ("need_to_talk", "suicidal_thoughts"),
    ("assault_or_robbery", "emergency_now"),
)
_Z = 1.96
BINS = 10


@dataclass(frozen=True)
class Metric:
    """A proportion of messages; `outcomes` has a 1 for each hit and a 0 for each miss, in the order of the test set."""

    name: str
    outcomes: str
    # False alarms: less is better.
    lower_is_better: bool = False
    # Every message has to be a hit, whatever the baseline has.
    is_complete: bool = False

    @property
    def hits(self) -> int:
        """The number of hits."""
        return self.outcomes.count("1")

    @property
    def total(self) -> int:
        """The number of messages."""
        return len(self.outcomes)

    @property
    def value(self) -> float:
        """Hits of total, 0 to 1; NaN where there is no message."""
        return self.hits / self.total if self.total else math.nan

    @property
    def is_as_complete(self) -> bool:
        """Whether it has every hit that it must have."""
        return not self.is_complete or self.hits == self.total

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's confidence interval, 95 %."""
        if not self.total:
            return math.nan, math.nan
        value, total = self.value, self.total
        middle = (value + _Z**2 / (2 * total)) / (1 + _Z**2 / total)
        half = _Z * math.sqrt(value * (1 - value) / total + _Z**2 / (4 * total**2)) / (1 + _Z**2 / total)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.total:
            return f"{self.name:<44}     -"
        low, high = self.interval
        return f"{self.name:<44}{self.value:6.3f}  [{low:.3f}, {high:.3f}]  n={self.total}"


def metrics_of(predictions: Sequence[Prediction]) -> list[Metric]:
    """Every metric of one language."""
    topics = _of_kind(predictions, TOPICS)
    return [
        *_topic_metrics(topics),
        *_language_metrics(predictions),
        _metric(
            "a second matter seen where there is one",
            [each for each in topics if each.message.also is None],
            lambda each: each.second is not None,
            lower_is_better=True,
        ),
        *_danger_metrics(predictions, topics),
        *_follow_up_metrics(predictions, topics),
        *(_metric(f"{a} | {b}", *_pair(topics, a, b)) for a, b in CLOSE_PAIRS),
    ]


def _topic_metrics(topics: Sequence[Prediction]) -> list[Metric]:
    return [
        _metric("topic, first guess", topics, lambda each: each.is_right),
        _metric("topic among three", topics, lambda each: each.is_in_top(3)),
        _metric("answered without asking back", topics, lambda each: each.answered),
        _metric("of those, right", [each for each in topics if each.answered], lambda each: each.is_right),
        _metric(
            "out of scope or unclear answered as a topic",
            [each for each in topics if each.message.label in NO_TOPIC],
            lambda each: each.answered and each.guess not in NO_ADVICE,
            lower_is_better=True,
        ),
    ]


def _language_metrics(predictions: Sequence[Prediction]) -> list[Metric]:
    messages = [
        each
        for each in predictions
        if each.message.kind in (TOPICS, SHORT) and each.message.text not in WITHOUT_LANGUAGE
    ]
    short = [each for each in messages if _is_short(each)]
    return [
        _metric(f"language, 1-{SHORT_WORDS} words", short, _language_is_right),
        _metric("language, longer", [each for each in messages if not _is_short(each)], _language_is_right),
    ]


def _danger_metrics(predictions: Sequence[Prediction], topics: Sequence[Prediction]) -> list[Metric]:
    return [
        _metric("emergency found", _of_kind(predictions, EMERGENCIES), lambda each: each.danger == "emergency"),
        _metric("crisis found", _of_kind(predictions, CRISES), lambda each: each.danger is not None),
        _metric(
            "false alarm on look-alikes",
            _of_kind(predictions, LOOKALIKES),
            lambda each: each.danger is not None,
            lower_is_better=True,
        ),
        _metric(
            "alarm on ordinary messages",
            [each for each in topics if each.message.label not in NEAR_DANGER],
            lambda each: each.danger is not None,
            lower_is_better=True,
        ),
    ]


def _follow_up_metrics(predictions: Sequence[Prediction], topics: Sequence[Prediction]) -> list[Metric]:
    return [
        _metric(
            "follow-up understood after an answer",
            _of_kind(predictions, FOLLOW_UPS),
            lambda each: each.after_answer == each.wanted_after_answer,
        ),
        _metric(
            "new matter taken for a follow-up",
            [each for each in topics if each.after_answer and each.message.label not in NO_FOLLOW_UP],
            lambda each: (each.after_answer or "").startswith("follow_up_"),
            lower_is_better=True,
        ),
    ]


@dataclass(frozen=True)
class Bin:
    """Messages whose best guess had about the same probability: its mean, and how many were right."""

    confidence: float
    accuracy: float
    count: int


def calibration(predictions: Iterable[Prediction]) -> list[Bin]:
    """Confidence and accuracy of the first guess in ten bins; empty bins are skipped."""
    topics = sorted((each for each in predictions if each.message.kind == TOPICS), key=lambda each: each.confidence)
    bins = []
    for _, group in groupby(topics, key=lambda each: min(int(each.confidence * BINS), BINS - 1)):
        members = list(group)
        confidence = sum(each.confidence for each in members) / len(members)
        bins.append(Bin(confidence, sum(each.is_right for each in members) / len(members), len(members)))
    return bins


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error (ECE): the mean gap of confidence and accuracy, weighted by messages."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / total if total else math.nan


def _metric(
    name: str, predictions: Iterable[Prediction], is_hit: Callable[[Prediction], bool], *, lower_is_better: bool = False
) -> Metric:
    return Metric(name, "".join("1" if is_hit(each) else "0" for each in predictions), lower_is_better)


def _of_kind(predictions: Iterable[Prediction], kind: str) -> list[Prediction]:
    return [each for each in predictions if each.message.kind == kind]


def _pair(topics: Iterable[Prediction], a: str, b: str) -> tuple[list[Prediction], Callable[[Prediction], bool]]:
    """Messages of either topic, a hit where it was not mistaken for the other."""
    other = {a: b, b: a}
    return [
        each for each in topics if each.message.label in other
    ], lambda each: each.is_right or each.guess != other[each.message.label]


def _is_short(each: Prediction) -> bool:
    return len(each.message.text.split()) <= SHORT_WORDS


def _language_is_right(each: Prediction) -> bool:
    return each.language == each.message.language
