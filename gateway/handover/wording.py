"""Handover: deliveries, failures and events in an officer's words, in fi, sv and en."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from gateway.conversations.models import OutboxItem

_WORDS: dict[str, dict[str, dict[str, str]]] = yaml.safe_load((Path(__file__).parent / "words.yml").read_text("utf-8"))
_RANKS = {2: "delivered", 3: "read", 4: "read"}


def word(group: str, key: str, language: str) -> str:
    """A word of `words.yml`; the key itself where nobody has written one."""
    found = _WORDS[group].get(key)
    return found[language] if found else key


def delivery_words(item: OutboxItem, language: str) -> str:
    """What became of a reply, as a tick says it, or as a sentence where it failed or waits."""
    if item.state == "failed":
        known = item.error_class in _WORDS["failure"]
        return word("failure", item.error_class if known and item.error_class else "other", language)
    if item.state == "sent":
        return word("delivery", _RANKS.get(item.delivery_rank, "sent"), language)
    if item.state in ("queued", "unknown"):
        return word("delivery", item.waits_for or ("status" if item.state == "unknown" else "queued"), language)
    return word("delivery", item.state, language)


def event_words(kind: str, details: Mapping[str, Any], language: str) -> str:
    """What happened in a conversation, as a sentence with the names in it."""
    reason = details.get("reason") or details.get("why") or ""
    values = {key: value for key, value in details.items() if value is not None}
    values["reason"] = word("reason", reason, language) if reason else ""
    return word("event", kind, language).format_map(defaultdict(str, values)).strip()
