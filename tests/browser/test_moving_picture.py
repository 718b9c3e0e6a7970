"""The moving picture of a talk: the phone in a real browser, written to and answered, as one small file that moves."""

from pathlib import Path

import pytest
from PIL import Image

from tests import moving_picture
from tests.moving_picture import LARGEST, Film, converse
from tests.worlds.simulator_process import PHONE, OpenPage


def test_a_talk_on_the_phone_becomes_a_small_picture_that_moves(open_page: OpenPage, tmp_path: Path) -> None:
    page, film, path = open_page(PHONE), Film(), tmp_path / "talk.gif"
    for words in ("apua", "hei hei"):
        converse(page, film, words)
    film.write(path)

    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) == len(film.frames) >= 4
        assert picture.size == (PHONE["width"], PHONE["height"])
        assert picture.info["loop"] == 0
    assert path.stat().st_size <= LARGEST


def test_a_picture_that_is_too_large_is_refused(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving_picture, "LARGEST", 1000)
    film = Film()
    film.take(open_page(PHONE), 1)

    with pytest.raises(ValueError, match="1000 are allowed"):
        film.write(tmp_path / "talk.gif")
