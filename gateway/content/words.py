"""Editors' workshop: the sentences that it says, in fi, sv and en, from words.yml and findings.yml."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent
_PART = re.compile(r"(\{\{|\}\}|\{[a-z_]+\})")


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    sentences: dict[str, dict[str, str]] = _read("words.yml")
    return sentences


def say(key: str, language: str, /, **parameters: object) -> str:
    """The sentence of a key, filled. Raises KeyError for an unknown key, language or a missing parameter.

    A `part` of the bot is named in words where `part_<its name>` has some, and by its name where nobody wrote them.
    """
    if "part" in parameters:
        part = parameters["part"]
        parameters["part"] = _sentences().get(f"part_{part}", {}).get(language, part)
    return _sentences()[key][language].format(**parameters)


def keys() -> frozenset[str]:
    """Every key that can be said."""
    return frozenset(_sentences())


def translated(english: str, language: str) -> str:
    """A finding of the `answers` package, which speaks English, in another language; as it is where no one wrote it.

    The finding's parts that vary (a number, a name) are taken over from the English sentence.
    """
    if language == "en":
        return english
    for pattern, sentences in _findings():
        match = pattern.fullmatch(english)
        if match:
            return sentences[language].format(**match.groupdict())
    return english


@cache
def _findings() -> list[tuple[re.Pattern[str], Mapping[str, str]]]:
    return [(_pattern(each["en"]), each) for each in _read("findings.yml")]


def _pattern(template: str) -> re.Pattern[str]:
    """A template with {names} as an expression that finds them; two braces are one."""
    written = [
        re.escape(part[0]) if part in ("{{", "}}") else f"(?P<{part[1:-1]}>.+?)" if part[:1] == "{" else re.escape(part)
        for part in _PART.split(template)
        if part
    ]
    return re.compile("".join(written), re.DOTALL)


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / name).read_text("utf-8"))
