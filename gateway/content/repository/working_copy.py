"""Content, the working copy: the folder that editors write, on pages or by hand, and its history.

The folder is a git working copy: `nlu/`, `answers/`, `stories/`, `contacts.yml`, `lines.yml` as in the project's
`data/`, and `tests/` with the examination's messages.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dulwich.objects import Commit, ObjectID
from dulwich.repo import Repo

from gateway.content.errors import ChangedMeanwhile, ContentRefused, refusal_of
from gateway.content.repository.git import BRANCH, BY_HAND, PUBLISHED_BRANCH, Editor, Repository, blob_id
from gateway.content.repository.merge import Conflict, merge

TESTS: Final = "tests"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class FileVersion:
    """A file as somebody saw it; `version` goes back with their change."""

    path: str
    text: str
    version: str


@dataclass(frozen=True)
class Change:
    """A file's new text (None: it is deleted), and the version that it was made from (None: there was no file)."""

    path: str
    text: str | None
    version: str | None


@dataclass(frozen=True)
class Revision:
    """One entry of the history."""

    id: str
    author: str
    account: str
    at: dt.datetime
    message: str


@dataclass(frozen=True)
class Difference:
    """A file in two versions; None where it does not exist."""

    path: str
    before: str | None
    after: str | None


class EditConflict(ChangedMeanwhile):
    """Two people changed the same places; nothing was written. Save again with `current` versions and the choice."""

    def __init__(self, conflicts: Sequence[Conflict], current: Mapping[str, str | None]) -> None:
        self.conflicts = tuple(conflicts)
        self.current = dict(current)
        super().__init__("conflict", count=len(self.conflicts), file=self.conflicts[0].path)


