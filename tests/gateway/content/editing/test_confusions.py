"""What is taken for what: counted from the examination, drawn, and led to the examples."""

import json
from pathlib import Path

from gateway.content.editing.confusions import LEVELS, confusions


def stored(path: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    results = [
        {
            "question": {"label": label, "also": also, "language": language, "text": f"{label} {at}", "kind": "topics"},
            "ranked": [best, "other"],
        }
        for at, (label, also, language, best) in enumerate(rows)
    ]
    results.append({"question": {**results[0]["question"], "kind": "emergencies"}, "ranked": ["nowhere"]})  # type: ignore[dict-item]
    path.write_text(json.dumps(results), "utf-8")
    return path


def test_pairs_are_counted_by_language_and_a_second_label_is_no_confusion(tmp_path: Path) -> None:
    rows = [
        ("parcel", "", "fi", "bank"),
        ("parcel", "", "sv", "bank"),
        ("parcel", "", "fi", "parcel"),
        ("bank", "parcel", "fi", "parcel"),
        ("bank", "", "en", "romance"),
    ]
    path = stored(tmp_path / "results.json", rows)
    found = confusions(path)
    assert found
    assert (found.asked, found.wrong) == (5, 3)
    assert [(each.topic, each.taken_for, len(each.messages), each.asked) for each in found.pairs] == [
        ("parcel", "bank", 2, 3),
        ("bank", "romance", 1, 2),
    ]
    swedish = confusions(path, "sv")
    assert swedish
    assert swedish.pairs[0].messages == (("sv", "parcel 1"),)


def test_the_map_has_the_pairs_and_the_most_confused_is_the_darkest(tmp_path: Path) -> None:
    rows = [("a", "", "fi", "b")] * 10 + [("b", "", "fi", "a")] + [("c", "", "fi", "c")]
    found = confusions(stored(tmp_path / "results.json", rows))
    assert found
    drawn = found.map()
    assert "c" not in drawn.rows + drawn.columns
    assert drawn.cells["a", "b"].level == LEVELS
    assert drawn.cells["b", "a"].level == 1


def test_nobody_examined_is_no_confusion(tmp_path: Path) -> None:
    assert confusions(None) is None
    assert confusions(tmp_path / "none.json") is None
