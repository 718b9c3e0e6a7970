"""Content, the git repository: files and history change together, and a crash between them is repaired.

A save is written in this order: objects of git, new files beside the old ones, a journal, then the files' names, the
branch, the index. Before the journal nothing has happened; after it, the next start finishes what it says.
"""

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dulwich.index import Index, index_entry_from_stat
from dulwich.object_store import commit_tree_changes, iter_tree_contents
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from gateway.content.errors import ContentRefused, refusal_of

BRANCH: Final = Ref(b"refs/heads/main")
# What is live, where it is not a commit of the editors' branch: some items of the draft and not others.
PUBLISHED_BRANCH: Final = Ref(b"refs/heads/published")
_MODE: Final = 0o100644
_NAME: Final = re.compile(r"[0-9a-f]{40}")  # of an object
_NEW: Final = ".neuvo-new"
_SUFFIXES: Final = (".yml", ".txt", ".md")
# A save takes milliseconds; only a pull from a slow remote takes longer.
_PATIENCE: Final = 20.0


@dataclass(frozen=True)
class Editor:
    """Who changed something, as it stands in the history; `account` tells two people of one name apart."""

    name: str
    account: str

    def signature(self) -> bytes:
        """Git's form of a person."""
        clean = "".join(character for character in self.name if character.isprintable() and character not in "<>")
        account = "".join(character for character in self.account if character.isalnum() or character in "-_.")
        return f"{clean.strip() or 'editor'} <{account or 'editor'}@editors.invalid>".encode()


BY_HAND: Final = Editor("Changed by hand", "by-hand")


def blob_id(content: bytes) -> str:
    """Git's name of a file's content: the version that a page was shown."""
    return Blob.from_string(content).id.decode()


