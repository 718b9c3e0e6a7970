"""The words, for programs: JSON Schemas of the editors' files, made from the lists by which the files are read.

`python -m answers.schemas` writes docs/schemas/; a test fails while a schema differs from what is read. A schema says
what can be said of one value alone; `python -m answers check` says all, such as lengths with contacts filled in.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from answers import acts, contacts, faq, pieces, templates, topics
from answers.labels import ACTS, CONDITIONS, QUESTIONS, SLOTS
from answers.limits import LANGUAGES, LINE_LENGTHS, REPLY_BUTTON_TITLE, REPLY_BUTTONS
from answers.source import NOTE

FOLDER: Final = Path(__file__).parents[1] / "docs" / "schemas"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_MAY_BE_EMPTY: Final[Schema] = {"type": ["string", "null"]}
_DATE: Final[Schema] = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_NAME: Final[Schema] = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}


def _fields(required: Iterable[str], optional: Iterable[str], known: Mapping[str, Schema]) -> Schema:
    """A mapping with these keys and no other, as `Source.fields` reads it."""
    required = list(required)
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": {name: known[name] for name in (*required, *optional)},
    }


def _each(value: Schema, names: Iterable[str] = ()) -> Schema:
    """A mapping of any names, or of those of a closed list."""
    found: Schema = {"type": "object", "additionalProperties": value}
    if names := list(names):
        found["propertyNames"] = {"enum": names}
    return found


def _wordings(longest: int | None = None, *, complete: bool = True) -> Schema:
    text = _TEXT if longest is None else {**_TEXT, "maxLength": longest}
    required, optional = (LANGUAGES, ()) if complete else ((), LANGUAGES)
    return _fields(required, optional, dict.fromkeys(LANGUAGES, text))


_NOTE: Final[Schema] = _wordings(complete=False)


def _list(item: Schema, at_least: int = 0) -> Schema:
    return {"type": "array", "items": item, **({"minItems": at_least} if at_least else {})}


def _condition() -> Schema:
    values = {name: _list({"enum": list(known)} if known else _TEXT) for name, known in CONDITIONS.items()}
    return {**_fields((), (*values, pieces.TOPIC), {**values, pieces.TOPIC: _list(_NAME)}), "minProperties": 1}


def _known() -> dict[str, Schema]:
    """What means the same in every file."""
    variant = _fields(("when", "answer"), (), {"when": _condition(), "answer": _wordings()})
    ask = _fields(("slot", "text"), (), {"slot": {"enum": list(SLOTS)}, "text": _wordings()})
    return {
        "sources": _list(_TEXT),
        "reviewed_on": _DATE,
        "approved_by": _MAY_BE_EMPTY,
        "title": _wordings(REPLY_BUTTON_TITLE),
        "answer": _wordings(),
        "variants": _list(variant),
        "ask": ask,
        NOTE: _NOTE,
    }


def _topic() -> Schema:
    known = _known()
    piece = _fields(pieces.PIECE_REQUIRED, pieces.PIECE_OPTIONAL, known)
    return _fields(
        topics.REQUIRED,
        topics.OPTIONAL,
        {
            **known,
            "topic": _NAME,
            "escalation": _list({"enum": list(topics.ESCALATIONS)}),
            "buttons": {**_list(_NAME), "maxItems": REPLY_BUTTONS, "uniqueItems": True},
            "in_short": _wordings(),
            "why": _wordings(),
            "follow_ups": _each(_NAME, topics.FOLLOW_UPS),
            "channels": _each(_wordings(complete=False)),
            "values": _each({"type": ["string", "number"]}),
            "questions": _each(piece, QUESTIONS),
            faq.FAQ_KEY: _each(
                _fields(
                    faq.FAQ_REQUIRED,
                    faq.FAQ_OPTIONAL,
                    {**known, faq.ASKED_KEY: _wordings(), faq.WHO_KEY: _list({"enum": list(faq.ROLES)})},
                )
            ),
        },
    )


def _question() -> Schema:
    known = {**_known(), "question": {"enum": list(QUESTIONS)}, "unknown": _wordings()}
    return _fields(pieces.QUESTION_REQUIRED, pieces.QUESTION_OPTIONAL, known)


def _act() -> Schema:
    variant = _fields(("wordings",), ("when",), {"wordings": _list(_wordings(), 1), "when": _condition()})
    return _fields(acts.REQUIRED, acts.OPTIONAL, {**_known(), "act": {"enum": list(ACTS)}, "variants": _list(variant)})


def _contacts() -> Schema:
    fact: dict[str, Schema] = {
        "value": {"anyOf": [_TEXT, _wordings()]},
        "status": {"enum": list(contacts.Status.__members__)},
        "source": _MAY_BE_EMPTY,
        "source_date": _MAY_BE_EMPTY,
    }
    known: dict[str, Schema] = dict.fromkeys(contacts.FACTS, _fields(fact, (), fact))
    known |= {"name": _wordings(), "checked_on": _MAY_BE_EMPTY, "checked_by": _MAY_BE_EMPTY}
    return _each(_fields(("name", "checked_on", "checked_by"), contacts.FACTS, known))


def _lines() -> Schema:
    short = {key: _noted(_wordings(longest)) for key, longest in LINE_LENGTHS.items()}
    return {**_each(_noted(_wordings())), "properties": short}


def _noted(schema: Schema) -> Schema:
    """A line may have the editors' note beside its words."""
    return {**schema, "properties": {**schema["properties"], NOTE: _NOTE}}


def _template() -> Schema:
    status = _fields(LANGUAGES, (), {language: {"enum": list(templates.STATUSES)} for language in LANGUAGES})
    known = {
        "name": {**_NAME, "maxLength": templates.NAME_LENGTH},
        "purpose": _MAY_BE_EMPTY,
        "category": {"const": templates.CATEGORY},
        "status": status,
        "parameters": _each({**_TEXT, "maxLength": templates.VALUE}),
        "reviewed_on": _DATE,
        "approved_by": _MAY_BE_EMPTY,
        "body": _wordings(templates.BODY),
        NOTE: _NOTE,
    }
    return _fields(templates.KEYS, templates.OPTIONAL, known)


# A schema's name, the files of the content folder that it is of, what they hold, and the schema itself.
FORMATS: Final = (
    ("question", "answers/questions/*.yml", "What holds of a question whatever the topic", _question),
    ("act", "answers/acts/*.yml", "What is said to a move in a talk", _act),
    ("topic", "answers/*/*.yml", "What is answered to a topic", _topic),
    ("contacts", "contacts.yml", "Every phone number, page and hour, once", _contacts),
    ("lines", "lines.yml", "The fixed lines of the chat", _lines),
    ("template", "templates/*.yml", "A message that Meta approves before it may go out", _template),
)


def schemas() -> dict[str, Schema]:
    """Every schema by its name."""
    return {
        name: {"$schema": DIALECT, "title": f"data/{files}", "description": f"{what}.", **make()}
        for name, files, what, make in FORMATS
    }


def format_of(path: str) -> str | None:
    """The schema's name for a file of the content folder, given relative to it; None where there is none."""
    return next((name for name, files, _, _ in FORMATS if Path(path).match(files)), None)


def written(schema: Mapping[str, Any]) -> str:
    """The text of its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / f"{name}.schema.json").write_text(written(schema), "utf-8")
    print(f"Written: docs/schemas/, {len(FORMATS)} schemas")
