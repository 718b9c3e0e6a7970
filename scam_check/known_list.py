"""The check, known scams: domains and telephone numbers that somebody has listed in a file; empty where there is none.

The file (`NEUVO_SCAM_LIST`) has one domain or number a line; `#` begins a comment. It is read again when it changes. A
line that is neither is left out and told once in the log, so a feed with a mistake in it is of use all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scam_check.links import find_links
from scam_check.phone_numbers import international

LOOK_EVERY: Final = 5.0
_LARGEST: Final = 20 * 1024 * 1024


@dataclass(frozen=True)
class KnownScams:
    """Listed domains (registered or whole hosts), numbers in international form, and how many lines were neither."""

    domains: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    not_read: int = 0


NOTHING_KNOWN: Final = KnownScams()


@dataclass
class KnownList:
    """The list of a file, followed while it changes; `on_problem` hears in words why it cannot be read, or not all."""

    path: Path | None
    on_problem: Callable[[str], None] = field(default=lambda _: None)
    clock: Callable[[], float] = time.monotonic
    _known: KnownScams = NOTHING_KNOWN
    _signature: tuple[int, int] | None = None
    _looked_at: float = float("-inf")

    @property
    def known(self) -> KnownScams:
        """What is listed now; what was listed before, while the file cannot be read."""
        if self.path is None or self.clock() - self._looked_at < LOOK_EVERY:
            return self._known
        self._looked_at = self.clock()
        try:
            status = self.path.stat()
            signature = (status.st_mtime_ns, status.st_size)
            if signature != self._signature:
                self._signature = signature
                self._known = read_list(self.path)
                if self._known.not_read:
                    self.on_problem(
                        f"{self._known.not_read} lines of the list of known scams are no domain and no number."
                    )
        except (OSError, UnicodeDecodeError) as error:
            if self._signature != (0, 0):
                self._signature = (0, 0)
                self.on_problem(f"The list of known scams cannot be read: {type(error).__name__}.")
        return self._known


def read_list(path: Path) -> KnownScams:
    """The list of a file. Raises OSError and UnicodeDecodeError; beyond 20 MB nothing is read."""
    with path.open(encoding="utf-8") as file:
        text = file.read(_LARGEST)
    domains: set[str] = set()
    numbers: set[str] = set()
    not_read = 0
    for line in text.splitlines():
        entry = line.split("#", 1)[0].strip().lower()
        if not entry:
            continue
        if entry.lstrip("+").replace(" ", "").replace("-", "").isdigit():
            number = international(entry)
            numbers |= {number} if number else set()
            not_read += number is None
            continue
        links = find_links(entry if "//" in entry else f"http://{entry}")
        domains |= {link.host for link in links[:1]}
        not_read += not links
    return KnownScams(frozenset(domains), frozenset(numbers), not_read)
