"""Content, the force's own git remote: push and pull."""

import io
from collections.abc import Mapping

from dulwich.client import get_transport_and_path
from dulwich.errors import GitProtocolError, NotGitRepository
from dulwich.graph import find_merge_base
from dulwich.objects import ObjectID
from dulwich.porcelain import DivergedBranches
from dulwich.porcelain import Error as PorcelainError
from dulwich.porcelain import push as porcelain_push

from gateway.content.errors import ContentRefused
from gateway.content.repository.conflict_resolution import Choice, Place, merged_with
from gateway.content.repository.git import BRANCH, Editor
from gateway.content.repository.merge import Conflict
from gateway.content.repository.working_copy import EditConflict, WorkingCopy

Choices = Mapping[str, Mapping[Place, Choice]]
_AWAY = (GitProtocolError, NotGitRepository, OSError, PorcelainError)


def push(copy: WorkingCopy, address: str) -> None:
    """Send the history. Raises `ContentRefused` when the remote is away, or has something that is not here yet."""
    copy.record_edits_by_hand()
    try:
        porcelain_push(str(copy.folder), address, [BRANCH], outstream=io.BytesIO(), errstream=io.BytesIO())
    except DivergedBranches:
        raise ContentRefused("pull_first") from None
    except _AWAY as error:
        raise ContentRefused("remote_away", reason=_reason(error)) from error


def pull(copy: WorkingCopy, address: str, author: Editor, choices: Choices | None = None) -> str:
    """Fetch the remote's history and merge it; the latest commit. `choices`: what stays where both changed one place.

    Raises `EditConflict` where there is no choice (nothing is changed then), `ContentRefused` when it is away. In a
    conflict, "mine" is the draft here and "theirs" is the remote.
    """
    git = copy.repository.git
    try:
        client, path = get_transport_and_path(address)
        refs = client.fetch(path, git).refs
    except _AWAY as error:
        raise ContentRefused("remote_away", reason=_reason(error)) from error
    theirs = refs.get(BRANCH)
    if theirs is None:
        return copy.head
    copy.record_edits_by_hand()
    with copy.repository.locked():
        return _merge(copy, theirs, author, choices or {})


def _merge(copy: WorkingCopy, theirs: ObjectID, author: Editor, choices: Choices) -> str:
    repository = copy.repository
    own_commit = ObjectID(copy.head.encode())
    bases = find_merge_base(repository.git, [own_commit, theirs])
    if theirs in bases:
        return copy.head
    before = repository.tree(bases[0].decode()) if bases else {}
    own, other = repository.tree(copy.head), repository.tree(theirs.decode())
    changes: dict[str, bytes | None] = {}
    conflicts: list[Conflict] = []
    for path in own.keys() | other.keys():
        if own.get(path) == other.get(path) or other.get(path) == before.get(path):
            continue
        base, mine, remote = (_text(copy, tree.get(path)) for tree in (before, own, other))
        text, left = merged_with(path, base, mine, remote, choices.get(path, {}))
        conflicts += left
        changes[path] = None if text is None else text.encode()
    if conflicts:
        found = sorted(conflicts, key=lambda each: (each.path, each.place))
        raise EditConflict(found, {each.path: own.get(each.path) for each in found})
    if own_commit in bases:
        return repository.advance(theirs.decode(), changes)
    return repository.record(changes, author, "Bring in the changes of the remote.", also=(theirs.decode(),))


def _text(copy: WorkingCopy, blob: str | None) -> str | None:
    return None if blob is None else copy.repository.content(blob).decode("utf-8", "replace")


def _reason(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
