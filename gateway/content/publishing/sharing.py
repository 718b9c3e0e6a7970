"""Content, sharing: a release that went live here goes live on every machine, where the settings name a store.

Who publishes stores the words as an archive, the model and its papers, and then a sealed record of what is live. Every
other machine looks at the record, takes what it lacks, verifies digests and seals, and switches its own folder.
"""

import asyncio
import io
import json
import shutil
import tarfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hmac import compare_digest
from pathlib import Path, PurePosixPath
from typing import Any, Final

from gateway.content.errors import ContentRefused
from gateway.content.publishing.blobs import PublishedStore, StoreFailed, digest_of
from gateway.content.publishing.manifest import hmac_of, manifest_path, model_key, read_manifest
from gateway.content.publishing.releases import FIRST_MODEL, KEPT, Published, Release, write_files
from gateway.core.config.settings import Settings

_FORMAT: Final = "neuvo published 1"
MOST_BYTES: Final = 64 * 1024 * 1024  # of the words of a release, unpacked


@dataclass(frozen=True)
class Shared:
    """A release in the record: its files by their digests, no path of any machine."""

    number: int
    commit: str
    at: str
    by: str
    items: tuple[str, ...]
    words: str
    model: str
    papers: str
    model_name: str

    @property
    def blobs(self) -> set[str]:
        """What the store keeps for it."""
        return {self.words, self.model, self.papers}


class RecordRefused(ValueError):
    """What the store holds is not what this service wrote; it is left alone, and the release before goes on."""


