"""Releases: `python -m supply.release key FILE` makes a key, `make` signs what was trained here, `keep` puts its model
into the repository, `take` takes one: of `NEUVO_RELEASE`, else the repository's own.

`take` ends with 0 when the model is there, and with 3 when it has to be trained here; it says why.
"""

import argparse
import base64
import contextlib
import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.version import version
from supply.artefacts import (
    MANIFEST,
    MODEL,
    PROJECT,
    SIGNATURE,
    Artefact,
    Manifest,
    ReleaseLacksFile,
    ReleaseRefused,
    digest_of,
    encoder_hash,
    machine,
    read_manifest,
    trained_from,
    trusted_keys,
    verify,
)

MODELS: Final = PROJECT / "models"
KEPT: Final = PROJECT / "release"
VECTORS: Final = PROJECT / ".cache" / "vectors"
OUT: Final = PROJECT / "build" / "release"
TAKEN: Final = "taken.sha256"  # beside the model: that it was taken and not trained here
SETTING: Final = "NEUVO_RELEASE"
NONE: Final = "none"
"""Value of the setting: train here, whatever lies ready."""
KEY_SETTING: Final = "NEUVO_RELEASE_KEY"
NOT_TAKEN: Final = 3
_TIMEOUT: Final = 30.0  # seconds without a byte
_SMALL: Final = 64 * 1024
_LARGEST: Final = 2 * 1024**3
_CHUNK: Final = 1024 * 1024


def make_key(path: Path) -> str:
    """Write a new private key, for nobody else to read; returns the line for `release-keys.txt`."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(public).decode()


def make(key_path: Path, models: Path = MODELS, vectors: Path = VECTORS, out: Path = OUT) -> Path:
    """Sign the model and the vectors that were made here, as a folder; raises `ReleaseRefused`, `OSError`."""
    key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ReleaseRefused(f"{key_path.name} is no Ed25519 key")
    model, cached = models / MODEL, sorted(vectors.glob("*.npz"))
    if len(cached) != 1:
        raise ReleaseRefused("there are no vectors of one encoder in .cache/vectors: run `make train`")
    if _was_taken(models):
        raise ReleaseRefused("the model here was taken from a release; train it here first, without NEUVO_RELEASE")
    folder = out / f"neuvo-{version()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    artefacts = []
    for path in (model, cached[0]):
        shutil.copyfile(path, folder / path.name)
        artefacts.append(Artefact(path.name, digest_of(folder / path.name), path.stat().st_size))
    content = Manifest(version(), machine(), trained_from(), encoder_hash(), *artefacts).written()
    (folder / MANIFEST).write_bytes(content)
    (folder / SIGNATURE).write_bytes(base64.b64encode(key.sign(content)) + b"\n")
    return folder


def _was_taken(models: Path) -> bool:
    taken = models / TAKEN
    return taken.exists() and taken.read_text("utf-8").strip() == digest_of(models / MODEL)


def take(where: str, models: Path = MODELS, vectors: Path = VECTORS) -> str:
    """Take a release from a folder or an https address; returns a sentence.

    Whatever is wrong with it raises `ReleaseRefused`, before anything of it is in place. Vectors of our encoder are
    kept even where the model is of other data: then only what changed is encoded here. A release without them, as the
    one in the repository, is taken all the same.
    """
    fetch = _source(where)
    keys = trusted_keys()
    if not keys:
        raise ReleaseRefused("supply/release-keys.txt names nobody who may sign one")
    content = fetch(MANIFEST, _SMALL, None)
    verify(content, fetch(SIGNATURE, _SMALL, None), keys)
    manifest = read_manifest(content)
    if manifest.encoder == encoder_hash() and not (vectors / manifest.vectors.name).exists():
        with contextlib.suppress(ReleaseLacksFile):
            _put(fetch, manifest.vectors, vectors)
    if manifest.trained_from != trained_from():
        raise ReleaseRefused("it was trained from other data or code")
    if manifest.machine != machine():
        raise ReleaseRefused(f"it was made on {manifest.machine}, and this is {machine()}")
    _put(fetch, manifest.model, models)
    (models / TAKEN).write_text(manifest.model.sha256 + "\n", "utf-8")
    return f"Took the model of release {manifest.version}: signed, and of the data that is here"


def keep(made: Path = OUT, kept: Path = KEPT) -> str:
    """Put the newest release that was made here into the repository, without its vectors; returns a sentence."""
    folder = made / f"neuvo-{version()}"
    kept.mkdir(exist_ok=True)
    for name in (MODEL, MANIFEST, SIGNATURE):
        shutil.copyfile(folder / name, kept / name)
    return f"Kept {folder.name} in {kept.name}; commit it together with the data that it was trained from"


Fetch = Callable[[str, int, Path | None], bytes]


def _source(where: str) -> Fetch:
    address = urlsplit(where)
    if address.scheme == "https":
        return lambda name, most, into: _from_web(f"{where.rstrip('/')}/{name}", most, into)
    if address.scheme in ("", "file"):
        return lambda name, most, into: _from_folder(Path(address.path) / name, most, into)
    raise ReleaseRefused(f"{SETTING} wants a folder or an https:// address")


def _from_folder(path: Path, most: int, into: Path | None) -> bytes:
    try:
        if path.stat().st_size > most:
            raise ReleaseRefused(f"{path.name} is larger than its manifest says")
        if into is None:
            return path.read_bytes()
        shutil.copyfile(path, into)
    except FileNotFoundError as error:
        raise ReleaseLacksFile(f"{path.name} is not in it") from error
    except OSError as error:
        raise ReleaseRefused(f"{path.name} cannot be read ({error.strerror})") from error
    return b""


class _StaysOnTls(urllib.request.HTTPRedirectHandler):
    """Follows a release to where it is stored, by https alone."""

    def redirect_request(self, *given: object, **named: object) -> urllib.request.Request | None:
        """Raise `ReleaseRefused` where the way leads off TLS."""
        request = super().redirect_request(*given, **named)  # type: ignore[arg-type]
        if request is not None and not request.full_url.startswith("https://"):
            raise ReleaseRefused("its address leads away from https")
        return request


def _from_web(url: str, most: int, into: Path | None) -> bytes:
    opener = urllib.request.build_opener(_StaysOnTls)
    try:
        with opener.open(url, timeout=_TIMEOUT) as answer:
            if into is None:
                content: bytes = answer.read(most + 1)
                return _bounded(content, len(content), most)
            with into.open("wb") as file:
                size = 0
                while chunk := answer.read(_CHUNK):
                    size += len(chunk)
                    _bounded(b"", size, most)
                    file.write(chunk)
    except urllib.error.HTTPError as error:
        kind = ReleaseLacksFile if error.code == HTTPStatus.NOT_FOUND else ReleaseRefused
        raise kind(f"{urlsplit(url).path.rpartition('/')[2]} cannot be fetched") from error
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise ReleaseRefused(f"{urlsplit(url).path.rpartition('/')[2]} cannot be fetched") from error
    return b""


def _bounded(content: bytes, size: int, most: int) -> bytes:
    if size > most:
        raise ReleaseRefused("a file is larger than its manifest says")
    return content


def _put(fetch: Fetch, artefact: Artefact, folder: Path) -> None:
    """Fetch beside its place, compare, and only then put it there."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".new")
    os.close(handle)
    beside = Path(name)
    try:
        fetch(artefact.name, min(artefact.size, _LARGEST), beside)
        if beside.stat().st_size != artefact.size or digest_of(beside) != artefact.sha256:
            raise ReleaseRefused(f"{artefact.name} is not the file that was signed")
        beside.chmod(0o644)  # as a training leaves it: an image runs as somebody else
        beside.replace(folder / artefact.name)
    finally:
        beside.unlink(missing_ok=True)


