"""Bare `rasa test` tests our stories and not those that Rasa ships."""

from pathlib import Path

import rasa.shared.data

import bot
from bot.story_search import visible_data_files


def test_hidden_folders_are_left_out_and_everything_else_is_found(tmp_path: Path) -> None:
    for name in ("tests/dialogue/test_a.yml", "data/nlu/b.yml", ".venv/rasa/tests/test_stories.yml", "tests/c.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    found = visible_data_files(str(tmp_path), lambda path: "nlu" not in path)
    assert found == {str(tmp_path / "tests/dialogue/test_a.yml")}


def test_rasa_searches_this_way_once_our_parts_are_loaded() -> None:
    assert bot.__doc__
    assert rasa.shared.data._find_data_files_in_directory is visible_data_files
