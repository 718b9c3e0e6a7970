"""What is kept of a talk, and how long."""

import asyncio
import json
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.tracker_store import TrackerStore, check_if_tracker_store_async
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    Restarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.history import kept_events, opening, stored_form
from bot.tracker_store import BoundedTrackerStore, Trackers

DOMAIN = Domain.from_dict(
    {
        "version": "3.1",
        "intents": ["hacked", "phished"],
        "entities": ["language", "platform"],
        "slots": {
            name: {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}
            for name in ("language", "age")
        },
    }
)


def turn(number: int, intent: str = "hacked", slots: dict[str, Any] | None = None) -> list[Event]:
    """A citizen's message and everything Rasa does with it."""
    entities = [{"entity": "platform", "value": "Snapchat", "start": 0, "end": 4}]
    parsed = {
        "text": f"my secret {number}",
        "text_tokens": [(0, 2)],
        "intent": {"name": intent, "confidence": 0.9},
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
        "entities": entities,
    }
    return [
        UserUttered(parsed["text"], parsed["intent"], entities, parsed, message_id=f"m{number}"),
        *(SlotSet(name, value) for name, value in (slots or {}).items()),
        DefinePrevUserUtteredFeaturization(False),
        ActionExecuted(f"utter_{intent}"),
        BotUttered("our long answer"),
        ActionExecuted("action_listen"),
    ]


def talk(*turns: list[Event], conversation: str = "a") -> DialogueStateTracker:
    events = [*opening({}), *(event for each in turns for event in each)]
    return DialogueStateTracker.from_events(conversation, events, DOMAIN.slots)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Store:
    """A store with trackers and a clock of its own, used synchronously."""

    def __init__(self, **bounds: Any) -> None:
        self.clock = Clock()
        self.trackers: Trackers = OrderedDict()
        self.store = BoundedTrackerStore(DOMAIN, trackers=self.trackers, clock=self.clock, **bounds)

    def save(self, tracker: DialogueStateTracker) -> None:
        asyncio.run(self.store.save(tracker))

    def retrieve(self, conversation: str = "a") -> DialogueStateTracker:
        tracker = asyncio.run(self.store.retrieve(conversation))
        assert tracker is not None
        return tracker

    def has(self, conversation: str) -> bool:
        return asyncio.run(self.store.retrieve(conversation)) is not None


def intents(tracker: DialogueStateTracker) -> list[str | None]:
    return [event.intent_name for event in tracker.events if isinstance(event, UserUttered)]


def test_a_talk_goes_on_where_it_stopped() -> None:
    store = Store()
    store.save(talk(turn(1, slots={"language": "sv"})))
    tracker = store.retrieve()
    assert tracker.get_slot("language") == "sv"
    assert tracker.latest_action_name == "action_listen"
    assert tracker.latest_message.intent_name == "hacked"


def test_of_the_latest_message_everything_understood_is_kept_but_no_word() -> None:
    store = Store()
    store.save(talk(turn(1)))
    message = store.retrieve().latest_message
    assert message.message_id == "m1"
    assert message.parse_data["intent_ranking"] == [{"name": "hacked", "confidence": 0.9}]
    assert message.entities == [{"entity": "platform", "value": "Snapchat", "start": 0, "end": 4}]
    stored = store.trackers["a"][1]
    assert "secret" not in stored
    assert "our long answer" not in stored
    assert "text_tokens" not in stored


def test_of_earlier_messages_only_the_topic_is_kept() -> None:
    store = Store(turns=3)
    store.save(talk(turn(1), turn(2, "phished"), turn(3)))
    assert intents(store.retrieve()) == ["hacked", "phished", "hacked"]
    assert store.trackers["a"][1].count("Snapchat") == 1


def test_old_turns_go_and_slots_stay() -> None:
    store = Store(turns=2)
    store.save(talk(turn(1, slots={"language": "sv", "age": 14}), turn(2), turn(3, "phished"), turn(4)))
    tracker = store.retrieve()
    assert intents(tracker) == ["phished", "hacked"]
    assert (tracker.get_slot("language"), tracker.get_slot("age")) == ("sv", 14)


def test_a_slot_that_was_emptied_stays_empty() -> None:
    store = Store(turns=1)
    store.save(
        talk([*turn(1, slots={"language": "sv", "age": 14})], [*turn(2), AllSlotsReset()], turn(3, slots={"age": 15}))
    )
    assert store.retrieve().get_slot("language") is None
    assert store.retrieve().get_slot("age") == 15


def test_a_form_that_is_being_filled_is_still_open_after_trimming() -> None:
    store = Store(turns=1)
    store.save(talk([*turn(1), ActiveLoop("age_form")], turn(2), turn(3)))
    assert store.retrieve().active_loop_name == "age_form"
    store.save(talk([*turn(1), ActiveLoop("age_form")], [*turn(2), ActiveLoop(None)], turn(3)))
    assert store.retrieve().active_loop_name is None


