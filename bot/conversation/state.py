"""Conversation: its state in Rasa's slots. A message tells them as entities `state_<slot>`, so that Rasa keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from answers.labels import CONDITIONS, DANGERS, SLOTS
from bot.conversation.context import MOST_SUBJECTS, MOST_TURNS, NONE, NOW, Context, danger_after, officer_after
from bot.conversation.told import Told
from bot.history import SAID_ABOUT

STATE: Final = "state_"
"""Beginning of the names of the entities that carry slots."""
# What was said is remembered for so many replies; each is a short key.
MOST_SAID: Final = 40
# Facts that are told once stay until they are told otherwise; these three may be set by the gateway, too.
OUTLIVING: Final = ("danger", "consent", "watched")
_OPPOSITES: Final = {"paid": "not_paid", "not_paid": "paid"}
_OFFICER_VALUES: Final = (NONE, *(CONDITIONS["officer"] or ()))

SLOT_NAMES: Final = (
    "topic", "subjects", "likely", "question", "move", "earlier_move", "turns", "role", "age", "whose_age", "platform",
    "bank", "done", "danger", "watched", "officer", "said",
)  # fmt: skip


@dataclass(frozen=True)
class LastReply:
    """What the bot said last: its kind, keys of what was said, the slot it asked for, and what its buttons offered."""

    kind: str = ""
    keys: tuple[str, ...] = ()
    asked: str | None = None
    offered: tuple[str, ...] = ()
    offers_officer: bool = False


@dataclass(frozen=True)
class State:
    """What is known of a conversation, bounded. `said` holds the keys of what the bot has said, the oldest first.

    `likely` is what the matter may be by all that was said of it: a few topics with their probabilities.
    """

    topic: str | None = None
    subjects: tuple[str, ...] = ()
    likely: Mapping[str, float] = field(default_factory=dict)
    question: str | None = None
    move: str | None = None
    earlier_move: str | None = None
    turns: int = 0
    role: str | None = None
    age: str | None = None
    whose_age: str | None = None
    platform: str | None = None
    bank: str | None = None
    done: tuple[str, ...] = ()
    danger: str = NONE
    watched: str | None = None
    officer: str = NONE
    said: tuple[str, ...] = ()
    last: LastReply = field(default_factory=LastReply)

    @property
    def context(self) -> Context:
        """What the model is told of it."""
        return Context(
            topic=self.topic,
            move=self.move,
            earlier_move=self.earlier_move,
            subjects=self.subjects,
            danger=self.danger,
            officer=self.officer,
            role=self.role,
            turns=min(self.turns, MOST_TURNS),
            asked=self.last.asked,
        )

    @property
    def conditions(self) -> Mapping[str, tuple[str, ...]]:
        """What variants of pieces may depend on, with the values that hold."""
        known: dict[str, tuple[str, ...]] = {"done": self.done}
        for slot in ("topic", "role", "age", "whose_age", "platform", "bank", "watched"):
            value = getattr(self, slot)
            known[slot] = (value,) if value else ()
        known["danger"] = (self.danger,) if self.danger != NONE else ()
        known["officer"] = (self.officer,) if self.officer != NONE else ()
        return known

    @property
    def is_danger_in_question(self) -> bool:
        """Whether danger was spoken of just before: it is now, or the last reply asked about it."""
        return self.danger == NOW or self.last.asked in DANGERS

    def was_said(self, key: str) -> int:
        """How often something was said."""
        return self.said.count(key)

    def believed(self, told: Iterable[Told]) -> tuple[Told, ...]:
        """What changes what is known: a hint that nothing was paid takes no payment back."""
        return tuple(
            each
            for each in told
            if not (each.slot == "done" and each.is_hint and _OPPOSITES.get(each.value) in self.done)
        )

    def after(
        self, topic: str | None, move: str, question: str | None, told: Iterable[Told], alarm: str | None
    ) -> State:
        """The state after a message with that subject and move."""
        told = tuple(told)
        values: dict[str, Any] = {each.slot: each.value for each in told if each.slot not in ("done", "danger")}
        done = _done_after(self.done, (each for each in told if each.slot == "done"))
        told_danger = next((each.value for each in told if each.slot == "danger"), None)
        left = (self.topic,) if self.topic is not None and topic not in (None, self.topic) else ()
        subjects = [each for each in dict.fromkeys([*left, *self.subjects]) if each != topic]
        return replace(
            self,
            topic=topic or self.topic,
            subjects=tuple(subjects[:MOST_SUBJECTS]),
            question=question or (None if left else self.question),
            move=move,
            earlier_move=self.move,
            turns=min(self.turns + 1, MOST_TURNS),
            done=done,
            danger=danger_after(self.danger, move, told_danger, alarm),
            officer=officer_after(self.officer, move),
            **{slot: value for slot, value in values.items() if slot in SLOTS},
        )


def _done_after(before: tuple[str, ...], told: Iterable[Told]) -> tuple[str, ...]:
    """What was done by now, each once; that something was paid and that nothing was end each other."""
    done = dict.fromkeys(before)
    for each in told:
        done.pop(_OPPOSITES.get(each.value, ""), None)
        done[each.value] = None
    return tuple(done)


def state_of(tracker: DialogueStateTracker, given: Mapping[str, Any] | None = None) -> State:
    """The state that the tracker's slots tell; `given` is what the gateway remembers for longer, and it wins."""
    values: dict[str, Any] = {}
    for name in SLOT_NAMES:
        value = tracker.get_slot(name)
        if value is not None and (value != NONE or name in ("danger", "officer")):
            values[name] = tuple(value) if isinstance(value, list) else value
    last = last_reply(tracker)
    said = (*values.pop("said", ()), *last.keys)[-MOST_SAID:]
    state = State(**values, said=said, last=last)
    if last.offers_officer and state.officer in (NONE, "cancelled"):
        state = replace(state, officer="offered")
    return _with_given(state, given or {})