class WorkingCopy:
    """Reads, saves and returns; safe for several processes and for people who edit the files by hand."""

    def __init__(self, folder: Path) -> None:
        """Opens the folder. Raises `ContentRefused` when it is no working copy."""
        if not (folder / ".git").is_dir():
            raise ContentRefused("no_working_copy", folder=folder)
        self.repository = Repository(folder)
        with self.repository.locked():  # mends what a crash left
            pass

    @classmethod
    def create(cls, folder: Path, content: Path, examination: Path, author: Editor) -> "WorkingCopy":
        """The working copy in `folder`, made from the project's `content` and `examination` when it is not there yet.

        A folder with content that is no git repository becomes one, with everything that stands in it.
        """
        if (folder / ".git").is_dir():
            return cls(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            begun = any(folder.iterdir())
            Repo.init(str(folder), default_branch=b"main")
            repository = Repository(folder)
            files = {} if begun else _files_of(content, examination)
            with repository.locked():
                repository.record({**repository.files(), **files}, author, "Begin with the words of the project.")
        except OSError as error:
            raise refusal_of(error) from error
        return cls(folder)

    @property
    def folder(self) -> Path:
        """Where the files stand."""
        return self.repository.folder

    @property
    def head(self) -> str:
        """The latest commit."""
        return self.repository.head

    def paths(self, under: str = "") -> list[str]:
        """The files that exist now, in order."""
        return self.repository.paths(under)

    def read(self, path: str) -> FileVersion:
        """A file as it stands, edits by hand included. Raises `ContentRefused` when it cannot be read."""
        self._check_path(path)
        try:
            content = (self.folder / path).read_bytes()
            return FileVersion(path, content.decode("utf-8"), blob_id(content))
        except FileNotFoundError:
            raise ContentRefused("no_such_file", file=path) from None
        except UnicodeDecodeError:
            raise ContentRefused("not_utf8", file=path) from None

    def record_edits_by_hand(self) -> str:
        """Put what was edited by hand into the history, so that nothing of it can be lost; the latest commit."""
        with self.repository.locked():
            return self._record_hand()

    def save(self, changes: Sequence[Change], author: Editor, message: str) -> str:
        """One commit of all changes, in the editor's name; its id.

        A file that has changed since its version is merged. Raises `EditConflict` where that cannot be done, and
        `ContentRefused` for a full disk; then nothing was written.
        """
        with self.repository.locked():
            self._record_hand()
            merged = self._merged(changes)
            present = self.repository.tree(self.head)
            changed = {path: text for path, text in merged.items() if _version(text) != present.get(path)}
            return self.repository.record(changed, author, message) if changed else self.head

    def text_at(self, commit: str, path: str) -> str | None:
        """A file as it was at a commit; None when it did not exist."""
        blob = self.repository.tree(self._known(commit)).get(path)
        return None if blob is None else self.repository.content(blob).decode("utf-8", "replace")

    def version(self, version: str) -> str:
        """A file's text by the version that a page has seen. Raises `ContentRefused` where there is no such version."""
        try:
            return self.repository.content(version).decode("utf-8", "replace")
        except KeyError:
            raise ContentRefused("unknown_version") from None

    def history(self, path: str | None = None, limit: int = 50) -> list[Revision]:
        """The latest revisions, of everything or of one file, the newest first."""
        paths = [path.encode()] if path else None
        walker = self.repository.git.get_walker(
            include=[self.repository.git.refs[BRANCH]], paths=paths, max_entries=limit
        )
        return [_revision(entry.commit) for entry in walker]

    @property
    def first(self) -> str:
        """The commit in which it all began."""
        walker = self.repository.git.get_walker(include=[self.repository.git.refs[BRANCH]], reverse=True)
        return next(entry.commit.id.decode() for entry in walker)

    def knows(self, commit: str) -> bool:
        """Whether the commit is in this repository."""
        return self._exists(commit)

    def versions_of(self, path: str) -> Iterator[tuple[Revision, str | None]]:
        """Each revision that touched a file, the newest first, with the file's text in it."""
        git = self.repository.git
        for entry in git.get_walker(include=[git.refs[BRANCH]], paths=[path.encode()]):
            yield _revision(entry.commit), self.text_at(entry.commit.id.decode(), path)

    def beside(self, base: str, changes: Mapping[str, bytes | None], author: Editor, message: str) -> str:
        """A commit on top of `base` that is not on the editors' branch: what is published; its id."""
        with self.repository.locked():
            return self.repository.write_commit(changes, author, message, [base])

    def mark_published(self, commit: str) -> None:
        """Keep a published commit, and what leads to it, from being cleaned away."""
        with self.repository.locked():
            self.repository.git.refs[PUBLISHED_BRANCH] = ObjectID(commit.encode())

    def compare(self, before: str, after: str) -> list[Difference]:
        """What differs between two commits, file by file; an unknown or empty `before` is a time without files."""
        old = self.repository.tree(before) if self._exists(before) else {}
        new = self.repository.tree(self._known(after))
        return [
            Difference(path, self._text(old.get(path)), self._text(new.get(path)))
            for path in sorted(old.keys() | new.keys())
            if old.get(path) != new.get(path)
        ]

    def return_to(self, commit: str, author: Editor, message: str, under: str = "") -> str:
        """Make everything (or what stands `under` a path) as it was at a commit; a new commit, nothing is lost."""
        wanted = self.repository.tree(self._known(commit))
        with self.repository.locked():
            self._record_hand()
            present = self.repository.tree(self.head)
            changes = {
                path: self.repository.content(wanted[path]) if path in wanted else None
                for path in present.keys() | wanted.keys()
                if present.get(path) != wanted.get(path) and path.startswith(under)
            }
            return self.repository.record(changes, author, message) if changes else self.head

    def undone(self, commit: str, before: str) -> list[Change]:
        """The changes that take back what a commit changed since `before`; later changes are merged by `save`."""
        there = self.repository.tree(self._known(commit))
        return [Change(each.path, each.before, there.get(each.path)) for each in self.compare(before, commit)]

    def after(self, commit: str) -> list[Revision]:
        """The revisions after a commit, the newest first."""
        git = self.repository.git
        walker = git.get_walker(include=[git.refs[BRANCH]], exclude=[ObjectID(self._known(commit).encode())])
        return [_revision(entry.commit) for entry in walker]

    def snapshot(self, commit: str) -> dict[str, bytes]:
        """Every file of a commit."""
        return {path: self.repository.content(blob) for path, blob in self.repository.tree(self._known(commit)).items()}

    def _record_hand(self) -> str:
        changed = self.repository.changed_by_hand()
        return self.repository.record(changed, BY_HAND, "Changes made by hand in the files.") if changed else self.head

    def _merged(self, changes: Sequence[Change]) -> dict[str, bytes | None]:
        present = self.repository.tree(self.head)
        merged: dict[str, bytes | None] = {}
        conflicts: list[Conflict] = []
        for change in changes:
            self._check_path(change.path)
            before = None if change.version is None else self._text(change.version)
            text, found = merge(change.path, before, change.text, self._text(present.get(change.path)))
            conflicts += found
            merged[change.path] = None if text is None else text.encode()
        if conflicts:
            raise EditConflict(conflicts, {each.path: present.get(each.path) for each in conflicts})
        return merged

    def _text(self, blob: str | None) -> str | None:
        if blob is None:
            return None
        return self.version(blob)

    def _known(self, commit: str) -> str:
        if not self._exists(commit):
            raise ContentRefused("unknown_version")
        return commit

    def _exists(self, commit: str) -> bool:
        return bool(_COMMIT.fullmatch(commit)) and ObjectID(commit.encode()) in self.repository.git.object_store

    def _check_path(self, path: str) -> None:
        parts = Path(path).parts
        if not parts or Path(path).is_absolute() or any(part.startswith(".") for part in parts):
            raise ContentRefused("no_such_file", file=path)


def _version(content: bytes | None) -> str | None:
    return None if content is None else blob_id(content)


def _revision(commit: Commit) -> Revision:
    name, _, rest = commit.author.decode("utf-8", "replace").partition(" <")
    at = dt.datetime.fromtimestamp(commit.author_time, dt.UTC)
    return Revision(commit.id.decode(), name, rest.partition("@")[0], at, commit.message.decode("utf-8", "replace"))


def _files_of(content: Path, examination: Path) -> dict[str, bytes]:
    lines = [*content.glob("nlu/danger/*/*.txt"), *content.glob("talks/*/*.txt")]
    given = [*sorted(content.rglob("*.yml")), *sorted(lines)]
    files = {path.relative_to(content).as_posix(): path.read_bytes() for path in given}
    for path in sorted(examination.glob("*/**/*.txt")):
        files[f"{TESTS}/{path.relative_to(examination).as_posix()}"] = path.read_bytes()
    return files