def test_an_earlier_session_is_not_kept() -> None:
    store = Store(turns=5)
    events = [*opening({}), *turn(1), *opening({"language": "fi"}), *turn(2, "phished")]
    store.save(DialogueStateTracker.from_events("a", events, DOMAIN.slots))
    assert intents(store.retrieve()) == ["phished"]
    assert store.retrieve().get_slot("language") == "fi"


def test_a_restart_forgets_the_talk() -> None:
    store = Store()
    store.save(talk(turn(1, slots={"language": "sv"})))
    store.save(talk([*turn(2), Restarted()]))
    assert not store.has("a")
    assert len(store.trackers) == 0


def test_the_hundredth_turn_is_stored_as_small_as_the_tenth() -> None:
    store = Store()
    sizes = []
    tracker = talk()
    for number in range(100):
        for event in turn(100 + number, slots={"language": "fi"}):
            tracker.update(event)
        store.save(tracker)
        tracker = store.retrieve()
        sizes.append((len(store.trackers["a"][1]), len(tracker.events)))
    assert sizes[9][1] == sizes[-1][1]
    # Timestamps differ in length by a digit or two.
    assert abs(sizes[9][0] - sizes[-1][0]) < 50


def test_a_turn_with_too_many_events_is_kept_alone() -> None:
    long_turn = [*turn(2), *(SlotSet("age", number) for number in range(100))]
    kept = kept_events([*opening({}), *turn(1), *long_turn], turns=2, limit=50)
    assert [event.text for event in kept if isinstance(event, UserUttered)] == ["my secret 2"]


def test_an_idle_talk_is_forgotten() -> None:
    store = Store(idle_minutes=60)
    store.save(talk(turn(1)))
    store.clock.now = 3600
    assert store.has("a")
    store.clock.now = 3601
    assert not store.has("a")
    store.save(talk(turn(1), conversation="b"))
    assert list(store.trackers) == ["b"]


def test_when_there_is_no_room_the_longest_untouched_talk_goes() -> None:
    store = Store(conversations=2)
    for conversation in ("a", "b", "a", "c"):
        store.clock.now += 1
        store.save(talk(turn(1), conversation=conversation))
    assert (store.has("a"), store.has("b"), store.has("c")) == (True, False, True)
    assert asyncio.run(store.store.keys()) == ["a", "c"]


def test_an_unknown_talk_is_none_and_a_new_one_is_empty() -> None:
    store = Store()
    assert not store.has("a")
    created = asyncio.run(store.store.get_or_create_tracker("a", append_action_listen=False))
    assert len(created.events) == 0


def test_a_new_model_finds_the_talks_of_the_old_one() -> None:
    before = BoundedTrackerStore(DOMAIN)
    asyncio.run(before.save(talk(turn(1), conversation="model-swap")))
    after = BoundedTrackerStore(DOMAIN)
    assert asyncio.run(after.retrieve("model-swap")) is not None
    asyncio.run(after.save(talk([Restarted()], conversation="model-swap")))


def test_rasa_finds_it_by_its_name_in_endpoints_and_takes_it_for_asynchronous() -> None:
    store = TrackerStore.create(EndpointConfig(type="bot.tracker_store.BoundedTrackerStore", turns=7))
    assert isinstance(store, BoundedTrackerStore)
    assert check_if_tracker_store_async(store)


def test_numpys_numbers_do_not_drive_a_talk_into_rasas_unbounded_store() -> None:
    store = Store()
    tracker = talk(turn(1))
    tracker.latest_message.parse_data["intent"]["confidence"] = np.float32(0.5)
    store.save(tracker)
    assert store.retrieve().latest_message.intent["confidence"] == 0.5


def test_an_event_broker_is_refused() -> None:
    with pytest.raises(RasaException, match="remove event_broker"):
        BoundedTrackerStore(DOMAIN, event_broker=object())


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["hacked", "phished"]),
            st.dictionaries(st.sampled_from(["language", "age"]), st.sampled_from(["fi", None, 3])),
        ),
        max_size=6,
    ),
    turns=st.integers(1, 4),
)
def test_trimming_never_changes_a_slot(steps: list[tuple[str, dict[str, Any]]], turns: int) -> None:
    whole = talk(*(turn(number, intent, slots) for number, (intent, slots) in enumerate(steps)))
    store = Store(turns=turns)
    store.save(whole)
    kept = store.retrieve()
    assert kept.current_slot_values() == whole.current_slot_values()
    assert intents(kept) == intents(whole)[-turns:]
    json.loads(store.trackers["a"][1])


def test_what_was_written_before_a_message_is_not_kept() -> None:
    """Rasa keeps what comes with a message, and puts it into a slot where it begins a session."""
    told = {"state": {"danger": "now"}, "before": "se tuli kotiin"}
    events = [SlotSet("session_started_metadata", told), UserUttered("ovella nyt", metadata=told)]

    stored = stored_form(events)

    assert "kotiin" not in json.dumps(stored)
    assert stored[0]["value"] == stored[1]["metadata"] == {"state": {"danger": "now"}}
