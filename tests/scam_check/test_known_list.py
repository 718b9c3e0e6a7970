"""The list of known scams: followed while it changes, of use with mistakes in it, and empty by default."""

from pathlib import Path

from scam_check.known_list import LOOK_EVERY, KnownList


def test_without_a_file_nothing_is_listed() -> None:
    assert KnownList(None).known.domains == frozenset()


def test_domains_and_numbers_are_read_and_followed_and_mistakes_are_told(tmp_path: Path) -> None:
    told: list[str] = []
    now = [0.0]
    path = tmp_path / "list.txt"
    path.write_text("# known\nEvil.example.com\n040 123 4567\nhttps://bad.top/x\n???\n", "utf-8")
    scams = KnownList(path, told.append, lambda: now[0])

    assert scams.known.domains == {"evil.example.com", "bad.top"}
    assert scams.known.numbers == {"+358401234567"}
    assert len(told) == 1

    path.write_text("worse.top\n", "utf-8")
    now[0] += LOOK_EVERY
    assert scams.known.domains == {"worse.top"}

    path.unlink()
    now[0] += LOOK_EVERY
    assert scams.known.domains == {"worse.top"}
    assert len(told) == 2
    now[0] += LOOK_EVERY
    assert scams.known.domains == {"worse.top"}
    assert len(told) == 2