def _with_given(state: State, given: Mapping[str, Any]) -> State:
    if given.get("danger") in (NONE, "now", "passed"):
        state = replace(state, danger=given["danger"])
    if given.get("consent") in _OFFICER_VALUES:
        state = replace(state, officer=given["consent"])
    if "watched" in given:
        state = replace(state, watched="yes" if given["watched"] in (True, "yes") else None)
    return state


def last_reply(tracker: DialogueStateTracker, before_latest: bool = False) -> LastReply:
    """What the bot said to the latest message, all replies of the turn together; or to the one before it."""
    kind, asked, officer = "", None, False
    keys: list[str] = []
    offered: list[str] = []
    for event in _last_uttered(tracker, before_latest):
        about = (event.metadata or {}).get(SAID_ABOUT) or {}
        kind = kind or str(about.get("kind") or "")
        keys += about.get("said") or []
        asked = asked or about.get("asked")
        offered += about.get("offered") or []
        officer = officer or bool(about.get("offers_officer"))
    return LastReply(kind, tuple(keys), asked, tuple(offered), officer)


def _last_uttered(tracker: DialogueStateTracker, before_latest: bool) -> list[BotUttered]:
    found: list[BotUttered] = []
    skipping = before_latest
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            if not skipping:
                break
            skipping = False
        elif isinstance(event, BotUttered) and not skipping:
            found.append(event)
    return found[::-1]


def entities_of(state: State, stored: DialogueStateTracker | None, length: int) -> list[dict[str, Any]]:
    """One entity for each slot whose stored value is another now; what is not known any more is "none"."""
    entities = []
    for name in SLOT_NAMES:
        value = getattr(state, name)
        plain = list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
        kept = None if stored is None else stored.get_slot(name)
        if plain is None or plain in ([], {}):
            plain = None if kept is None else NONE
        if plain is not None and plain != kept:
            entities.append({"entity": STATE + name, "value": plain, "start": 0, "end": length, "extractor": "State"})
    return entities
