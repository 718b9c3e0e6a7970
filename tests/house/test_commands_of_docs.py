"""Checks of the commands that pages name: each word of them exists where argparse or make would look for it."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.api import openapi
from gateway.api.kinds import Scope, WebhookEvent
from gateway.cli import parser
from tests.house.test_docs import PAGES, PROJECT

MAKEFILE = (PROJECT / "Makefile").read_text("utf-8")
_CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`]+)`", re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s#]*)#([^)\s]+)\)")


def commands(start: str) -> Iterator[tuple[Path, list[str]]]:
    """The words after `start` of each command that a page has in code, with the page."""
    for page in PAGES:
        for block, inline in _CODE.findall(page.read_text("utf-8")):
            for line in block.splitlines() or [" ".join(inline.split())]:
                code = line.partition("  #")[0].partition(" # ")[0]
                for found in re.finditer(rf"(?:^|[\s/])(?:python )?{start}([^|;&>]*)", code):
                    yield page, words_of(found.group(1))


def words_of(rest: str) -> list[str]:
    """The words of a command, without what stands for something: optional parts, dots, alternatives."""
    plain = re.sub(r"\[[^\]]*\]…?|…|\)", " ", rest)
    try:
        return shlex.split(plain)
    except ValueError:
        return plain.split()


def unknown(top: argparse.ArgumentParser, words: list[str]) -> list[str]:
    """The words that argparse does not know: a command below `top`, an option of it, or one of a closed set."""
    at, wrong, left = top, [], iter(words)
    for word in left:
        if word.startswith("-"):
            name, has_value = word.partition("=")[0], "=" in word
            option = at._option_string_actions.get(name)
            wrong += [word] if option is None else []
            if option is not None and option.nargs != 0 and not has_value:
                next(left, None)
            continue
        below = next((each for each in at._actions if isinstance(each, argparse._SubParsersAction)), None)
        closed = [set(each.choices) for each in at._actions if each.choices and not each.option_strings]
        if below is not None and word in below.choices:
            at = below.choices[word]
        elif closed and len(closed) == len(positionals(at)) and word not in set().union(*closed):
            wrong.append(word)
    return wrong


def positionals(at: argparse.ArgumentParser) -> list[argparse.Action]:
    return [each for each in at._actions if not each.option_strings]


GATEWAY = list(commands(r"-m gateway(?![.\w])"))


def test_pages_name_many_commands() -> None:
    assert len(GATEWAY) >= 30
    assert {"keys", "backup", "api-token", "audit", "content"} <= {words[0] for _, words in GATEWAY if words}


@pytest.mark.parametrize(("page", "words"), GATEWAY)
def test_a_command_of_the_gateway_that_a_page_names_is_one(page: Path, words: list[str]) -> None:
    assert unknown(parser(), words) == []


@pytest.mark.parametrize("words", [["nothing"], ["keys", "turn"], ["backup", "make", "--fast"], ["--noted"]], ids=str)
def test_what_is_no_command_would_be_found(words: list[str]) -> None:
    assert unknown(parser(), words) != []


def test_every_option_of_another_module_that_a_page_names_is_in_its_source() -> None:
    wrong = []
    for page, words in commands(r"-m (?=bot|answers|evaluation|tests|supply|demo|screening)"):
        module, options = (
            words[0].rstrip(".,:"),
            [word.partition("=")[0] for word in words[1:] if word.startswith("--")],
        )
        place = PROJECT / module.replace(".", "/")
        alone = place.with_suffix(".py")  # beside it there may be a folder of what it reads
        files = [alone] if alone.exists() else sorted(place.glob("*.py"))
        source = "".join(path.read_text("utf-8") for path in files)
        wrong += [f"{page.name}: {module} {option}" for option in options if f'"{option}"' not in source]
    assert wrong == []


def test_every_variable_that_a_page_gives_to_make_is_read_by_the_makefile_or_by_what_it_starts() -> None:
    given = {name for _, words in commands(r"make\b") for word in words for name in re.findall(r"^([A-Z_]+)=", word)}
    started = "".join(path.read_text("utf-8") for path in (PROJECT / "supply").glob("*.py"))
    known = set(re.findall(r"\$\(if \$\((\w+)\)", MAKEFILE)) | set(re.findall(r'"(NEUVO_\w+)"', started))

    assert given >= {"ACCEPT", "NEUVO_RELEASE", "NEUVO_RELEASE_KEY"}
    assert given - known - {"NEUVO_THOROUGH"} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_to_a_place_in_a_page_leads_to_one_of_its_headings(page: Path) -> None:
    wrong = []
    for target, anchor in _LINK.findall(page.read_text("utf-8")):
        if target.startswith("http"):
            continue
        there = (page.parent / target) if target else page
        if there.suffix == ".md" and anchor not in set(anchors(there)):
            wrong.append(f"{target}#{anchor}")
    assert wrong == []


def anchors(page: Path) -> Iterator[str]:
    """The anchors of a page's headings, as the forge makes them."""
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"\]\([^)]*\)|[`*\[\]]", "", heading)
        yield re.sub(r"[^\w -]", "", plain.lower()).strip().replace(" ", "-")


def test_the_page_of_the_api_names_its_routes_scopes_and_events_and_no_others() -> None:
    page = (PROJECT / "docs" / "api.md").read_text("utf-8")
    routes = {
        path.partition("?")[0].replace("{id}", "{conversation_id}") for path in re.findall(r"`[A-Z]+ (/api/\S+)`", page)
    }

    assert routes == set(openapi.document()["paths"])
    assert set(re.findall(r"`(\w+:(?:read|write))`", page)) == set(Scope)
    assert set(re.findall(r"`((?:conversation|bulletin)\.\w+)`", page)) == set(WebhookEvent)
