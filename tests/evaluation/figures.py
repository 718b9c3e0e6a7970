"""Examination: how well one language is understood, as shares of messages with their intervals."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.evaluation.examine import Examined
from tests.evaluation.messages import CRISES, EMERGENCIES, FOLLOW_UPS, LOOKALIKES, SHORT, TOPICS, WITHOUT_LANGUAGE

SHORT_WORDS = 4
TALK = ("out_of_scope", "unclear_message", "greeting_thanks", "bot_status", "erase_my_data", "my_data")
# Topics in which somebody may be in danger, or has been; the rest of the messages are ordinary.
NEAR_DANGER = frozenset(
    {
        "emergency_now",
        "suicidal_thoughts",
        "missing_person",
        "threat_to_others",
        "violence_at_home",
        "sexual_violence",
        "child_at_risk",
        "assault_or_robbery",
        "need_to_talk",
        "threats_extortion",
        "stalking_restraining_order",
        "gang_exit",
    }
)
# A greeting, thanks and a half sentence are follow-ups themselves after an answer.
NO_FOLLOW_UP = ("greeting_thanks", "unclear_message")
NO_TOPIC = ("out_of_scope", "unclear_message")
# domain facts, section 5: where two people disagree first.
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
class Share:
    """So many right of so many; `outcomes` has a 1 for each that was right, in the order of the examination."""

    name: str
    outcomes: str
    # A figure of mistakes (false alarms): less is better.
    lower_is_better: bool = False

    @property
    def hits(self) -> int:
        """How many."""
        return self.outcomes.count("1")

    @property
    def of(self) -> int:
        """Of how many."""
        return len(self.outcomes)

    @property
    def value(self) -> float:
        """The share, 0 to 1; not a number where nothing was asked."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval, 95 %."""
        if not self.of:
            return math.nan, math.nan
        share, count = self.value, self.of
        middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
        half = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)) / (1 + _Z**2 / count)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.of:
            return f"{self.name:<44}     -"
        low, high = self.interval
        return f"{self.name:<44}{self.value:6.3f}  [{low:.3f}, {high:.3f}]  n={self.of}"


def shares(examined: Sequence[Examined]) -> list[Share]:
    """Every figure of one language."""
    topics = [each for each in examined if each.question.kind == TOPICS]
    no_topic = [each for each in topics if each.question.label in NO_TOPIC]
    answered = [each for each in topics if each.answered]
    asked = [each for each in examined if each.question.kind in (TOPICS, SHORT)]
    wordings = [each for each in asked if each.question.text not in WITHOUT_LANGUAGE]
    return [
        _share("topic, first guess", topics, lambda each: each.is_right),
        _share("topic among three", topics, lambda each: each.is_among(3)),
        _share("answered without asking back", topics, lambda each: each.answered),
        _share("of those, right", answered, lambda each: each.is_right),
        _share(
            "out of scope or unclear answered as a topic",
            no_topic,
            lambda each: each.answered and each.guess not in TALK,
            lower_is_better=True,
        ),
        _share(f"language, 1-{SHORT_WORDS} words", [each for each in wordings if _is_short(each)], _in_its_language),
        _share("language, longer", [each for each in wordings if not _is_short(each)], _in_its_language),
        _share(
            "a second matter seen where there is one",
            [each for each in topics if each.question.also is None],
            lambda each: each.second is not None,
            lower_is_better=True,
        ),
        _share("emergency found", _of_kind(examined, EMERGENCIES), lambda each: each.danger == "emergency"),
        _share("crisis found", _of_kind(examined, CRISES), lambda each: each.danger is not None),
        _share(
            "false alarm on look-alikes",
            _of_kind(examined, LOOKALIKES),
            lambda each: each.danger is not None,
            lower_is_better=True,
        ),
        _share(
            "alarm on ordinary messages",
            [each for each in topics if each.question.label not in NEAR_DANGER],
            lambda each: each.danger is not None,
            lower_is_better=True,
        ),
        _share(
            "follow-up understood after an answer",
            _of_kind(examined, FOLLOW_UPS),
            lambda each: each.after_answer == each.wanted_after_answer,
        ),
        _share(
            "new matter taken for a follow-up",
            [each for each in topics if each.after_answer and each.question.label not in NO_FOLLOW_UP],
            lambda each: (each.after_answer or "").startswith("follow_up_"),
            lower_is_better=True,
        ),
        *(_share(f"{a} | {b}", *_pair(topics, a, b)) for a, b in CLOSE_PAIRS),
    ]


@dataclass(frozen=True)
class Bin:
    """Messages whose best guess had about the same probability: the mean of it, and how many were right."""

    said: float
    right: float
    count: int


def calibration(examined: Iterable[Examined]) -> list[Bin]:
    """Said and true probability of the first guess, in ten steps; empty steps are left out."""
    topics = sorted((each for each in examined if each.question.kind == TOPICS), key=lambda each: each.confidence)
    bins = []
    for _, group in groupby(topics, key=lambda each: min(int(each.confidence * BINS), BINS - 1)):
        members = list(group)
        said = sum(each.confidence for each in members) / len(members)
        bins.append(Bin(said, sum(each.is_right for each in members) / len(members), len(members)))
    return bins


def calibration_error(bins: Sequence[Bin]) -> float:
    """The mean distance between what was said and what was right, weighted by messages (ECE)."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.said - each.right) for each in bins) / total if total else math.nan


def _share(
    name: str, asked: Iterable[Examined], is_hit: Callable[[Examined], bool], *, lower_is_better: bool = False
) -> Share:
    return Share(name, "".join("1" if is_hit(each) else "0" for each in asked), lower_is_better)


def _of_kind(examined: Iterable[Examined], kind: str) -> list[Examined]:
    return [each for each in examined if each.question.kind == kind]


def _pair(topics: Iterable[Examined], a: str, b: str) -> tuple[list[Examined], Callable[[Examined], bool]]:
    """Messages of either that were not taken for the other."""
    other = {a: b, b: a}
    return [
        each for each in topics if each.question.label in other
    ], lambda each: each.is_right or each.guess != other[each.question.label]


def _is_short(each: Examined) -> bool:
    return len(each.question.text.split()) <= SHORT_WORDS


def _in_its_language(each: Examined) -> bool:
    return each.language == each.question.language
