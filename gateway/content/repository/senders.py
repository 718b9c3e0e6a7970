"""Content, senders: who really writes to people, changed in the file with its comments."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from answers.contacts import Status
from answers.limits import LANGUAGES
from answers.senders import FACTS, SENDERS_FILE
from gateway.content.errors import ContentRefused
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile, like, quoted


@dataclass(frozen=True)
class Sourced:
    """How sure something is, where it was seen and how old that is."""

    status: Status
    source: str
    source_date: str


@dataclass(frozen=True)
class SenderChange:
    """What an editor writes of a sender; a fact without words is left as it is, or out."""

    name: Mapping[str, str]
    words: Sequence[str]
    domains: Sequence[str]
    other_domains: Sequence[str]
    of_domains: Sourced
    facts: Mapping[str, tuple[Mapping[str, str], Sourced]]
    checked_on: dt.date | None = None
    checked_by: str | None = None


def change_sender(copy: WorkingCopy, key: str, version: str, change: SenderChange) -> Change:
    """senders.yml with one sender changed, or added. Raises `ContentRefused` for a key that is none."""
    if not key.isidentifier() or key.lower() != key:
        raise ContentRefused("bad_sender", sender=key)
    file = YamlFile(SENDERS_FILE, copy.version(version))
    entry = file.root.setdefault(key, {"name": {}, "words": [], "domains": {}, "checked_on": None, "checked_by": None})
    for language in LANGUAGES:
        entry["name"][language] = like(entry["name"].get(language), change.name[language])
    _set(entry, "words", list(change.words))
    domains = entry["domains"]
    _set(domains, "value", list(change.domains))
    _set_source(domains, change.of_domains)
    if change.other_domains or "other_domains" in entry:
        _set(entry, "other_domains", list(change.other_domains))
    for part in FACTS:
        if part in change.facts:
            _set_fact(entry, part, *change.facts[part])
    if change.checked_on is not None:
        entry["checked_on"], entry["checked_by"] = change.checked_on, change.checked_by
    return Change(SENDERS_FILE, file.text(), version)


def _set(node: Any, name: str, values: list[str]) -> None:
    if list(node.get(name) or []) != values:
        node[name] = [quoted(value) if not value.isalnum() else value for value in values]


def _set_fact(entry: Any, part: str, words: Mapping[str, str], of_fact: Sourced) -> None:
    fact = entry.setdefault(part, {"value": {}})
    for language in LANGUAGES:
        fact["value"][language] = like(fact["value"].get(language), words[language])
    _set_source(fact, of_fact)


def _set_source(node: Any, sourced: Sourced) -> None:
    node["status"] = sourced.status.value
    for name, value in (("source", sourced.source), ("source_date", sourced.source_date)):
        if name not in node or str(node[name] or "") != value:
            node[name] = quoted(value)
