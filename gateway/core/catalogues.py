"""Beside the road: the catalogues of messages, kept in step with templates and code; and what is wrong with them.

    python -m gateway.core.catalogues extract      find every message, add it to each language, drop what nobody uses
    python -m gateway.core.catalogues check        say what is missing, unused, unfilled or filled wrongly

`make translations` does both. A translator fills `msgstr` in `gateway/locale/<language>/LC_MESSAGES/neuvo.po` with any
editor of .po files; a new English message begins as it stands in the code.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from gateway.core.i18n import DOMAIN, catalogue_path
from gateway.core.locale import LANGUAGES

PROJECT: Final = Path(__file__).parents[2]
# Which arguments of a call are a message, counted from 1; "c" is the context of one.
_TEMPLATES: Final[Mapping[str, Any]] = {
    "_": None,
    "gettext": None,
    "pgettext": ((1, "c"), 2),
    "ngettext": (1, 2),
}
_CODE: Final[Mapping[str, Any]] = {
    "N_": None,
    "NP_": ((1, "c"), 2),
    "NN_": (1, 2),
    "gettext": (2,),
    "pgettext": ((2, "c"), 3),
    "ngettext": (2, 3),
    "translate": (2,),
}
# The editors' desk knows its person's language.
_DESK: Final[Mapping[str, Any]] = {**_CODE, "gettext": (1,), "ngettext": (1, 2)}
# What is wrong, and what to do about it: two messages of one call.
_FINDINGS: Final[tuple[Mapping[str, Any], ...]] = (
    {"worded": (1,), "refuse": (2,), "Problem": (3,), "NotRenderable": (1,)},
    {"refuse": (3,), "Problem": (4,), "NotRenderable": (2,)},
)
_WIDTH: Final = 100
_PLACE: Final = re.compile(r"%\((\w+)\)s|%%|%")


def found_messages() -> Catalog:
    """Every message of the templates and of the code, with the files in which it stands."""
    catalogue = Catalog(domain=DOMAIN, project="Neuvo", fuzzy=False, charset="utf-8")
    for method, path, keywords in _sources():
        for _, message, comments, context in extract_from_file(method, str(path), keywords):
            name = path.relative_to(PROJECT).as_posix()
            catalogue.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalogue


def _sources() -> Iterator[tuple[str, Path, Mapping[str, Any]]]:
    gateway = PROJECT / "gateway"
    for path in sorted((gateway / "templates").rglob("*.*ml")):
        yield "jinja2.ext:babel_extract", path, _TEMPLATES
    for path in sorted(gateway.rglob("*.py")):
        if "migrations" not in path.parts:
            yield "python", path, _DESK if path.is_relative_to(gateway / "content" / "routes") else _CODE
    for path in sorted((PROJECT / "answers").glob("*.py")):
        yield from (("python", path, keywords) for keywords in _FINDINGS)


def read(language: str) -> Catalog:
    """The catalogue of a language as it is on disk; an empty one where there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def _empty(language: str) -> Catalog:
    return Catalog(
        locale=language,
        domain=DOMAIN,
        project="Neuvo",
        version="1",
        msgid_bugs_address="Neuvo",
        last_translator="Neuvo",
        language_team="Neuvo",
        fuzzy=False,
        charset="utf-8",
        header_comment=f"# What Neuvo says ({language}). How to change it: docs/decisions/0018-gettext.md.",
    )


def extract() -> None:
    """Write each catalogue anew: what it has, what the sources have besides, and nothing that they have not."""
    found = found_messages()
    for language in LANGUAGES:
        known = read(language)
        fresh = _empty(language)
        # A file in which no message has changed does not change.
        fresh.creation_date, fresh.revision_date = known.creation_date, known.revision_date
        for message in _listed(found):
            before = known.get(message.id, message.context)
            text = before.string if before is not None else _unfilled(message, language, fresh.num_plurals)
            added = fresh.add(message.id, text, locations=message.locations, context=message.context)
            # Braces are no places here: `{riku.phone}` is what an editor writes.
            added.flags.discard("python-brace-format")
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, fresh, width=_WIDTH, include_lineno=False, omit_header=False, sort_by_file=True)


def _unfilled(message: Message, language: str, forms: int) -> str | tuple[str, ...]:
    """English is what stands in the code; the other languages wait for a translator."""
    if language == "en":
        return message.id if isinstance(message.id, str) else tuple(message.id)
    return "" if isinstance(message.id, str) else ("",) * forms


def problems() -> list[str]:
    """What is wrong with the catalogues, each with its language."""
    found = found_messages()
    return [f"{language}: {problem}" for language in LANGUAGES for problem in _problems(found, read(language))]


def _problems(found: Catalog, catalogue: Catalog) -> Iterator[str]:
    wanted = {_key(message): message for message in _listed(found)}
    known = {_key(message): message for message in _listed(catalogue)}
    yield from (f"nobody uses {key[1]!r}" for key in known if key not in wanted)
    for key, message in wanted.items():
        if key not in known:
            yield f"{key[1]!r} is missing"
            continue
        yield from _problems_of(known[key], catalogue.num_plurals)
        if unclear := [each for each in _forms(message.id) if _places(each) is None]:
            yield f"{unclear[0]!r} has a percent sign that is neither a place nor doubled"


def _problems_of(message: Message, forms: int) -> Iterator[str]:
    name = _key(message)[1]
    texts = _forms(message.string)
    if message.fuzzy:
        yield f"{name!r} is fuzzy: somebody must look at it"
    if not all(texts) or (not isinstance(message.id, str) and len(texts) != forms):
        yield f"{name!r} is not filled"
        return
    # The form for one may leave the number out; nothing else of a message may be lost or made up.
    expected = _places(_forms(message.id)[-1]) or set()
    for text in texts:
        places = _places(text)
        if places is None or places | {"num"} != expected | {"num"}:
            yield f"{name!r} has other places in {text!r}"


def _places(text: str) -> set[str] | None:
    """The names of the values in a text; nothing where a percent sign stands alone."""
    matches = list(_PLACE.finditer(text))
    return None if any(match.group() == "%" for match in matches) else {match[1] for match in matches if match[1]}


def _listed(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _forms(text: str | Iterable[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def _key(message: Message) -> tuple[str | None, str]:
    """As the catalogue tells messages apart."""
    return message.context, _forms(message.id)[0]


def main(arguments: list[str] | None = None) -> int:
    """Run an order; 1 when the catalogues are not in order."""
    parser = argparse.ArgumentParser(prog="python -m gateway.core.catalogues", description=__doc__.splitlines()[0])
    parser.add_argument("order", choices=("extract", "check"))
    if parser.parse_args(arguments).order == "extract":
        extract()
        return 0
    found = problems()
    print("\n".join(found) or "The catalogues are in order.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
