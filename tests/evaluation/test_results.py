"""The stored results of a model: the gateway's pages read them, and so does the next comparison."""

import json
from pathlib import Path

from evaluation.comparison import read_results, write_results
from evaluation.dataset import TOPICS, LabelledMessage
from evaluation.predictions import Prediction


def prediction(ranked: tuple[str, ...]) -> Prediction:
    return Prediction(
        message=LabelledMessage("fi", TOPICS, "parcel_sms", "tuli outo viesti paketista"),
        guess=ranked[0],
        confidence=0.9,
        ranked=ranked,
        answered=True,
        language="fi",
        danger=None,
        second=None,
        after_answer=None,
        wanted_after_answer="parcel_sms",
    )


def test_stored_results_come_back_with_the_three_likeliest_topics(tmp_path: Path) -> None:
    path = tmp_path / "model.results.json"
    write_results(path, [prediction(("parcel_sms", "bank_phishing", "time_limit", "doxxing"))])

    assert read_results(path) == [prediction(("parcel_sms", "bank_phishing", "time_limit"))]


def test_the_editors_pages_find_the_message_and_the_ranking(tmp_path: Path) -> None:
    path = tmp_path / "model.results.json"
    write_results(path, [prediction(("parcel_sms",))])
    (stored,) = json.loads(path.read_text("utf-8"))

    assert stored["question"]["kind"] == "topics"
    assert stored["question"]["text"] == "tuli outo viesti paketista"
    assert stored["ranked"] == ["parcel_sms"]
