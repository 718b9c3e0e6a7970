"""Release artefacts: what a release is made from, its manifest, and the signature without which nothing is taken.

A release is a folder: the trained model, the sentence vectors of the examples, `manifest.json` with the SHA-256 of both
and of what they were made from, and `manifest.json.sig`, an Ed25519 signature of the manifest's bytes.
"""

import base64
import binascii
import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from answers.content import answer_paths
from answers.faq import asked_lines

PROJECT: Final = Path(__file__).resolve().parents[1]
KEYS: Final = PROJECT / "supply" / "release-keys.txt"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.json.sig"
MODEL: Final = "neuvo.tar.gz"
FORMAT: Final = 1
_FOLDERS: Final = ("data/nlu", "data/stories", "data/talks", "bot", "screening")
# As `TRAINED_FROM` of the Makefile; a test compares them.
_TRAINED_FROM: Final = (
    *(f"{folder}/**/*.{end}" for folder in _FOLDERS for end in ("yml", "txt")),
    "bot/**/*.py",
    "screening/**/*.py",
    "answers/danger_lines.py",
    "answers/examples.py",
    "answers/faq.py",
    "answers/labels.py",
    "answers/talks.py",
    "config.yml",
    "domain.yml",
)
_UNTRAINED: Final = frozenset({"bot/progress.py"})
# Of which vectors are made: another encoder makes others.
_ENCODER: Final = ("bot/encoder/adapter.json", "bot/encoder/adapter.npz", "requirements/encoder.txt")
# A model holds objects of these versions' libraries.
_LIBRARIES: Final = ("requirements/rasa.txt",)


class ReleaseRefused(Exception):
    """The release is not taken; the text says why."""


class ReleaseLacksFile(ReleaseRefused):
    """A file of the manifest is not there."""


@dataclass(frozen=True)
class Artefact:
    """One file of a release."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a release holds and what it was made from; `machine` is the processor it was made on."""

    version: str
    machine: str
    trained_from: str
    encoder: str
    model: Artefact
    vectors: Artefact

    def written(self) -> bytes:
        """The bytes that are signed."""
        content = {"format": FORMAT, **self.__dict__, "model": self.model.__dict__, "vectors": self.vectors.__dict__}
        return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def read_manifest(content: bytes) -> Manifest:
    """The manifest of signed bytes; raises `ReleaseRefused` for another format, or names that lead elsewhere."""
    try:
        read: Mapping[str, Any] = json.loads(content)
        if read["format"] != FORMAT:
            raise ReleaseRefused(f"it has format {read['format']}, and this version reads format {FORMAT}")
        model, vectors = Artefact(**read["model"]), Artefact(**read["vectors"])
        plain = {name: str(read[name]) for name in ("version", "machine", "trained_from", "encoder")}
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseRefused("its manifest cannot be read") from error
    if model.name != MODEL or Path(vectors.name).name != vectors.name or not vectors.name.endswith(".npz"):
        raise ReleaseRefused("its manifest names files that a release does not have")
    return Manifest(**plain, model=model, vectors=vectors)


def trained_files(root: Path = PROJECT) -> list[Path]:
    """The files from which a model is trained, in a fixed order."""
    found = {path for pattern in _TRAINED_FROM for path in root.glob(pattern)}
    return sorted(path for path in found if path.relative_to(root).as_posix() not in _UNTRAINED)


def trained_from(root: Path = PROJECT) -> str:
    """The hash of everything that decides a model: data, code, and the versions of the libraries."""
    files = [*trained_files(root), *(root / name for name in (*_ENCODER, *_LIBRARIES))]
    paths = answer_paths(root / "data")
    asked = [line for path in paths for line in (path.stem, *asked_lines(path.read_text("utf-8")))]
    return _hash_of(root, files, "\n".join(asked))


def encoder_hash(root: Path = PROJECT) -> str:
    """The hash of everything that decides the vectors of a text."""
    return _hash_of(root, [root / name for name in _ENCODER])


def _hash_of(root: Path, files: Iterable[Path], rest: str = "") -> str:
    whole = hashlib.sha256(rest.encode())
    for path in files:
        whole.update(f"{path.relative_to(root).as_posix()}\0{digest_of(path)}\n".encode())
    return whole.hexdigest()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def machine() -> str:
    """The kind of processor, by one name for each."""
    return {"amd64": "x86_64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())


def trusted_keys(path: Path = KEYS) -> list[Ed25519PublicKey]:
    """The keys of those who may release: a line each, 32 bytes in Base64; empty while nobody has been named."""
    lines = [line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    return [Ed25519PublicKey.from_public_bytes(base64.b64decode(line, validate=True)) for line in lines if line]


def verify(content: bytes, signature: bytes, keys: Iterable[Ed25519PublicKey]) -> None:
    """Raise `ReleaseRefused` unless one of the keys has signed these bytes."""
    try:
        raw = base64.b64decode(signature.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ReleaseRefused("its signature cannot be read") from None
    for key in keys:
        try:
            key.verify(raw, content)
        except InvalidSignature:
            continue
        return
    raise ReleaseRefused("nobody of supply/release-keys.txt has signed it")
