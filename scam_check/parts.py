"""The check, its result: the parts that go on with a message, in closed lists; no path, number or text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scam_check.kinds import Asked, ReasonKind, Story, Suspicion

MOST_REASONS: Final = 3
NO_SENDER: Final = "none"
MOST_DOMAINS: Final = 3
MOST_ASKED: Final = 6
LONGEST_WORDS: Final = 60
# What a reason may point at: a domain, or words of our own patterns, which have no digits.
_WORDS: Final = re.compile(r"[^\W\d_][^\d\n@/]*", re.UNICODE)
_DOMAIN: Final = re.compile(r"[^\s/?#@:]{1,100}")
_KEYS: Final = frozenset({"suspicion", "reasons", "asked", "story", "sender", "domains", "told"})
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")
_ORDER: Final = (Suspicion.STRONG, Suspicion.SOME, Suspicion.NONE)
OF_ADDRESS: Final = frozenset(
    {
        ReasonKind.LISTED,
        ReasonKind.SENDER_ELSEWHERE,
        ReasonKind.SENDER_IN_LINK,
        ReasonKind.NEAR_MISS,
        ReasonKind.LOOK_ALIKE,
        ReasonKind.HIDDEN_ADDRESS,
        ReasonKind.IP_ADDRESS,
        ReasonKind.PORT,
        ReasonKind.SHORTENER,
        ReasonKind.FREE_SITE,
        ReasonKind.UNUSUAL_ENDING,
        ReasonKind.BAIT_IN_LINK,
    }
)
"""Reasons whose words are the host or domain of a link."""


class PartsRefused(ValueError):
    """A result from elsewhere that is none; the text says what is wrong with it."""


@dataclass(frozen=True)
class Reason:
    """One reason: its kind, the very words of the message (a domain for what is in a link), and whose name is borrowed.

    `asked` and `story` say more of the reasons `asked` and `story`.
    """

    kind: ReasonKind
    words: str = ""
    sender: str | None = None
    asked: Asked | None = None
    story: Story | None = None

    def as_json(self) -> dict[str, str]:
        """As it goes from the gateway to the dialogue."""
        found = {
            "kind": self.kind.value,
            "words": self.words,
            "sender": self.sender or "",
            "asked": self.asked.value if self.asked else "",
            "story": self.story.value if self.story else "",
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class ScamParts:
    """What the check found: at most three reasons, what is asked for, the kind of message, whose name, domains.

    `told`: nothing was pasted; the citizen seems to tell of a scam. It is said where the dialogue knows nothing better.
    """

    suspicion: Suspicion
    reasons: tuple[Reason, ...] = ()
    asked: tuple[Asked, ...] = ()
    story: Story = Story.OTHER
    sender: str | None = None
    domains: tuple[str, ...] = ()
    told: bool = False

    @property
    def wave(self) -> str | None:
        """Under what it is counted, `sender:story`; None where nothing speaks against the message."""
        return None if self.suspicion is Suspicion.NONE else f"{self.sender or NO_SENDER}:{self.story.value}"

    def as_json(self) -> dict[str, Any]:
        """As it goes from the gateway to the dialogue; see tests/contracts."""
        found: dict[str, Any] = {
            "suspicion": self.suspicion.value,
            "reasons": [reason.as_json() for reason in self.reasons],
            "asked": [each.value for each in self.asked],
            "story": self.story.value,
            "domains": list(self.domains),
        }
        found |= {"sender": self.sender} if self.sender else {}
        return found | {"told": True} if self.told else found


def strongest(several: Iterable[ScamParts]) -> ScamParts | None:
    """Of the checks of messages that are answered together, the strongest, of a pasted one first; None of none."""
    return min(several, key=lambda each: (each.told, _ORDER.index(each.suspicion)), default=None)


def parts_from_json(given: Any) -> ScamParts:
    """A result that came as JSON, every value checked. Raises `PartsRefused`."""
    if not isinstance(given, Mapping):
        raise PartsRefused("scam_check must be an object.")
    unknown = sorted(map(str, given.keys() - _KEYS))
    if unknown:
        raise PartsRefused(f"scam_check: unknown keys {', '.join(unknown)}.")
    try:
        return ScamParts(
            suspicion=Suspicion(given.get("suspicion")),
            reasons=tuple(_reason(each) for each in _list(given, "reasons", MOST_REASONS)),
            asked=tuple(Asked(each) for each in _list(given, "asked", MOST_ASKED)),
            story=Story(given.get("story", Story.OTHER.value)),
            sender=_key(given.get("sender")),
            domains=tuple(_domain(each) for each in _list(given, "domains", MOST_DOMAINS)),
            told=_flag(given.get("told", False)),
        )
    except (ValueError, TypeError) as error:
        raise PartsRefused(f"scam_check: {error}") from None


def _reason(given: Any) -> Reason:
    if not isinstance(given, Mapping) or given.keys() - {"kind", "words", "sender", "asked", "story"}:
        raise PartsRefused("a reason has kind, words, sender, asked and story.")
    kind = ReasonKind(given.get("kind"))
    words = given.get("words", "")
    if not isinstance(words, str) or len(words) > LONGEST_WORDS:
        raise PartsRefused("words are a short string.")
    if words and kind in OF_ADDRESS:
        words = _domain(words)
    elif words and not _WORDS.fullmatch(words):
        raise PartsRefused("words have no digits.")
    asked, story = given.get("asked"), given.get("story")
    sender = _key(given.get("sender"))
    return Reason(kind, words, sender, Asked(asked) if asked else None, Story(story) if story else None)


def quotable(words: str) -> str:
    """Words of a message as a reason may point at them: short and without digits; "" where nothing is left."""
    clean = " ".join(re.sub(r"[\d@/€$£_]+.*", "", words).split()).strip(" .,:;-(")[:LONGEST_WORDS].strip()
    return clean if _WORDS.fullmatch(clean) else ""


def _list(given: Mapping[str, Any], name: str, most: int) -> list[Any]:
    values = given.get(name, [])
    if not isinstance(values, list) or len(values) > most:
        raise PartsRefused(f"{name} must be a list of at most {most}.")
    return values


def _flag(given: Any) -> bool:
    if not isinstance(given, bool):
        raise PartsRefused("told is true or false.")
    return given


def _domain(given: Any) -> str:
    if not isinstance(given, str) or not _DOMAIN.fullmatch(given):
        raise PartsRefused("a domain has no path.")
    return given


def _key(given: Any) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str) or not _KEY.fullmatch(given):
        raise PartsRefused("a sender is a key of senders.yml.")
    return given
