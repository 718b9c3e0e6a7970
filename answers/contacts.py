"""Dialogue, the words: every phone number, page and hour, with how sure we are of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import yaml

from answers.limits import LANGUAGES
from answers.problems import NotRenderable, worded
from answers.source import Source

PARTS: Final = ("phone", "name", "url", "hours")
FACTS: Final = ("phone", "url", "hours")
_CHECK_THE_SITE: Final = {"fi": "tarkista sivulta", "sv": "kolla på sidan", "en": "check the site"}


class Status(str, Enum):
    """How sure we are: OK is said, OLD is said with "check the site", SEC and UNCONFIRMED are not said."""

    OK = "OK"
    OLD = "OLD"
    SEC = "SEC"
    UNCONFIRMED = "UNCONFIRMED"

    @property
    def renders(self) -> bool:
        """Whether a value with this status may reach a citizen."""
        return self in (Status.OK, Status.OLD)


@dataclass(frozen=True)
class Fact:
    """One value of a contact by language, how sure we are of it, where it was seen and how old that is."""

    value: Mapping[str, str]
    status: Status
    source: str
    source_date: str


@dataclass(frozen=True)
class Contact:
    """Somebody who can be called or looked up; `checked_on` is filled by a person of the force."""

    key: str
    name: Mapping[str, str]
    phone: Fact | None
    url: Fact | None
    hours: Fact | None
    checked_on: str
    checked_by: str
    line: int

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts that the file gives, by their field."""
        fields = {"phone": self.phone, "url": self.url, "hours": self.hours}
        return {name: fact for name, fact in fields.items() if fact is not None}

    @property
    def withheld(self) -> dict[str, Status]:
        """The fields that may not be shown, with their status."""
        return {name: fact.status for name, fact in self.facts.items() if not fact.status.renders}

    def shown(self, part: str, language: str) -> str:
        """What stands for `{key}` (part "") or `{key.part}`. Raises `NotRenderable` when nothing may be shown."""
        if part == "name":
            return self._shown_name(language)
        if part == "hours":
            return self._shown_hours(language)
        if part in ("phone", "url"):
            return self._shown_fact(part, language)
        if self.phone is not None:
            return f"{self.name[language]} {self._shown_fact('phone', language)}"
        if self.url is not None:
            return f"{self.name[language]}, {self._shown_fact('url', language)}"
        raise NotRenderable(
            worded("The contact '%(name)s' has no phone and no page.", name=self.key),
            worded("Write {%(name)s.name} or name another contact.", name=self.key),
        )

    def _shown_name(self, language: str) -> str:
        if self.facts and len(self.withheld) == len(self.facts):
            raise NotRenderable(
                worded(
                    "Nothing about the contact '%(name)s' is confirmed (%(list)s).",
                    name=self.key,
                    list=self._withheld_list(),
                ),
                _CONFIRM_OR_REPLACE,
            )
        return self.name[language]

    def _shown_hours(self, language: str) -> str:
        if self.hours is None:
            raise NotRenderable(
                worded("The contact '%(name)s' has no hours.", name=self.key),
                worded("Leave {%(name)s.hours} out.", name=self.key),
            )
        if self.hours.status is not Status.OK or not self.checked_on:
            raise NotRenderable(
                worded(
                    "The hours of '%(name)s' may not be shown: nobody of the force has checked them.", name=self.key
                ),
                "Let somebody check them and fill checked_on, or leave the hours out.",
            )
        return self.hours.value[language]

    def _shown_fact(self, part: str, language: str) -> str:
        fact = self.facts.get(part)
        if fact is None:
            raise NotRenderable(
                worded("The contact '%(name)s' has no %(part)s.", name=self.key, part=part),
                worded("It has: %(names)s.", names=", ".join(["name", *self.facts])),
            )
        if not fact.status.renders:
            raise NotRenderable(
                worded(
                    "The %(part)s of the contact '%(name)s' is %(status)s and may not be shown.",
                    part=_PART_IN_WORDS[part],
                    name=self.key,
                    status=_STATUS_IN_WORDS[fact.status],
                ),
                _CONFIRM_OR_REPLACE,
            )
        if fact.status is Status.OK:
            return fact.value[language]
        return f"{fact.value[language]} ({self._check_the_site(part, language)})"

    def _check_the_site(self, part: str, language: str) -> str:
        words = _CHECK_THE_SITE[language]
        if part == "phone" and self.url is not None and self.url.status.renders:
            return f"{words} {self.url.value[language]}"
        return words

    def _withheld_list(self) -> str:
        return ", ".join(f"{name} {status.value}" for name, status in self.withheld.items())


_CONFIRM_OR_REPLACE: Final = worded("Confirm it among the contacts, or name another contact.")
# Editors read these on pages, where no code of a file stands.
_PART_IN_WORDS: Final = {"phone": worded("phone"), "url": worded("web page"), "hours": worded("opening hours")}
_STATUS_IN_WORDS: Final = {Status.SEC: worded("second-hand"), Status.UNCONFIRMED: worded("not confirmed")}


def read_contacts(path: Path) -> tuple[dict[str, Contact], Source]:
    """The contacts of the file by key. What is wrong is in the source's `problems`, and that contact is left out."""
    source = Source(path)
    root = source.document()
    contacts: dict[str, Contact] = {}
    for key, node in (source.entries(root) if root is not None else {}).items():
        before = len(source.problems)
        contact = _read_contact(source, key, node)
        if contact is not None and len(source.problems) == before:
            contacts[key] = contact
    return contacts, source


def _read_contact(source: Source, key: str, node: yaml.Node) -> Contact | None:
    fields = source.fields(node, ("name", "checked_on", "checked_by"), FACTS)
    if "name" not in fields:
        return None
    name = {language: wording.text for language, wording in source.wordings(fields["name"]).items()}
    facts = {part: _read_fact(source, fields[part]) for part in FACTS if part in fields}
    return Contact(
        key=key,
        name=name,
        phone=facts.get("phone"),
        url=facts.get("url"),
        hours=facts.get("hours"),
        checked_on=source.string(fields["checked_on"]) if "checked_on" in fields else "",
        checked_by=source.string(fields["checked_by"]) if "checked_by" in fields else "",
        line=int(node.start_mark.line) + 1,
    )


def _read_fact(source: Source, node: yaml.Node) -> Fact | None:
    fields = source.fields(node, ("value", "status", "source", "source_date"))
    if not {"value", "status", "source", "source_date"} <= fields.keys():
        return None
    status = source.string(fields["status"])
    if status not in Status.__members__:
        what = worded("Unknown status '%(name)s'.", name=status)
        source.refuse(fields["status"], what, worded("One of: %(names)s.", names=", ".join(Status.__members__)))
        return None
    value = fields["value"]
    if isinstance(value, yaml.MappingNode):
        by_language = {language: wording.text for language, wording in source.wordings(value).items()}
    else:
        text = source.string(value).strip()
        if not text:
            source.refuse(value, "The value is empty.", "Write it, or delete the whole field.")
        by_language = dict.fromkeys(LANGUAGES, text)
    return Fact(by_language, Status(status), source.string(fields["source"]), source.string(fields["source_date"]))
