"""Checks of the schemas of the editors' files: they are what is read, and our files keep them."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from answers.schemas import FOLDER, FORMATS, format_of, schemas, written
from answers.topics import read_answer

PROJECT = Path(__file__).parents[3]
DATA = PROJECT / "data"
FILES = [path.relative_to(DATA).as_posix() for path in sorted(DATA.rglob("*.yml"))]
WITH_SCHEMA = [name for name in FILES if format_of(name)]
TOPIC = "answers/scams/bank_phishing.yml"


class Loader(yaml.CSafeLoader):
    """As YAML 1.2 reads, and editors' programs with it: a date is a text, and so are yes and no."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if not tag.endswith(("timestamp", "bool"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def read(name: str) -> Any:
    return yaml.load((DATA / name).read_text("utf-8"), Loader)


def wrong(name: str, document: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schemas()[format_of(name) or ""])
    return [error.message for error in validator.iter_errors(document)]


def test_the_schemas_that_are_committed_are_those_of_the_readers() -> None:
    there = {path.name.partition(".")[0]: path.read_text("utf-8") for path in FOLDER.glob("*.schema.json")}

    assert there == {name: written(schema) for name, schema in schemas().items()}, "Run `python -m answers.schemas`."
    for schema in schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", WITH_SCHEMA)
def test_a_file_of_ours_keeps_its_schema(name: str) -> None:
    assert wrong(name, read(name)) == []


def test_every_format_has_files_of_ours() -> None:
    assert {format_of(name) for name in WITH_SCHEMA} == {name for name, *_ in FORMATS}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("topic", "Bank Phishing"),
        ("escalation", ["alarm"]),
        ("reviewed_on", "soon"),
        ("title", {"fi": "Pankkihuijaus", "sv": "Bankbedrägeri"}),
        ("title", {"fi": "P" * 21, "sv": "Bankbedrägeri", "en": "Bank scam"}),
        ("buttons", ["one", "two", "three", "four"]),
        ("follow_ups", {"some_day": "bank_phishing"}),
        ("questions", {"how_high_is_the_moon": {}}),
        ("extra", "what nobody reads"),
        ("answer", None),
    ],
)
def test_what_the_reader_refuses_in_a_topic_the_schema_refuses_too(key: str, value: Any, tmp_path: Path) -> None:
    document = copy.deepcopy(read(TOPIC))
    document[key] = value
    path = tmp_path / "bank_phishing.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")

    assert wrong(TOPIC, document) != []
    assert read_answer(path)[1].problems


@pytest.mark.parametrize("name", ["topic", "sources", "title", "buttons"])
def test_a_topic_without_a_key_that_is_needed_is_refused(name: str) -> None:
    document = read(TOPIC)
    del document[name]

    assert wrong(TOPIC, document) == [f"'{name}' is a required property"]


def test_the_page_of_formats_maps_each_schema_to_files_that_it_is_of() -> None:
    block = re.search(r"```json\n(.*?)```", (FOLDER / "README.md").read_text("utf-8"), re.DOTALL)
    assert block
    mapped = json.loads(block[1])["yaml.schemas"]
    found = {
        path.relative_to(DATA).as_posix(): schema
        for schema, given in mapped.items()
        for pattern in ([given] if isinstance(given, str) else given)
        for path in PROJECT.glob(pattern)
    }

    assert found == {name: f"docs/schemas/{format_of(name)}.schema.json" for name in WITH_SCHEMA}
