"""A file's mistakes are told together: whoever mends one is not sent back for the next."""

from pathlib import Path

from tests.worlds.content_folder import ContentFolder


def test_a_long_title_a_typed_number_and_a_link_of_one_file_are_told_in_one_check(tmp_path: Path) -> None:
    folder = ContentFolder(tmp_path)
    folder.change(folder.hacked, "  sv: hacked sv", "  sv: en alldeles för lång titel")
    folder.change(folder.hacked, "Soita heti.", "Soita 09.123.4567 tai katso apua.example.fi")

    told = " ".join(what for _, what in folder.refusals(folder.hacked))
    assert "characters" in told or "20" in told
    assert "09.123.4567" in told
    assert "apua.example.fi" in told
