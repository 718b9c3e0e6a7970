"""Supply chain, the lists: every package of `requirements/*.txt` with its version and hashes."""

import re
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
# What runs in production, and what makes and checks it.
LISTS = ("gateway", "rasa", "encoder", "setup", "demo")
_PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z,-]+\])?==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})(?:\s|$)")


class NotLocked(ValueError):
    """A line of a list that is neither a pinned version nor a hash."""


@dataclass(frozen=True)
class Package:
    """One package at one version; a hash for each file that the index may give."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def address(self) -> str:
        """Its package URL (purl-spec, type pypi)."""
        return f"pkg:pypi/{self.name}@{self.version}"


def normal(name: str) -> str:
    """A name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def packages_of(text: str) -> list[Package]:
    """The packages of a compiled list, in its order; raises `NotLocked` for a line that pins nothing."""
    found: list[tuple[str, str, list[str]]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        if pinned := _PINNED.fullmatch(line):
            found.append((normal(pinned[1]), pinned[2], []))
        elif line.startswith("--hash=") and found and _HASH.match(line):
            found[-1][2].extend(_HASH.findall(line))
        else:
            raise NotLocked(f"Not a pinned version with hashes: {line[:80]!r}. Run `make requirements`.")
    bare = [name for name, _, hashes in found if not hashes]
    if bare:
        raise NotLocked(f"Without a hash: {', '.join(bare)}. Run `make requirements`.")
    return [Package(name, version, tuple(sorted(hashes))) for name, version, hashes in found]


def locked(name: str) -> list[Package]:
    """The packages of one of our lists."""
    return packages_of((PROJECT / "requirements" / f"{name}.txt").read_text("utf-8"))