def main() -> int:
    """Run one command; returns the exit status."""
    top = argparse.ArgumentParser(prog="python -m supply.release")
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("key", help="make a private key").add_argument("file", type=Path)
    commands.add_parser("make", help=f"sign what was trained here, with the key that {KEY_SETTING} names")
    commands.add_parser("keep", help="put the model that `make` has signed into the repository")
    commands.add_parser("take", help=f"take the release that {SETTING} names, else the repository's, if it fits")
    arguments = top.parse_args()
    if arguments.command == "take":
        return _take()
    try:
        if arguments.command == "key":
            print(f"Add this line to supply/release-keys.txt, with a name behind it:\n{make_key(arguments.file)}")
        elif arguments.command == "keep":
            print(keep())
        elif not (key := os.environ.get(KEY_SETTING)):
            raise ReleaseRefused(f"{KEY_SETTING} must name the file of the private key (python -m supply.release key)")
        else:
            print(f"  {make(Path(key)).relative_to(PROJECT)}")
    except (ReleaseRefused, OSError, ValueError) as error:
        print(f"neuvo: {error}.", file=sys.stderr)
        return 1
    return 0


def _take() -> int:
    named = os.environ.get(SETTING, "")
    if named == NONE or not (named or (KEPT / MANIFEST).exists()):
        return NOT_TAKEN
    try:
        print(f"· {take(named or str(KEPT))}")
    except (ReleaseRefused, ValueError) as error:
        print(f"· The release {f'of {SETTING}' if named else 'in this repository'} is not taken: {error}")
        return NOT_TAKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
