"""Danger, in training: the labels of its classifier, somebody in danger, thoughts of suicide, or neither.

The topic classifier cannot do this: "he is hitting mum again" is shared by two topics, and neither looks like danger.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.names import CRISIS, EMERGENCY, EMERGENCY_TOPIC, SUICIDE

NEITHER = "neither"
DANGER_LINE = "danger_line"
"""Name of what a training message carries instead of an intent: a line for danger alone (`answers.danger_lines`)."""
LINE_IN_TALK = "line_in_talk"
"""The same of a line that is judged by what was said before."""
# Their answers begin with 112 and their examples are dangers as often as not: they have no clear label.
UNLABELLED_TOPICS = frozenset({"missing_person", "threat_to_others", "violence_at_home", "sexual_violence"})
_LABELS = {EMERGENCY_TOPIC: EMERGENCY, SUICIDE: CRISIS}
DANGERS = (NEITHER, EMERGENCY, CRISIS)


def danger_of(topic: str) -> str | None:
    """The danger label of a topic's examples, one of `DANGERS`; None: they are not trained on."""
    return None if topic in UNLABELLED_TOPICS else _LABELS.get(topic, NEITHER)


def danger_examples(examples: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Texts and their danger labels, from texts and topics."""
    known = [(text, label) for text, topic in examples if (label := danger_of(topic)) is not None]
    return [text for text, _ in known], [label for _, label in known]
