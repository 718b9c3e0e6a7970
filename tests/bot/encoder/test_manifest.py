"""A built encoder is taken whole and unchanged, or not at all."""

from pathlib import Path

import pytest

from bot.encoder.manifest import (
    FILE_NAMES,
    FORMAT,
    EncoderRefused,
    Manifest,
    publish,
    verified_manifest,
)
from bot.encoder.weights_file import sha256_of


def write(folder: Path, number: int = FORMAT) -> None:
    for name in FILE_NAMES:
        (folder / name).write_text(f"the file {name}", encoding="utf-8")
    files = {name: sha256_of(folder / name) for name in FILE_NAMES}
    Manifest(number, "a wheel", "a hash", "another", {"onnx": "1"}, files).write(folder)


def test_a_folder_as_it_was_built_is_accepted(tmp_path: Path) -> None:
    write(tmp_path)

    assert verified_manifest(tmp_path).weights == "a wheel"


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_changed_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    (tmp_path / name).write_text("another", encoding="utf-8")

    with pytest.raises(EncoderRefused, match=name):
        verified_manifest(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / FILE_NAMES[0]).unlink()

    with pytest.raises(EncoderRefused, match="missing"):
        verified_manifest(tmp_path)


def test_an_older_format_is_refused(tmp_path: Path) -> None:
    write(tmp_path, FORMAT - 1)

    with pytest.raises(EncoderRefused, match="older format"):
        verified_manifest(tmp_path)


def test_a_broken_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")

    with pytest.raises(EncoderRefused, match="cannot be read"):
        verified_manifest(tmp_path)


def test_another_graph_makes_another_encoder(tmp_path: Path) -> None:
    write(tmp_path)
    first = verified_manifest(tmp_path)
    (tmp_path / FILE_NAMES[0]).write_text("another", encoding="utf-8")
    files = {name: sha256_of(tmp_path / name) for name in FILE_NAMES}

    assert Manifest(FORMAT, "a wheel", "a hash", "another", {}, files).identity != first.identity


def test_publishing_replaces_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "encoder" / "folder"
    publish(target, lambda folder: write(folder, FORMAT - 1))
    publish(target, write)

    assert verified_manifest(target).format == FORMAT
    assert [path.name for path in target.parent.iterdir()] == ["folder"]


def test_a_failed_build_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    publish(target, write)

    def fail(folder: Path) -> None:
        (folder / FILE_NAMES[0]).write_text("half", encoding="utf-8")
        raise EncoderRefused("no")

    with pytest.raises(EncoderRefused):
        publish(target, fail)
    assert verified_manifest(target)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
