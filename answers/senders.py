"""Dialogue, the words: who really writes to people, from which addresses, and what they never ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from answers.contacts import Status
from answers.limits import LANGUAGES
from answers.problems import worded
from answers.source import Source

SENDERS_FILE: Final = "senders.yml"
FACTS: Final = ("writes", "never")
"""How a sender writes, and what it never asks for: a sentence in each language."""
_OF_FACT: Final = ("value", "status", "source", "source_date")


@dataclass(frozen=True)
class SenderFact:
    """A sentence by language, how sure we are of it, where it was seen and how old that is."""

    value: Mapping[str, str]
    status: Status
    source: str
    source_date: str


@dataclass(frozen=True)
class Sender:
    """Somebody whose name scams borrow. `words`, in small letters, are how messages name it; `*` ends a stem.

    `domains` are its registered domains. While their status does not allow it, they are told to nobody. Of
    `other_domains` nobody has a source: they are never told, and only keep a genuine message from being suspected.
    """

    key: str
    name: Mapping[str, str]
    words: tuple[str, ...]
    domains: tuple[str, ...]
    other_domains: tuple[str, ...]
    status: Status
    source: str
    source_date: str
    facts: Mapping[str, SenderFact]
    checked_on: str
    checked_by: str
    line: int

    @property
    def all_domains(self) -> tuple[str, ...]:
        """The domains from which this sender may write, told or not."""
        return self.domains + self.other_domains

    @property
    def true_domains(self) -> tuple[str, ...]:
        """The domains that may be told to a citizen as the sender's own."""
        return self.domains if self.status.renders else ()

    def said(self, fact: str, language: str) -> str:
        """A sentence about the sender that may be told, or ""."""
        found = self.facts.get(fact)
        return found.value[language] if found is not None and found.status.renders else ""

    @property
    def withheld(self) -> tuple[str, ...]:
        """The statuses of what is not told."""
        statuses = [self.status, *(fact.status for fact in self.facts.values())]
        return tuple(sorted({status.value for status in statuses if not status.renders}))


def read_senders(path: Path) -> tuple[dict[str, Sender], Source]:
    """The senders of the file by key. What is wrong is in the source's `problems`, and that sender is left out."""
    source = Source(path)
    root = source.document()
    senders: dict[str, Sender] = {}
    for key, node in (source.entries(root) if root is not None else {}).items():
        before = len(source.problems)
        sender = _read_sender(source, key, node)
        if sender is not None and len(source.problems) == before:
            senders[key] = sender
    return senders, source


def _read_sender(source: Source, key: str, node: yaml.Node) -> Sender | None:
    fields = source.fields(node, ("name", "words", "domains", "checked_on", "checked_by"), ("other_domains", *FACTS))
    if not {"name", "words", "domains"} <= fields.keys():
        return None
    name = {language: wording.text for language, wording in source.wordings(fields["name"]).items()}
    domains = source.fields(fields["domains"], _OF_FACT)
    if len(domains) < len(_OF_FACT):
        return None
    status = _status(source, domains["status"])
    facts: dict[str, SenderFact] = {}
    for part in FACTS:
        if part in fields and (fact := _read_fact(source, fields[part])) is not None:
            facts[part] = fact
    sender = Sender(
        key=key,
        name=name,
        words=tuple(_word(source, word, at) for word, at in source.items(fields["words"])),
        domains=tuple(_domain(source, domain, at) for domain, at in source.items(domains["value"])),
        other_domains=tuple(_domain(source, domain, at) for domain, at in source.items(fields["other_domains"]))
        if "other_domains" in fields
        else (),
        status=status,
        source=source.string(domains["source"]),
        source_date=source.string(domains["source_date"]),
        facts=facts,
        checked_on=source.string(fields["checked_on"]) if "checked_on" in fields else "",
        checked_by=source.string(fields["checked_by"]) if "checked_by" in fields else "",
        line=int(node.start_mark.line) + 1,
    )
    _check_source(source, domains["source"], status)
    return sender


def _read_fact(source: Source, node: yaml.Node) -> SenderFact | None:
    fields = source.fields(node, _OF_FACT)
    if len(fields) < len(_OF_FACT):
        return None
    value = {language: wording.text for language, wording in source.wordings(fields["value"]).items()}
    status = _status(source, fields["status"])
    _check_source(source, fields["source"], status)
    if set(value) != set(LANGUAGES):
        return None
    return SenderFact(value, status, source.string(fields["source"]), source.string(fields["source_date"]))


def _status(source: Source, node: yaml.Node) -> Status:
    written = source.string(node)
    if written in Status.__members__:
        return Status(written)
    what = worded("Unknown status '%(name)s'.", name=written)
    source.refuse(node, what, worded("One of: %(names)s.", names=", ".join(Status.__members__)))
    return Status.UNCONFIRMED


def _check_source(source: Source, node: yaml.Node, status: Status) -> None:
    if status.renders and not source.string(node).strip():
        source.refuse(node, "What is told to citizens needs a source.", "Write where it was seen, or set UNCONFIRMED.")


def _word(source: Source, word: str, at: yaml.Node) -> str:
    plain = word.strip().lower()
    if len(plain.rstrip("*")) < 2:
        source.refuse(at, worded("'%(name)s' is too short for a name.", name=word), "Write at least two letters.")
    return plain


def _domain(source: Source, domain: str, at: yaml.Node) -> str:
    plain = domain.strip().lower()
    if "/" in plain or ":" in plain or "." not in plain.strip(".") or " " in plain:
        source.refuse(
            at, worded("'%(name)s' is no domain.", name=domain), "Write it without https:// and path, such as posti.fi."
        )
    return plain
