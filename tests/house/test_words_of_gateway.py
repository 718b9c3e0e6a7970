"""Checks of the words in gateway/ and simulator/: names that were retired do not come back."""

from pathlib import Path

from tests.house.test_words_of_bot import PROJECT, name_of, names_in, words_of

MODULES = sorted(path for folder in ("gateway", "simulator") for path in (PROJECT / folder).rglob("*.py"))

# Retired word of a name -> what the field says. A word of two parts is one with an underscore.
RETIRED = {
    "stubborn": "poison_records",
    "watermarks": "delivery_status",
    "rereading": "edits",
    "intake": "receive",
    "gathering": "batching",
    "sorting": "process_events",
    "holding": "debounce",
    "noticing": "escalation, feedback_inbox",
    "claiming": "dispatch",
    "pacing": "rate_limit",
    "breaker": "suspension",
    "closed_window": "reengagement",
    "spread_rasa": "rasa_pool",
    "owning": "ownership",
    "speaking": "replies",
    "heed": "record_activity",
    "unsay": "revoke",
    "doomed": "a name of the field",
    "ear": "a name of the field",
    "comforted": "reassured_at",
    "remembering": "notes",
    "disclosing": "disclosure",
    "permits": "signed_links",
    "doorbell": "live_events",
    "bell": "an event that wakes",
    "bells": "events that wake",
    "figures": "analytics",
    "telling": "rounding",
    "throttle_sign": "login_limits",
    "swapping": "model_swap",
    "resolving": "conflict_resolution",
    "postman": "webhooks",
    "postmen": "webhooks",
    "thumb": "gestures",
    "weather": "faults",
    "counter": "graph_api",
    "traits": "capabilities",
    "lonely": "orphaned",
    "stand_in": "simulator",
}
# Python's own, and what people read in an address.
ALLOWED = {"figures": "the addresses /figures and /console/figures", "counter": "collections.Counter"}


def retired_in(path: Path) -> set[str]:
    names = {name for name in names_in(path.read_text("utf-8")) if name != "Counter"}
    found = {word for name in names for word in words_of(name) & RETIRED.keys()}
    return found - ALLOWED.keys()


def test_no_name_of_the_gateway_or_the_simulator_is_a_retired_word() -> None:
    found = {name_of(path): sorted(words) for path in MODULES if (words := retired_in(path))}

    assert found == {}
