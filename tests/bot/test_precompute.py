"""After the start every text that training encodes has its vector, made at idle priority."""

import os
import subprocess
import sys

import pytest

from answers.library import content_directory
from bot.conversation.component import instances_from
from bot.danger.joined import joined
from bot.danger.labels import DANGER_LINE, LINE_IN_TALK
from bot.faq.component import examples_from
from bot.importer import TopicImporter
from bot.precompute import texts_of


def test_what_training_encodes_is_what_is_made_ahead() -> None:
    data = TopicImporter(training_data_paths=[str(content_directory())]).get_nlu_data()
    ahead = set(texts_of(content_directory()))

    topics = {each.get("text") for each in data.intent_examples if not each.get("text").startswith("/")}
    lines = {each.get(DANGER_LINE)["text"] for each in data.training_examples if each.get(DANGER_LINE)}
    pairs = {
        joined(each["before"], each["text"])
        for each in (example.get(LINE_IN_TALK) for example in data.training_examples)
        if each
    }
    turns = {each.text for each in instances_from(data)}
    wordings = {each.text for each in examples_from(data)}

    assert len(topics) > 1000
    assert len(lines) > 1000
    assert len(wordings) > 1000
    assert not (topics | lines | pairs | turns | wordings) - ahead


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="this system has no idle priority")
def test_it_gives_way_to_everything_else() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import os, bot.precompute as p; p.give_way(); print(os.sched_getscheduler(0))"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(told.stdout) == os.SCHED_IDLE
