"""Danger, in training: a classifier that knows three things only, somebody in danger, thoughts of suicide, or neither.

The topic classifier cannot do this: "he is hitting mum again" is shared by two topics, and neither looks like danger.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.names import CRISIS, EMERGENCY, SUICIDE

EMERGENCY_TOPIC = "emergency_now"
NEITHER = "neither"
# Their answers begin with 112 and their examples are dangers as often as not: they would teach both.
TEACH_NOTHING = frozenset({"missing_person", "threat_to_others", "violence_at_home", "sexual_violence"})
_LABELS = {EMERGENCY_TOPIC: EMERGENCY, SUICIDE: CRISIS}
DANGERS = (NEITHER, EMERGENCY, CRISIS)


def danger_of(topic: str) -> str | None:
    """What an example of a topic teaches about danger, one of `DANGERS`; None: nothing."""
    return None if topic in TEACH_NOTHING else _LABELS.get(topic, NEITHER)


def danger_examples(examples: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Texts and what each teaches about danger, from texts and topics."""
    known = [(text, label) for text, topic in examples if (label := danger_of(topic)) is not None]
    return [text for text, _ in known], [label for _, label in known]
