"""Dialogue, the words: the message templates that the platform must approve before they may go out.

After 24 hours of silence WhatsApp takes nothing from us but a template: words that Meta has seen and approved, with
gaps. Limits and rules are Meta's ("Message templates", "Template components", as of 2026).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import yaml

from answers.problems import Problem
from answers.render import typed_number
from answers.source import Source, Wording

# What Meta says of each language of a template.
APPROVED: Final = "approved"
STATUSES: Final = ("not_submitted", "pending", APPROVED, "rejected", "paused", "disabled")
# A template of another category is billed and judged as advertising, or is for one-time passwords only.
CATEGORY: Final = "utility"

# Meta: the name, the body with its gaps filled, and what one gap may hold.
NAME_LENGTH: Final = 512
BODY: Final = 1024
# Ours: a gap is for a date or a name, never for what somebody said.
VALUE: Final = 60

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_GAP: Final = re.compile(r"\{\{([^{}]*)\}\}")
_NEIGHBOURS: Final = re.compile(r"\}\}\s*\{\{")
# Meta refuses values with line breaks, tabs or more than four spaces in a row.
_BROKEN: Final = re.compile(r"[\n\r\t]| {5,}")
_KEYS: Final = ("name", "category", "status", "parameters", "reviewed_on", "approved_by", "purpose", "body")


@dataclass(frozen=True)
class Template:
    """One template: Meta's name, its words and Meta's status in each language, a sample for each gap in them."""

    name: str
    file: str
    purpose: str
    reviewed_on: date
    approved_by: str
    status: Mapping[str, str]
    samples: Mapping[str, str]
    body: Mapping[str, Wording]

    def gaps(self, language: str) -> tuple[str, ...]:
        """The names of the gaps in the order in which they appear."""
        return tuple(dict.fromkeys(_GAP.findall(self.body[language].text)))

    def filled(self, language: str, values: Mapping[str, str]) -> str:
        """What the citizen sees. Raises `KeyError` when a value is missing."""
        return _GAP.sub(lambda gap: values[gap.group(1)], self.body[language].text)


def value_fault(value: str) -> str | None:
    """Why this may not stand in a gap, or nothing."""
    if not value.strip():
        return "it is empty"
    if len(value) > VALUE:
        return f"it has {len(value)} characters; {VALUE} are allowed"
    return "it has a line break, a tab or more than four spaces in a row" if _BROKEN.search(value) else None


def template_paths(directory: Path) -> list[Path]:
    """The template files of a content folder, in order."""
    return sorted((directory / "templates").glob("*.yml"))


def read_templates(directory: Path) -> tuple[dict[str, Template], list[Problem]]:
    """The templates by name, and what is wrong; a template with a fault is left out."""
    templates: dict[str, Template] = {}
    problems: list[Problem] = []
    for path in template_paths(directory):
        source = Source(path)
        template = _read(source)
        problems += source.problems
        if template is not None and not source.problems:
            templates[template.name] = template
    return templates, sorted(problems)


def _read(source: Source) -> Template | None:
    root = source.document()
    fields = source.fields(root, _KEYS) if root is not None else {}
    if source.problems:
        return None
    template = Template(
        name=_name(source, fields["name"]),
        file=source.path.as_posix(),
        purpose=source.string(fields["purpose"]),
        reviewed_on=_date(source, fields["reviewed_on"]),
        approved_by=source.string(fields["approved_by"]),
        status={language: wording.text for language, wording in source.wordings(fields["status"]).items()},
        samples={name: source.string(node) for name, node in source.entries(fields["parameters"]).items()},
        body=source.wordings(fields["body"]),
    )
    if source.string(fields["category"]) != CATEGORY:
        source.refuse(fields["category"], "The category is not ours to choose.", f"Write {CATEGORY}.")
    if not source.problems:
        _check(source, template, fields)
    return template


def _check(source: Source, template: Template, fields: Mapping[str, yaml.Node]) -> None:
    for language, status in template.status.items():
        if status not in STATUSES:
            source.refuse(
                fields["status"],
                f"The status '{status}' in '{language}' is unknown.",
                f"One of: {', '.join(STATUSES)}.",
            )
    for name, sample in template.samples.items():
        if not _NAME.fullmatch(name):
            source.refuse(fields["parameters"], f"'{name}' cannot be a gap.", "Use small letters a to z, digits and _.")
        if (fault := value_fault(sample)) is not None:
            source.refuse(fields["parameters"], f"The sample of '{name}' cannot be used: {fault}.", "Change it.")
    for language, wording in template.body.items():
        for fault, remedy in _faults(template, language, wording.text):
            source.refuse(wording.line, f"The body in '{language}': {fault}", remedy)


def _faults(template: Template, language: str, text: str) -> list[tuple[str, str]]:
    bare = _GAP.sub("", text)
    gaps = template.gaps(language)
    longest = template.filled(language, dict.fromkeys(gaps, "x" * VALUE))
    found = [
        (set(gaps) != set(template.samples), "its gaps are not those under parameters.", "Use each, and no other."),
        ("{" in bare or "}" in bare, "a brace stands alone.", "A gap looks like {{date}}; contacts cannot stand here."),
        (text.startswith("{{") or text.endswith("}}"), "Meta refuses a gap at either end.", "Put words around it."),
        (bool(_NEIGHBOURS.search(text)), "Meta refuses two gaps side by side.", "Put words between them."),
        (len(longest) > BODY, f"filled it may have {len(longest)} characters; Meta takes {BODY}.", "Shorten it."),
        (len(bare.split()) < 3 * len(gaps), "Meta refuses more gaps than words can carry.", "Add words."),
        (_has_number(bare), "it has a number typed by hand.", "Only 112 may stand here; leave others to the answer."),
    ]
    return [(fault, remedy) for is_so, fault, remedy in found if is_so]


def _has_number(text: str) -> bool:
    # Meta's copy cannot follow contacts.yml, and 112 is the one number that will not change.
    return typed_number(re.sub(r"\b112\b", "", text), {}) is not None


def _name(source: Source, node: yaml.Node) -> str:
    name = source.string(node)
    if not _NAME.fullmatch(name) or len(name) > NAME_LENGTH:
        source.refuse(node, f"'{name}' cannot be a template's name.", "Use small letters a to z, digits and _.")
    elif name != source.path.stem:
        source.refuse(node, f"The file is called {source.path.name} but its template '{name}'.", "Make them the same.")
    return name


def _date(source: Source, node: yaml.Node) -> date:
    try:
        return date.fromisoformat(source.string(node))
    except ValueError:
        source.refuse(node, "This is not a date.", "Write year-month-day, for example 2026-11-24.")
        return date.min
