"""Checks of the gateway's side of tests/contracts: what it says to Rasa and what it can read from there."""

import json
from pathlib import Path

import pytest

from gateway.content.manifest import papers_of, seal
from gateway.conversations.dialogue import DialogueAnswer, DialogueRequest

FOLDER = Path(__file__).parents[1] / "contracts"
ANSWERS = sorted(path for path in FOLDER.glob("dialogue_answer_*.json") if "reset" not in path.name)
REQUESTS = sorted(path for path in FOLDER.glob("dialogue_request_*.json") if "reset" not in path.name)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_every_example_answer_is_read_whole(path: Path) -> None:
    example = json.loads(path.read_text("utf-8"))
    answer = DialogueAnswer.model_validate(example)
    dumped = json.loads(answer.model_dump_json())
    del example["understood"]["entities"]  # the gateway has no use for these yet

    assert dumped == example


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_every_example_request_is_one_that_the_gateway_sends(path: Path) -> None:
    example = json.loads(path.read_text("utf-8"))

    assert DialogueRequest.model_validate(example).model_dump(exclude_none=True) == example


def test_the_example_of_a_models_papers_is_one_that_the_gateway_writes_and_accepts(tmp_path: Path) -> None:
    example = json.loads((FOLDER / "model_manifest.json").read_text("utf-8"))
    model = tmp_path / example["papers"]["model"]
    model.write_bytes(example["content"].encode())
    told = {name: value for name, value in example["papers"].items() if name not in ("model", "sha256", "seal")}

    seal(model, example["key"], told)

    assert papers_of(model, example["key"]) == example["papers"]


def test_there_are_examples_of_both_directions() -> None:
    assert len(ANSWERS) >= 3
    assert len(REQUESTS) >= 2
