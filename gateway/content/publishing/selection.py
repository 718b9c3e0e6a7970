"""Content, selection: the commit of what shall go live, which is what is live now and some items of the draft."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.content.errors import ChangedMeanwhile, ContentRefused
from gateway.content.repository.git import Editor
from gateway.content.repository.items import Item, base_of, composed, items, with_authors
from gateway.content.repository.working_copy import WorkingCopy


@dataclass(frozen=True)
class Waiting:
    """What is in the draft and not live: the commit that stands for what is live, the draft's, and the items."""

    base: str
    draft: str
    items: tuple[Item, ...]

    def chosen(self, names: Iterable[str]) -> list[Item]:
        """The items that a form names as `key@fingerprint`. Raises `ChangedMeanwhile` where one is another by now."""
        known = {name_of(each): each for each in self.items}
        wanted = list(names)
        if any(name not in known for name in wanted):
            raise ChangedMeanwhile("draft_changed")
        return [known[name] for name in wanted]


_kept: dict[tuple[str, str, str], Waiting] = {}


def waiting(copy: WorkingCopy, live: str) -> Waiting:
    """Everything that waits, edits by hand included, with who wrote it."""
    return _waiting_at(copy, base_of(copy, live), copy.record_edits_by_hand())


def waiting_as_saved(copy: WorkingCopy, live: str) -> Waiting:
    """What waits as far as it is in the history: for every page, which does not read every file of the draft."""
    return _waiting_at(copy, base_of(copy, live), copy.head)


def _waiting_at(copy: WorkingCopy, base: str, draft: str) -> Waiting:
    key = str(copy.folder), base, draft
    if key not in _kept:
        _kept.clear()
        _kept[key] = Waiting(base, draft, tuple(with_authors(copy, items(copy, base, draft))))
    return _kept[key]


def name_of(item: Item) -> str:
    """An item in one state, as a form names it."""
    return f"{item.key}@{item.fingerprint}"


def commit_of(copy: WorkingCopy, found: Waiting, chosen: Sequence[Item], editor: Editor) -> str:
    """The commit in which these items are as in the draft and everything else is as it is live."""
    keys = {each.key for each in chosen}
    if keys == {each.key for each in found.items}:
        return found.draft
    changes = composed(copy, found.base, found.draft, keys)
    return copy.beside(found.base, changes, editor, "Publish: " + ", ".join(sorted(keys)))


def onto_live(copy: WorkingCopy, base: str, commit: str, live: str, editor: Editor) -> str:
    """The same items on top of what went live meanwhile; what was published later than `base` stays.

    `base` is what was live when the commit was made. Raises `ContentRefused` where nothing of it is left.
    """
    present = base_of(copy, live)
    if present == base:
        return commit
    later = {each.key for each in items(copy, base, present) if not each.trains}
    own = [each for each in items(copy, base, commit) if each.key not in later]
    if not own:
        raise ContentRefused("nothing_to_publish")
    keys = [each.key for each in own]
    return copy.beside(present, composed(copy, present, commit, keys), editor, "Publish: " + ", ".join(sorted(keys)))
