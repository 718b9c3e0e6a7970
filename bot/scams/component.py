"""Station suspicious messages: a message that the gateway's check concerns is answered by what the check says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.classifier.component import COMMAND_MARK, RANKING_LENGTH
from bot.conversation.everyday import THING
from bot.conversation.interpretation import INTERPRETATION
from bot.conversation.state import STATE
from bot.danger.component import DANGER
from bot.danger.decision import POSSIBLE
from bot.names import BANK_FIRST, OFFICER, OUT_OF_SCOPE, SCAM_CHECK, SECOND_TOPIC, UNCLEAR, UNSURE

# Who tells that the money or the codes are gone needs the bank, not an opinion on the message.
_ALREADY_HAPPENED: Final = frozenset({"already_paid", "already_gave_codes", "not_paid_yet"})
# What a pasted message tells of people and banks, its writer tells: "your Nordea account" is no bank of the citizen's.
_OF_THE_WRITER: Final = frozenset(
    STATE + slot for slot in ("role", "age", "whose_age", "platform", "bank", "done", "watched")
)
_DONE: Final = frozenset({"paid", "codes_given"})
# What a scam told in the citizen's own words is answered by its topic; the check has a say where there is none.
_NO_MATTER: Final = frozenset({UNSURE, OUT_OF_SCOPE, UNCLEAR})
# Matters in which a message that nothing speaks against is judged all the same: "it cannot be told from here".
_OF_SCAMS: Final = frozenset(
    {
        "bank_phishing", "data_leak", "fake_profile", "family_impersonation", "identity_theft", "investment_crypto",
        "job_or_rental_scam", "marketplace_seller", "money_mule", "online_purchase_fraud", "parcel_sms",
        "payment_app_fraud", "police_impersonation", "romance_scam", "scam_first_steps", "subscription_trap",
        "tech_support_scam",
    }
)  # fmt: skip
# Reasons that point at an address, a number or an account; words alone give away the others.
_OF_PARTS: Final = frozenset(
    {
        "bait_in_link", "foreign_account", "foreign_number", "free_site", "hidden_address", "ip_address", "listed",
        "look_alike", "near_miss", "port", "premium_number", "sender_elsewhere", "sender_in_link", "shortener",
        "unusual_ending", "wrong_account",
    }
)  # fmt: skip
# In a talk, a message without any of these is pasted where it has so many words.
_PASTED_WORDS: Final = 20


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class SuspiciousMessages(GraphComponent):  # type: ignore[misc]
    """Sets the intent `scam_check` and the entity of that name, and makes the talk one about a bank scam.

    Not where danger is urgent, an officer is asked for, or the citizen has paid or given codes: those come first. What
    was told in own words is changed only where the classifier knows no topic, and nothing is dangerous.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SuspiciousMessages:
        """Untrained."""
        return cls()

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Change each message that came with a check."""
        for message in messages:
            parts = (message.get("metadata") or {}).get(SCAM_CHECK)
            text = message.get("text") or ""
            if parts and not text.startswith(COMMAND_MARK) and not _something_else_first(message, parts):
                _mark(message, parts, len(text))
        return messages


def _something_else_first(message: Message, parts: dict[str, Any]) -> bool:
    dangers = [each for each in message.get("entities") or [] if each["entity"] == DANGER]
    intent = (message.get("intent") or {}).get("name")
    if any(each.get("level") != POSSIBLE for each in dangers) or intent == OFFICER:
        return True
    found = message.get(INTERPRETATION) or {}
    if (parts.get("told") and _is_bare(parts)) or any(slot == THING for slot, *_ in found.get("told") or []):
        return True
    if _is_bare(parts) and ((bool(found) and not found["is_first"]) or intent not in _NO_MATTER | _OF_SCAMS):
        return True
    if _is_of_the_talk(message, found, parts) or (parts.get("told") and (dangers or intent not in _NO_MATTER)):
        return True
    told = {value for slot, value, *_ in found.get("told") or [] if slot == "done"}
    return bool(told & _DONE or _ALREADY_HAPPENED & set(found.get("questions") or []))


def _is_bare(parts: Mapping[str, Any]) -> bool:
    """Whether nothing was found at all: "i was beaten up, who should i call" asks about no message."""
    return not (parts.get("domains") or parts.get("sender") or parts.get("reasons"))


def _is_of_the_talk(message: Message, found: Mapping[str, Any], parts: Mapping[str, Any]) -> bool:
    """Whether it goes on in a talk in the citizen's own words: "will I get my money back", "where do I send my video".

    Many words are pasted where the talk is of a scam, and the citizen's own where it is of a fight.
    """
    has_more = parts.get("domains") or parts.get("sender")
    has_more = has_more or any(each["kind"] in _OF_PARTS for each in parts.get("reasons") or [])
    is_short = len((message.get("text") or "").split()) < _PASTED_WORDS
    is_own = is_short or found.get("topic") not in _OF_SCAMS
    return bool(found) and not found["is_first"] and is_own and not has_more


def _mark(message: Message, parts: dict[str, Any], length: int) -> None:
    span = {"start": 0, "end": length, "extractor": SuspiciousMessages.__name__}
    changed = {STATE + "topic": BANK_FIRST, SCAM_CHECK: parts}
    # One answer: what else the words may be about is part of the pasted message.
    replaced = {*changed, SECOND_TOPIC, *(() if parts.get("told") else _OF_THE_WRITER)}
    kept = [each for each in message.get("entities") or [] if each["entity"] not in replaced]
    added = [{"entity": name, "value": value, **span} for name, value in changed.items()]
    message.set("entities", [*kept, *added], add_to_output=True)
    first = {"name": SCAM_CHECK, "confidence": 1.0}
    others = [each for each in message.get("intent_ranking") or [] if each["name"] != SCAM_CHECK]
    message.set("intent", first, add_to_output=True)
    message.set("intent_ranking", [first, *others][:RANKING_LENGTH], add_to_output=True)
