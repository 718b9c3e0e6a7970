"""Checks of the gateway's side of tests/contracts: what it says to Rasa and what it can read from there."""

import json
from pathlib import Path

import pytest

from gateway.content.publishing.manifest import read_manifest, write_manifest
from gateway.core.config.settings import PROJECT
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest, Vectors

FOLDER = PROJECT / "tests" / "contracts"
ANSWERS = sorted(path for path in FOLDER.glob("dialogue_answer_*.json") if "reset" not in path.name)
REQUESTS = sorted(path for path in FOLDER.glob("dialogue_request_*.json") if path.stem != "dialogue_request_reset")


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_every_example_answer_is_read_whole(path: Path) -> None:
    example = json.loads(path.read_text("utf-8"))
    answer = DialogueAnswer.model_validate(example)
    dumped = json.loads(answer.model_dump_json())
    example["understood"].pop("entities", None)  # the gateway has no use for them yet
    for slot in example["understood"]["state"].values():
        slot.setdefault("start", None)
        slot.pop("end", None)
    for reply in example["replies"]:
        reply.pop("said", None)

    assert dumped == example


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_every_example_request_is_one_that_the_gateway_sends(path: Path) -> None:
    example = json.loads(path.read_text("utf-8"))

    assert DialogueRequest.model_validate(example).model_dump(exclude_none=True) == example


def test_the_example_of_vectors_is_read_whole() -> None:
    example = json.loads((FOLDER / "embed_answer.json").read_text("utf-8"))

    assert Vectors.model_validate(example).model_dump() == example


def test_the_example_of_a_models_papers_is_one_that_the_gateway_writes_and_accepts(tmp_path: Path) -> None:
    example = json.loads((FOLDER / "model_manifest.json").read_text("utf-8"))
    model = tmp_path / example["papers"]["model"]
    model.write_bytes(example["content"].encode())
    told = {name: value for name, value in example["papers"].items() if name not in ("model", "sha256", "seal")}

    write_manifest(model, example["key"], told)

    assert read_manifest(model, example["key"]) == example["papers"]


def test_there_are_examples_of_both_directions() -> None:
    assert len(ANSWERS) >= 3
    assert len(REQUESTS) >= 2
