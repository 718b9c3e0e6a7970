"""What earlier runs found, so that a run that was stopped goes on where it was: a defence that has not changed is kept.

What a result hangs on is the defence itself, the file that it stands in, and the file of its test.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from gateway.core.config.settings import PROJECT
from tests.hostile.defence import Defence
from tests.hostile.removal import Outcome


class Memory:
    """A file of outcomes by the hash of what they hang on; broken ones are not kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def recall(self, defence: Defence) -> Outcome | None:
        """What was found before, where nothing has changed since."""
        known = self._known.get(hash_of(defence))
        return Outcome(known) if known is not None else None

    def keep(self, defence: Defence, outcome: Outcome) -> None:
        """Note an outcome at once: the next moment the run may be stopped."""
        if outcome is Outcome.BROKEN:
            return
        self._known[hash_of(defence)] = outcome
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(self._known, indent=1), "utf-8")
        beside.replace(self._path)

    def forget(self) -> None:
        """Begin anew."""
        self._known = {}


@cache
def hash_of(defence: Defence) -> str:
    """The name of a result; as the files were when it was first asked for, which is before they are copied."""
    parts = [defence.name, defence.target, repr(defence.edits), defence.test]
    files = [PROJECT / defence.file, PROJECT / defence.test.partition("::")[0]]
    whole = "\x00".join([*parts, *(path.read_text("utf-8") for path in files)])
    return hashlib.sha256(whole.encode()).hexdigest()
