"""Settings, for people: docs/settings.md, written from the typed class and the reasons in `.env.example`.

`python -m gateway.core.config.reference` writes the page; a test fails while it differs from the class.
"""

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from gateway.core.config.data import DataSettings
from gateway.core.config.meta import MetaSettings
from gateway.core.config.observability import ObservabilitySettings
from gateway.core.config.published import PublishedSettings
from gateway.core.config.samples import SAMPLE, SAMPLE_DATA_KEY
from gateway.core.config.service import ServiceSettings
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.config.staff import StaffSettings

PAGE = PROJECT / "docs" / "settings.md"
EXAMPLE = PROJECT / ".env.example"

_HEADINGS: tuple[tuple[type, str], ...] = (
    (ServiceSettings, "The service"),
    (MetaSettings, "Messenger, Instagram, and how links name us"),
    (StaffSettings, "Staff, identity provider, and the timers of handover"),
    (PublishedSettings, "What is published, on several machines"),
    (ObservabilitySettings, "Traces and errors"),
    (DataSettings, "What is stored, where, and for how long"),
)
_INTRODUCTION = """\
# Settings

<!-- Written by `python -m gateway.core.config.reference`; do not edit. -->

Every setting of the gateway: a variable of the environment, or a line of `.env`, which the environment beats. A secret,
or the address of the database, may stand in a file instead: `NEUVO_DATA_KEY_FILE=/run/secrets/data_key`. In development
nothing has to be set. In production a secret that is a sample, or missing, keeps the service from starting. To begin,
copy `.env.example`.
"""
_KINDS: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true, false", Path: "path"}
_VARIABLE = re.compile(r"#? ?(NEUVO_[A-Z0-9_]+)=")
_BOUNDS = (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than"))


def page() -> str:
    """The whole page, in Markdown."""
    reasons = reasons_of(EXAMPLE.read_text("utf-8"))
    parts = [_INTRODUCTION]
    for owner, heading in _HEADINGS:
        rows = [_row(name, Settings.model_fields[name], reasons) for name in _own_fields(owner)]
        parts.append(
            f"## {heading}\n\n| setting | value | default | what |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
        )
    return "\n".join(parts)


def reasons_of(example: str) -> dict[str, str]:
    """What the comment above each variable of `.env.example` says, by the variable's name."""
    found: dict[str, str] = {}
    said: list[str] = []
    for line in example.splitlines():
        if variable := _VARIABLE.match(line):
            found[variable[1]] = " ".join(said)
        if line.startswith("#   "):
            said.append(f"`{line[1:].strip()}`")
        elif line.startswith("# ") and not variable:
            said.append(line[1:].strip())
        else:
            said = []
    return found


def _own_fields(owner: type) -> Iterator[str]:
    return (name for name in owner.__annotations__ if name in Settings.model_fields)


def _row(name: str, field: FieldInfo, reasons: dict[str, str]) -> str:
    variable = f"NEUVO_{name.upper()}"
    cells = (f"`{variable}`", _value(field), _default(field), reasons[variable])
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _value(field: FieldInfo) -> str:
    """The type and its bounds, in words."""
    kind = field.annotation
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    if get_origin(kind) is Literal:
        return ", ".join(map(str, get_args(kind)))
    words = "secret" if kind is SecretStr else _KINDS[kind]
    for attribute, bound in _BOUNDS:
        limits = [getattr(each, attribute) for each in field.metadata if getattr(each, attribute, None) is not None]
        words += "".join(
            f", {bound} {limit:g}" if isinstance(limit, float) else f", {bound} {limit}" for limit in limits
        )
    return words


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        given = value.get_secret_value()
        return "a sample" if given.startswith(SAMPLE) or given == SAMPLE_DATA_KEY else "empty"
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    said = f"{value:g}" if isinstance(value, float) else str(value)
    return f"`{said}`" if said else "empty"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"Written: {PAGE.relative_to(PROJECT)}")
