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

from answers.problems import Problem, worded
from answers.render import typed_number
from answers.source import NOTE, Source, Wording

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
KEYS: Final = ("name", "category", "status", "parameters", "reviewed_on", "approved_by", "purpose", "body")
OPTIONAL: Final = (NOTE,)


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
        return worded("it is empty")
    if len(value) > VALUE:
        return worded("it has %(count)s characters; %(limit)s are allowed", count=len(value), limit=VALUE)
    if _BROKEN.search(value):
        return worded("it has a line break, a tab or more than four spaces in a row")
    return None


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
    fields = source.fields(root, KEYS, OPTIONAL) if root is not None else {}
    if source.problems:
        return None
    source.note(fields.get(NOTE))
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
        source.refuse(
            fields["category"], "The category is not ours to choose.", worded("Write %(category)s.", category=CATEGORY)
        )
    if not source.problems:
        _check(source, template, fields)
    return template


def _check(source: Source, template: Template, fields: Mapping[str, yaml.Node]) -> None:
    for language, status in template.status.items():
        if status not in STATUSES:
            source.refuse(
                fields["status"],
                worded("The status '%(status)s' in '%(language)s' is unknown.", status=status, language=language),
                worded("One of: %(names)s.", names=", ".join(STATUSES)),
            )
    for name, sample in template.samples.items():
        if not _NAME.fullmatch(name):
            what = worded("'%(name)s' cannot be a gap.", name=name)
            source.refuse(fields["parameters"], what, "Use small letters a to z, digits and _.")
        if (fault := value_fault(sample)) is not None:
            what = worded("The sample of '%(name)s' cannot be used: %(fault)s.", name=name, fault=fault)
            source.refuse(fields["parameters"], what, "Change it.")
    for language, wording in template.body.items():
        for fault, remedy in _faults(template, language, wording.text):
            source.refuse(
                wording.line, worded("The body in '%(language)s': %(fault)s", language=language, fault=fault), remedy
            )


# What may be wrong with a body, and what to do about it.
_FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "gaps": (worded("its gaps are not those under parameters."), worded("Use each, and no other.")),
    "brace": (worded("a brace stands alone."), worded("A gap looks like {{date}}; contacts cannot stand here.")),
    "ends": (worded("Meta refuses a gap at either end."), worded("Put words around it.")),
    "neighbours": (worded("Meta refuses two gaps side by side."), worded("Put words between them.")),
    "few_words": (worded("Meta refuses more gaps than words can carry."), worded("Add words.")),
    "number": (
        worded("it has a number typed by hand."),
        worded("Only 112 may stand here; leave others to the answer."),
    ),
}


def _faults(template: Template, language: str, text: str) -> list[tuple[str, str]]:
    bare = _GAP.sub("", text)
    gaps = template.gaps(language)
    is_so = {
        "gaps": set(gaps) != set(template.samples),
        "brace": "{" in bare or "}" in bare,
        "ends": text.startswith("{{") or text.endswith("}}"),
        "neighbours": bool(_NEIGHBOURS.search(text)),
        "few_words": len(bare.split()) < 3 * len(gaps),
        "number": _has_number(bare),
    }
    found = [_FAULTS[name] for name, wrong in is_so.items() if wrong]
    longest = len(template.filled(language, dict.fromkeys(gaps, "x" * VALUE)))
    if longest > BODY:
        too_long = worded("filled it may have %(count)s characters; Meta takes %(limit)s.", count=longest, limit=BODY)
        found.append((too_long, worded("Shorten it.")))
    return found


def _has_number(text: str) -> bool:
    # Meta's copy cannot follow contacts.yml, and 112 is the one number that will not change.
    return typed_number(re.sub(r"\b112\b", "", text), {}) is not None


def _name(source: Source, node: yaml.Node) -> str:
    name = source.string(node)
    if not _NAME.fullmatch(name) or len(name) > NAME_LENGTH:
        what = worded("'%(name)s' cannot be a template's name.", name=name)
        source.refuse(node, what, "Use small letters a to z, digits and _.")
    elif name != source.path.stem:
        what = worded("The file is called %(file)s but its template '%(name)s'.", file=source.path.name, name=name)
        source.refuse(node, what, "Make them the same.")
    return name


def _date(source: Source, node: yaml.Node) -> date:
    try:
        return date.fromisoformat(source.string(node))
    except ValueError:
        source.refuse(node, "This is not a date.", "Write year-month-day, for example 2026-11-24.")
        return date.min
