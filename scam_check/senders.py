"""The check, senders: whose name a message or an address borrows, and whether the address is that sender's own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from answers.senders import Sender
from scam_check.addresses import BAIT, COUNTRIES, ORDINARY
from scam_check.kinds import ReasonKind
from scam_check.links import Link
from scam_check.text import unmasked

_SHORTEST_ALONE: Final = 4
_SHORTEST_INSIDE: Final = 6
_TWO_EDITS: Final = 8
_SPLIT: Final = re.compile(r"[-_.\d]+")
_WHOLE: Final = re.compile(r"[-_.]+")
# How a name is written with digits and joined letters: p0sti, n0rdea, vvolt, rnatkahuolto.
_DIGITS_AS_LETTERS: Final = str.maketrans("013457", "oieast")
_JOINED: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
# How far from its beginning a message names the one who is said to write.
_SENDER_PLACE: Final = 24


@dataclass(frozen=True)
class Named:
    """A sender that a text names: the words, where, and whether they stand where the name of the writer stands."""

    key: str
    words: str
    start: int
    as_writer: bool


class SenderIndex:
    """The senders, arranged so that a message is compared with all of them in a fraction of a millisecond."""

    def __init__(self, senders: Mapping[str, Sender]) -> None:
        self.senders = senders
        self._owner = {domain: key for key, sender in senders.items() for domain in sender.all_domains}
        self._labels: dict[str, str] = {}
        for key, sender in senders.items():
            for domain in sender.all_domains[:2]:
                label = domain.partition(".")[0]
                if len(label) >= 2:
                    self._labels.setdefault(_bare(label), key)

    def owner(self, link: Link) -> str | None:
        """The sender whose own address this is."""
        return self._owner.get(link.domain) or self._owner.get(link.host)

    def named_in(self, text: str, original: str) -> list[Named]:
        """The senders that a plain text names, each once; a short name only where it is in capitals."""
        found: dict[str, Named] = {}
        for match in self._names.finditer(text):
            words = match.group()
            key = self._key_of(words)
            if key is None or key in found:
                continue
            if len(words) <= 3 and not re.search(rf"(?<!\w){re.escape(words.upper())}(?!\w)", original):
                continue
            after = text[match.end() : match.end() + 2]
            line = text.rfind("\n", 0, match.start()) + 1
            as_writer = match.start() - line <= _SENDER_PLACE or after[:1] in (":", "]", ">")
            found[key] = Named(key, words, match.start(), as_writer)
        return list(found.values())

    def borrowed_by(self, link: Link, named: frozenset[str] = frozenset()) -> tuple[str, ReasonKind] | None:
        """The sender whose name the address borrows, and how: in it, nearly, or in look-alike letters; None for none.

        `named` are the senders that the text speaks of: of theirs a short name is enough.
        """
        if link.is_ip or self.owner(link) is not None:
            return None
        plain = unmasked(_without_marks(link.host, link.suffix))
        for label in reversed(_labels_of(plain, link)):
            how = self._borrowed(label, named)
            if how is not None:
                key, kind = how
                return (key, ReasonKind.LOOK_ALIKE if plain != link.host else kind)
        return None

    def is_home_elsewhere(self, link: Link, key: str) -> bool:
        """Whether the address is the sender's very name under the ending of another country: often its own as well."""
        names = {domain.partition(".")[0] for domain in self.senders[key].all_domains}
        return link.suffix in COUNTRIES and link.labels[-1:] != () and link.labels[-1] in names

    def _borrowed(self, label: str, named: frozenset[str]) -> tuple[str, ReasonKind] | None:
        bare = _bare(label)
        tokens = [token for token in _SPLIT.split(label) if token]
        for token in (bare, *tokens):
            key = self._labels.get(token)
            if key is not None and (len(token) >= _SHORTEST_ALONE or key in named or self._has_bait(tokens)):
                return key, ReasonKind.SENDER_IN_LINK
        for name, key in self._inside:
            is_enough = len(name) >= _SHORTEST_INSIDE or (key in named and bare.startswith(name))
            if is_enough and name in bare:
                return key, ReasonKind.SENDER_IN_LINK
        return self._misspelt(label, bare, tokens, named)

    def _misspelt(
        self, label: str, bare: str, tokens: list[str], named: frozenset[str]
    ) -> tuple[str, ReasonKind] | None:
        whole = [part for part in _WHOLE.split(label) if part]
        for candidate in dict.fromkeys((bare, *tokens, *whole)):
            read = _read(candidate)
            if read != candidate and len(read) >= _SHORTEST_ALONE and read in self._labels:
                return self._labels[read], ReasonKind.NEAR_MISS
            for name, key in self._labels.items():
                # "rosti" is a word of its own; where the text names the sender, the slip was meant.
                if len(name) < (_SHORTEST_INSIDE if key not in named else _SHORTEST_ALONE):
                    continue
                limit = 2 if len(name) >= _TWO_EDITS else 1
                is_near = abs(len(candidate) - len(name)) <= limit and edits(candidate, name, limit) <= limit
                if is_near and candidate not in ORDINARY:
                    return key, ReasonKind.NEAR_MISS
        return None

    def _has_bait(self, tokens: list[str]) -> bool:
        return len(tokens) > 1 and any(token.startswith(BAIT) for token in tokens)

    @cached_property
    def _inside(self) -> list[tuple[str, str]]:
        """Names that an address may hold anywhere, the longest first: of domains, and long stems such as omakan(ta)."""
        found = [(name, key) for name, key in self._labels.items() if len(name) >= _SHORTEST_ALONE]
        for key, sender in self.senders.items():
            for word in sender.words:
                stem = _bare(word.rstrip("*"))
                if len(stem) >= _SHORTEST_INSIDE and stem.isascii() and word.endswith("*") and " " not in word:
                    found.append((stem, key))
        return sorted(found, key=lambda pair: -len(pair[0]))

    @cached_property
    def _names(self) -> re.Pattern[str]:
        words = sorted({word for sender in self.senders.values() for word in sender.words}, key=len, reverse=True)
        patterns = [re.escape(word.rstrip("*")) + (r"\w{0,12}" if word.endswith("*") else "") for word in words]
        return re.compile(rf"(?<![\w.@/-])(?:{'|'.join(patterns or ['(?!)'])})(?![\w@]|-\w+\.|\.\w)")

    def _key_of(self, words: str) -> str | None:
        exact = self._exact.get(words)
        if exact is not None:
            return exact
        return next((key for stem, key in self._prefixes if words.startswith(stem)), None)

    @cached_property
    def _exact(self) -> dict[str, str]:
        return {word: key for key, sender in self.senders.items() for word in sender.words if not word.endswith("*")}

    @cached_property
    def _prefixes(self) -> list[tuple[str, str]]:
        stems = [(word[:-1], key) for key, each in self.senders.items() for word in each.words if word.endswith("*")]
        return sorted(stems, key=lambda pair: -len(pair[0]))


def edits(one: str, other: str, limit: int) -> int:
    """Letters to change, add, drop or change round between two words; above `limit` any number above it."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row, before = row, [i], row if i == 1 else before
        for j, theirs in enumerate(other, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        if min(row) > limit:
            return limit + 1
        before = last
    return row[-1]


def _labels_of(plain: str, link: Link) -> list[str]:
    whole = plain[: -len(link.suffix) - 1] if link.suffix and plain.endswith(link.suffix) else plain
    return [label for label in whole.split(".") if label not in ("www", "m", "")]


def _without_marks(host: str, suffix: str) -> str:
    """Without accents, that a phone hardly shows; Finnish letters stay in Finnish domains."""
    if host.isascii():
        return host
    kept = "äöå" if suffix == "fi" else ""
    return "".join(letter if letter in kept else _base_of(letter) for letter in host)


def _base_of(letter: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))


def _bare(label: str) -> str:
    return label.replace("-", "").replace("_", "").replace(" ", "").replace(".", "")


def _read(label: str) -> str:
    read = label.translate(_DIGITS_AS_LETTERS)
    for joined, letter in _JOINED:
        read = read.replace(joined, letter)
    return read
