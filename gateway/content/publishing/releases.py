"""Content, releases: the live folder of content with its model, and the earlier ones.

live.json            which release is live, and the earlier ones; written before anything else changes
current              a link to the live content: Rasa and the gateway read through it; the project's data/ at first
releases/<name>/     the files of a commit
models/              models with their papers and results
"""

import asyncio
import datetime as dt
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from answers.faq import asked_lines
from gateway.content.errors import ContentRefused, refusal_of
from gateway.core.config.settings import PROJECT, Settings

KEPT: Final = 5
FIRST_MODEL: Final = PROJECT / "models" / "neuvo.tar.gz"
_ANSWERS: Final = "answers"
_LOOK_AGAIN: Final = 0.1  # seconds


@dataclass(frozen=True)
class Release:
    """What is, was or may be live; `content` and `model` are absolute, `commit` is empty for the project's own."""

    number: int
    commit: str
    content: str
    model: str
    at: str
    by: str
    items: tuple[str, ...] = ()  # what of the draft went live with it; empty where it was all of it, in earlier ones

    @property
    def made_at(self) -> dt.datetime:
        """`at` as a timestamp; not for the project's own, which nobody published."""
        return dt.datetime.fromisoformat(self.at)


class Published:
    """The folder of what is published, shared by all processes of the service."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.published_folder.absolute()
        self._record = self.folder / "live.json"

    @property
    def models(self) -> Path:
        """Where models are kept."""
        return self.folder / "models"

    @property
    def link(self) -> Path:
        """The path by which the live content is read; it exists after this, and follows what live.json says."""
        link, wanted = self.folder / "current", self.live().content
        if not link.is_symlink() or os.readlink(link) != wanted:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh = self.folder / f".current-{os.getpid()}"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(wanted, target_is_directory=True)
            fresh.replace(link)
        return link

    def results(self, model: Path) -> Path:
        """Where the examination's results of a model are kept; there before it was examined, too.

        The project's own model is kept elsewhere, under a name that `make train` gives to the next one as well.
        """
        name = model.name.removesuffix(".tar.gz")
        if model.parent != self.models:
            status = model.stat() if model.exists() else None
            name = f"first-{status.st_size}-{int(status.st_mtime)}" if status else "first-none"
        return self.models / f"{name}.results.json"

    def live(self) -> Release:
        """The live release; the project's own data and model while nothing has been published."""
        stored = self._stored()
        return Release(**stored["current"]) if stored else self._first()

    def earlier(self) -> list[Release]:
        """The other releases that are kept, the newest first."""
        return [Release(**each) for each in self._stored().get("others", [])]

    def release(self, number: int) -> Release:
        """A kept release. Raises `ContentRefused` when it is not there any more."""
        for each in [self.live(), *self.earlier()]:
            if each.number == number:
                return each
        raise ContentRefused("no_such_release", number=number)

    def before(self) -> Release:
        """The release before the live one. Raises `ContentRefused` when there is none."""
        now = self.live().number
        older = [each for each in self.earlier() if each.number < now]
        if not older:
            raise ContentRefused("nothing_earlier")
        return max(older, key=lambda each: each.number)

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """One change of what is live at a time, in this process and in all others."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "live.lock").open("w") as handle:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(_LOOK_AGAIN)
            yield

    def next(self, commit: str, model: Path, at: str, by: str, items: tuple[str, ...] = ()) -> Release:
        """A release that is not live yet; `stage` writes its files."""
        number = max(each.number for each in [self.live(), *self.earlier()]) + 1
        content = self.folder / "releases" / f"{number:05d}-{commit[:12]}"
        return Release(number, commit, str(content), str(model), at, by, items)

    def stage(self, release: Release, files: Mapping[str, bytes]) -> None:
        """Write the files of a release that is not live. Raises `ContentRefused` for a full disk."""
        write_files(Path(release.content), files)

    def carry(self, release: Release) -> list[Path]:
        """Lay beside the release's answers those that only the live release has; the paths.

        While models are swapped one after the other, the old one still names a topic that is retired in the new one.
        """
        old, new = Path(self.live().content) / _ANSWERS, Path(release.content) / _ANSWERS
        present = {path.name for path in new.glob("*/*.yml")}
        carried = []
        for path in old.glob("*/*.yml"):
            if path.name not in present:
                target = new / path.parent.name / path.name
                target.parent.mkdir(exist_ok=True)
                shutil.copy2(path, target)
                carried.append(target)
        return carried

    def switch(self, release: Release) -> None:
        """Make the release live: its content at once, its model when Rasa loads it. The one before is kept."""
        before = self.live()
        others = [each for each in [before, *self.earlier()] if each.number != release.number]
        others.sort(key=lambda each: -each.number)
        text = json.dumps({"current": asdict(release), "others": [asdict(each) for each in others[:KEPT]]}, indent=1)
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self._record.with_suffix(".json.new")
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise refusal_of(error) from error
        beside.replace(self._record)
        _ = self.link
        for gone in others[KEPT:]:
            self._forget(gone, [release, *others[:KEPT]])

    def _forget(self, gone: Release, kept: list[Release]) -> None:
        if Path(gone.content).parent == self.folder / "releases":
            shutil.rmtree(gone.content, ignore_errors=True)
        model = Path(gone.model)
        if model.parent == self.models and gone.model not in {each.model for each in kept}:
            for path in self.models.glob(f"{model.name.removesuffix('.tar.gz')}.*"):
                path.unlink(missing_ok=True)

    def _stored(self) -> dict[str, Any]:
        try:
            stored: dict[str, Any] = json.loads(self._record.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return stored

    def _first(self) -> Release:
        return Release(0, "", str(PROJECT / "data"), str(FIRST_MODEL), "", "")


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a commit's files into a fresh folder. Raises `ContentRefused` for a full disk; then nothing is left.

    A file's time is made from its content: who follows the link reads only the files again that have changed.
    """
    unfinished = folder.with_name(f".{folder.name}")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        for path, content in files.items():
            target = unfinished / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            mtime = int.from_bytes(hashlib.sha256(content).digest()[:7], "big")
            os.utime(target, ns=(mtime, mtime))
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.replace(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise refusal_of(error) from error


def training_hash(folder: Path) -> str:
    """What a model depends on: examples, talks, stories, the answers' names, how topics' own questions are asked,
    and the program that trains.

    The wording of an answer is not in it: that needs no training.
    """
    digest = hashlib.sha256()
    examples = [("nlu", "*.yml"), ("stories", "*.yml"), ("nlu", "*.txt"), ("talks", "*.txt")]
    inputs = [path for name, pattern in examples for path in sorted((folder / name).rglob(pattern))]
    for path in inputs:
        _feed(digest, path.relative_to(folder).as_posix(), path.read_bytes())
    for path in sorted((folder / _ANSWERS).glob("*/*.yml")):
        _feed(digest, path.stem, "\n".join(asked_lines(path.read_text("utf-8"))).encode())
    readers = ("danger_lines", "examples", "faq", "labels", "talks")
    files = (*(f"answers/{name}.py" for name in readers), "config.yml", "domain.yml")
    rules = sorted((PROJECT / "screening").rglob("*.yml"))
    modules = [path for package in ("bot", "screening") for path in sorted((PROJECT / package).rglob("*.py"))]
    program = [*modules, *rules, *(PROJECT / name for name in files)]
    for path in program:
        _feed(digest, path.relative_to(PROJECT).as_posix(), path.read_bytes())
    return digest.hexdigest()


def _feed(digest: Any, name: str, content: bytes) -> None:
    digest.update(f"{name}\0{len(content)}\0".encode())
    digest.update(content)