class Sharing:
    """What is live, between this machine's folder and the store."""

    def __init__(self, settings: Settings, store: PublishedStore) -> None:
        self._key = model_key(settings)
        self._published = Published(settings)
        self._store = store

    async def share(self, release: Release, carried: Iterable[str] = ()) -> None:
        """Make a release live for all machines; `carried` are files that lie beside its words only for a while.

        The folder of this machine is not touched. Raises `ContentRefused` where the store fails: then nothing is live
        that was not before.
        """
        try:
            await self._share(release, {Path(each) for each in carried})
        except ContentRefused:
            raise
        except Exception as error:  # whichever store it is, what is live stays as it was
            raise ContentRefused("not_shared", reason=type(error).__name__) from error

    async def newest(self) -> Shared | None:
        """The release that is live for all machines; None while none was shared. Raises `RecordRefused`."""
        return next(iter(await self._releases()), None)

    async def take(self, wanted: Shared) -> Release:
        """Fetch what this machine lacks of a release, not live yet. Raises `RecordRefused` or the store's error."""
        folder = self._published.folder / "releases" / f"{wanted.number:05d}-{wanted.commit[:12] or 'first'}"
        marker = folder.with_name(f"{folder.name}.sha256")
        if not folder.is_dir() or not marker.exists() or marker.read_text("ascii") != wanted.words:
            archive = await self._fetched(wanted.words)
            try:
                await asyncio.to_thread(lambda: write_files(folder, unpacked(archive.read_bytes())))
            finally:
                archive.unlink(missing_ok=True)
            marker.write_text(wanted.words, "ascii")
        model = await self._model(wanted)
        return Release(wanted.number, wanted.commit, str(folder), str(model), wanted.at, wanted.by, wanted.items)

    def tidy(self) -> None:
        """Delete fetched models and words that neither the live release nor an earlier one of this machine uses."""
        kept = [self._published.live(), *self._published.earlier()[:1]]
        models = {Path(each.model).parent for each in kept}
        for folder in (self._published.folder / "shared").glob("*"):
            if folder not in models and folder.is_dir():
                shutil.rmtree(folder, ignore_errors=True)
        words = {Path(each.content) for each in [*kept, *self._published.earlier()]}
        for marker in (self._published.folder / "releases").glob("*.sha256"):
            if (folder := marker.with_suffix("")) not in words:
                shutil.rmtree(folder, ignore_errors=True)
                marker.unlink(missing_ok=True)

    async def _share(self, release: Release, carried: set[Path]) -> None:
        before = await self._releases()
        work = self._published.folder / "shared"
        work.mkdir(parents=True, exist_ok=True)
        archive = work / f".{release.number}.tar"
        try:
            await asyncio.to_thread(lambda: archive.write_bytes(packed(Path(release.content), carried)))
            model = Path(release.model)
            words = await self._put(archive)
            of_model = await self._put(model), await self._put(manifest_path(model))
        finally:
            archive.unlink(missing_ok=True)
        of_release = release.number, release.commit, release.at, release.by, tuple(release.items)
        made = Shared(*of_release, words, *of_model, model.name)
        others = sorted((each for each in before if each.number != made.number), key=lambda each: -each.number)
        kept = [made, *others[:KEPT]]
        await self._store.set_record(self._sealed(kept), made.number)
        gone = {blob for each in before for blob in each.blobs} - {blob for each in kept for blob in each.blobs}
        if gone:
            await self._store.forget(sorted(gone))

    async def _put(self, path: Path) -> str:
        digest = await asyncio.to_thread(digest_of, path)
        if not await self._store.has(digest):
            await self._store.put(digest, path)
        return digest

    async def _model(self, wanted: Shared) -> Path:
        """The model, this installation's own where it is the same file, verified with its papers."""
        folder = self._published.folder / "shared" / wanted.model[:16]
        for known in (folder / wanted.model_name, FIRST_MODEL):
            if known.name == wanted.model_name and await asyncio.to_thread(self._is, known, wanted):
                return known
        folder.mkdir(parents=True, exist_ok=True)
        for digest, name in (
            (wanted.papers, manifest_path(Path(wanted.model_name)).name),
            (wanted.model, wanted.model_name),
        ):
            fetched = await self._fetched(digest)
            fetched.replace(folder / name)
        model = folder / wanted.model_name
        try:
            await asyncio.to_thread(read_manifest, model, self._key)
        except ContentRefused as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise RecordRefused("The papers of the shared model are not ours.") from error
        return model

    def _is(self, model: Path, wanted: Shared) -> bool:
        try:
            return bool(read_manifest(model, self._key)["sha256"] == wanted.model)
        except (ContentRefused, OSError):
            return False

    async def _fetched(self, digest: str) -> Path:
        """A blob in a file beside the releases. Raises `RecordRefused` where it is not what its name says."""
        folder = self._published.folder / "shared"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f".{digest}"
        try:
            await self._store.fetch(digest, path)
            if await asyncio.to_thread(digest_of, path) != digest:
                raise RecordRefused("A blob of the store is not what its digest says, or is not there.")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    async def _releases(self) -> list[Shared]:
        """Those of the record, the live one first."""
        text = await self._store.record()
        if text is None:
            return []
        try:
            record: dict[str, Any] = json.loads(text)
            genuine = record["format"] == _FORMAT and compare_digest(str(record["seal"]), hmac_of(record, self._key))
            releases = [Shared(**{**each, "items": tuple(each["items"])}) for each in record["releases"]]
        except (ValueError, KeyError, TypeError) as error:
            raise RecordRefused("The record of the store cannot be read.") from error
        if not genuine or not all(_is_plain(each) for each in releases):
            raise RecordRefused("The record of the store has another seal: another NEUVO_SECRET_KEY, or a forgery.")
        return releases

    def _sealed(self, releases: list[Shared]) -> str:
        record = {"format": _FORMAT, "releases": [asdict(each) for each in releases]}
        record = json.loads(json.dumps(record))
        return json.dumps({**record, "seal": hmac_of(record, self._key)}, ensure_ascii=False)


def _is_plain(release: Shared) -> bool:
    """Whether its names lead nowhere else."""
    names = (release.model_name, release.commit[:12] or "first", *release.blobs)
    return all(each and "/" not in each and "\\" not in each and not each.startswith(".") for each in names)


def packed(folder: Path, without: set[Path]) -> bytes:
    """The files of a folder as an archive that depends on names and contents alone."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(each for each in folder.rglob("*") if each.is_file() and each not in without):
            content = path.read_bytes()
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return memory.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files of an archive. Raises `RecordRefused` for one that is damaged, too large, or leads elsewhere."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for entry in archive:
                path = PurePosixPath(entry.name)
                if not entry.isfile() or path.is_absolute() or ".." in path.parts:
                    raise RecordRefused("The archive of the words has more than files in it.")
                part = archive.extractfile(entry)
                files[entry.name] = part.read() if part is not None else b""
                if sum(map(len, files.values())) > MOST_BYTES:
                    raise RecordRefused("The archive of the words is larger than words are.")
    except tarfile.TarError as error:
        raise RecordRefused("The archive of the words cannot be read.") from error
    return files


__all__ = ["MOST_BYTES", "RecordRefused", "Shared", "Sharing", "StoreFailed", "packed", "unpacked"]