class Repository:
    """The git working copy of a content folder; every method that changes something wants the lock to be held."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git = Repo(str(folder))
        self._journal = folder / ".git" / "neuvo-save.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One save at a time, in this process and in all others. Mends what a crash left. Raises `ContentRefused`."""
        with open(self.folder / ".git" / "neuvo.lock", "w") as handle:
            until = time.monotonic() + _PATIENCE
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise ContentRefused("busy") from None
                    time.sleep(0.02)
            self._mend()
            yield

    @property
    def head(self) -> str:
        """The latest commit."""
        return self.git.refs[BRANCH].decode()

    def tree(self, commit: str) -> dict[str, str]:
        """The files of a commit with the ids of their contents."""
        entries = iter_tree_contents(self.git.object_store, self._tree_of(commit))
        return {(entry.path or b"").decode(): (entry.sha or b"").decode() for entry in entries}

    def content(self, blob: str) -> bytes:
        """A file's content by its id. Raises KeyError for an unknown one."""
        found = self.git.object_store[_object_id(blob)]
        if not isinstance(found, Blob):
            raise KeyError(blob)
        return found.data

    def paths(self, under: str = "") -> list[str]:
        """The files that stand in the folder now and whose path begins so; editors' own backup files are left out."""
        # Strings, not paths: a page asks this many times, and there are hundreds of files.
        root = str(self.folder)
        found: list[str] = []
        for folder, inner, names in os.walk(os.path.join(root, under.rpartition("/")[0])):
            inner[:] = [each for each in inner if each != ".git"]
            above = folder[len(root) :].strip("/")
            for name in names:
                path = f"{above}/{name}" if above else name
                is_kept = name.endswith(_SUFFIXES) and not name.startswith(".") and path.startswith(under)
                if is_kept and os.path.isfile(os.path.join(folder, name)):
                    found.append(path)
        return sorted(found, key=lambda path: path.split("/"))

    def files(self) -> dict[str, bytes]:
        """The same, with what stands in them."""
        return {path: (self.folder / path).read_bytes() for path in self.paths()}

    def changed_by_hand(self) -> dict[str, bytes | None]:
        """The files that differ from the latest commit; None for one that was deleted."""
        recorded, present = self.tree(self.head), self.files()
        changed: dict[str, bytes | None] = {
            path: content for path, content in present.items() if recorded.get(path) != blob_id(content)
        }
        return changed | dict.fromkeys(recorded.keys() - present.keys())

    def record(
        self, changes: Mapping[str, bytes | None], author: Editor, message: str, also: tuple[str, ...] = ()
    ) -> str:
        """Write the changes and a commit of them (`also`: further parents); its id. Raises `ContentRefused`."""
        try:
            parents = [self.head] if BRANCH in self.git.refs else []
            commit = self._prepare(changes, author, message, [*parents, *also])
        except OSError as error:
            raise refusal_of(error) from error
        return self.advance(commit, changes)

    def write_commit(
        self, changes: Mapping[str, bytes | None], author: Editor, message: str, parents: Sequence[str]
    ) -> str:
        """A commit of changes to the first parent, on no branch; its id. Raises `ContentRefused`."""
        try:
            return self._prepare(changes, author, message, parents)
        except OSError as error:
            raise refusal_of(error) from error

    def advance(self, commit: str, changes: Mapping[str, bytes | None]) -> str:
        """Go on to a commit that differs from the latest by these changes; its id. Raises `ContentRefused`."""
        temporary: list[Path] = []
        try:
            for path, content in changes.items():
                if content is not None:
                    temporary.append(self._write_beside(path, content))
            self._write_journal(commit, changes)
        except OSError as error:
            for each in temporary:
                each.unlink(missing_ok=True)
            self._journal.unlink(missing_ok=True)
            raise refusal_of(error) from error
        self._mend()
        return commit

    def _prepare(
        self, changes: Mapping[str, bytes | None], author: Editor, message: str, parents: Sequence[str]
    ) -> str:
        entries: list[tuple[bytes, int | None, ObjectID | None]] = []
        for path, content in changes.items():
            if content is None:
                entries.append((path.encode(), None, None))
                continue
            blob = Blob.from_string(content)
            self.git.object_store.add_object(blob)
            entries.append((path.encode(), _MODE, blob.id))
        commit = Commit()
        base = self._tree_of(parents[0]) if parents else self._empty_tree()
        commit.tree = commit_tree_changes(self.git.object_store, base, entries)
        commit.parents = [ObjectID(each.encode()) for each in parents]
        commit.author = commit.committer = author.signature()
        commit.author_time = commit.commit_time = int(time.time())
        commit.author_timezone = commit.commit_timezone = 0
        commit.encoding = b"UTF-8"
        commit.message = message.encode()
        self.git.object_store.add_object(commit)
        return commit.id.decode()

    def _write_beside(self, path: str, content: bytes) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = _beside(target)
        try:
            with beside.open("wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        return beside

    def _write_journal(self, commit: str, changes: Mapping[str, bytes | None]) -> None:
        text = json.dumps({"commit": commit, "paths": sorted(changes)})
        beside = _beside(self._journal)
        beside.write_text(text, "utf-8")
        with beside.open("rb") as handle:
            os.fsync(handle.fileno())
        beside.replace(self._journal)

    def _mend(self) -> None:
        """Finish the save that the journal tells of; does nothing when there is none."""
        if not self._journal.exists():
            return
        journal = json.loads(self._journal.read_text("utf-8"))
        commit, paths = str(journal["commit"]), [str(path) for path in journal["paths"]]
        wanted = self.tree(commit)
        for path in paths:
            target = self.folder / path
            if path not in wanted:
                target.unlink(missing_ok=True)
            elif _beside(target).exists():
                _beside(target).replace(target)
        self.git.refs[BRANCH] = ObjectID(commit.encode())
        self._follow(wanted, paths)
        self._journal.unlink()

    def _follow(self, wanted: Mapping[str, str], paths: list[str]) -> None:
        """Git's index, so that `git status` by hand says what is so."""
        index: Index = self.git.open_index()
        for path in paths:
            if path in wanted:
                status = (self.folder / path).stat()
                index[path.encode()] = index_entry_from_stat(status, wanted[path].encode(), _MODE)
            elif path.encode() in index:
                del index[path.encode()]
        index.write()

    def _tree_of(self, commit: str) -> ObjectID:
        found = self.git.object_store[_object_id(commit)]
        if not isinstance(found, Commit):
            raise KeyError(commit)
        tree: ObjectID = found.tree
        return tree

    def _empty_tree(self) -> ObjectID:
        tree = Tree()
        self.git.object_store.add_object(tree)
        return tree.id


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}{_NEW}")


def _object_id(text: str) -> ObjectID:
    """What somebody says is the name of an object. Raises `KeyError` where it cannot be one."""
    if not _NAME.fullmatch(text):
        raise KeyError(text)
    return ObjectID(text.encode())
