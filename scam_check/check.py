"""The check: one message taken apart and judged, in less than 5 ms and with no service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scam_check.ibans import Account, find_accounts
from scam_check.kinds import Asked, ReasonKind, Story, Suspicion
from scam_check.known_list import NOTHING_KNOWN, KnownScams
from scam_check.lexical import Weights, shipped
from scam_check.links import Link, find_links
from scam_check.parts import MOST_ASKED, MOST_DOMAINS, MOST_REASONS, OF_ADDRESS, Reason, ScamParts, quotable
from scam_check.phone_numbers import PhoneNumber, find_numbers
from scam_check.phrases.matcher import Found, find_phrases
from scam_check.senders import Named, SenderIndex
from scam_check.signals import (
    OPEN_PLATFORMS,
    Signal,
    account_signals,
    link_signals,
    number_signals,
    phrase_signals,
)
from scam_check.signs import sign_signals, signs_of
from scam_check.text import bounded, is_disguised, plain, unmasked

# From which sum of weights on there is some suspicion, and a strong one.
SOME: Final = 3.0
STRONG: Final = 5.5
# What takes suspicion away: only addresses of senders themselves, and a warning never to give a code away.
_OWN_ADDRESS: Final = 2.5
_NOTICE: Final = 1.5
# A suspicion without a link, number or account needs more: people ask each other for money, too.
_WORDS_ALONE: Final = 0.5
# How far weak signs and the wording may move a message: enough to be warned of, not enough to make strong signs good.
_WEAK: Final = (-4.0, 6.0)
_A_REASON: Final = 1.0
_MANY_WORDS: Final = 2.5
_A_SMALL_REASON: Final = 0.1
# Fewer words tell of no scam.
_FEWEST_TOLD: Final = 6
_FALSE_ADDRESS: Final = 5.0
_DEFANGED: Final = re.compile(r"\[\.\]|\(\.\)|\[dot\]", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[\"“”„«»']([^\"“”„«»]{25,})[\"“”„«»']|^>\s*\S.*$", re.MULTILINE)
_INTRODUCED: Final = re.compile(r":\s*\n?\s*(?=\S.{30,})", re.DOTALL)
_WORD: Final = re.compile(r"\w+")
_START: Final = 16
_STRONG_REQUESTS: Final = frozenset({Asked.CODES, Asked.GIFT_CARDS, Asked.REMOTE_CONTROL, Asked.CARD, Asked.CRYPTO})
# Signs of an address that is nobody's whom we know.
_STRANGE: Final = frozenset({"stranger_link", "plain_fi_link", "free_link", "stranger_mail"})
_SPOKEN: Final = frozenset({ReasonKind.ASKED, ReasonKind.STORY, ReasonKind.THREAT, ReasonKind.SENDER_ELSEWHERE})
_GREETS: Final = re.compile(r"\W*(?:hei|moi|moikka|moro|terve|hej|hejsan|hallå|hi|hey|hello)(?!\w)")
_OF_OTHERS: Final = frozenset({"asked_codes", "asked_gift_cards", "story_relative_in_need", "story_new_number"})
_BY_THE_WAY: Final = frozenset({ReasonKind.BAIT_IN_LINK, ReasonKind.UNUSUAL_ENDING, ReasonKind.PORT})


@dataclass(frozen=True)
class Checked:
    """What the check says of a message. `concerns`: it is a pasted message, or asks whether something is genuine.

    `parts.told`: it is neither, and reads like a scam told in the citizen's own words. `asks`: it asks that, perhaps
    about another message. For tests and evaluation: `score` is the sum of all weights, `of_signals` that of the signals
    alone, and `signs` are the weak signs.
    """

    parts: ScamParts
    concerns: bool
    asks: bool
    score: float
    of_signals: float
    signs: frozenset[str]

    @property
    def is_warned(self) -> bool:
        """Whether the message itself is answered, and with a warning."""
        return self.concerns and self.parts.suspicion is not Suspicion.NONE


def check_message(
    text: str,
    index: SenderIndex,
    known: KnownScams = NOTHING_KNOWN,
    *,
    forwarded: bool = False,
    weights: Weights | None = None,
) -> Checked:
    """Judge a text as it was received, before anything is masked; never raises for what somebody wrote.

    `forwarded`: the platform says that the citizen did not write it. `weights` are others than those shipped.
    """
    apart = _take_apart(text, index, known)
    weights = weights or shipped()
    signals = _signals(apart, index, known)
    of_signals = sum(signal.weight for signal in signals) - _relief(apart, index, signals)
    is_strong = of_signals >= SOME  # weak signs alone are no strong suspicion
    if not apart.links and not apart.numbers and not _STRONG_REQUESTS & {signal.reason.asked for signal in signals}:
        of_signals -= _WORDS_ALONE
    signs = signs_of(apart.words, apart.links, apart.numbers, apart.accounts, apart.phrases, index)
    score = of_signals + _weak(weights.of_signs(signs) + weights.of_text(apart.words), signals)
    if score >= SOME:
        signals += sign_signals(apart.links, apart.numbers, apart.accounts, apart.phrases, index, signals)
        signals += [] if signals else _wording_signals(weights.telling_words(apart.spoken), apart.phrases)
    if not signals:
        score = min(score, SOME - 0.1)  # nobody is warned without a reason
    of_words = sum(signal.weight for signal in signals if signal.reason.kind in _SPOKEN)
    concerns = _concerns(apart, signs, score, of_words, forwarded=forwarded)
    parts = ScamParts(
        suspicion=_suspicion(score, is_strong=is_strong),
        reasons=_reasons(signals) if score >= SOME else (),
        asked=_asked(signals),
        story=_story(signals),
        sender=_sender(signals, apart, index),
        domains=tuple(dict.fromkeys(link.domain[:100] for link in apart.links))[:MOST_DOMAINS],
        told=not concerns and score >= SOME and _is_told(apart, signs, of_words),
    )
    return Checked(parts, concerns, "asks_genuine" in apart.phrases, score, of_signals, signs)


@dataclass(frozen=True)
class _Apart:
    """A text taken apart: its plain words, those without its addresses, and what was found in them."""

    words: str
    spoken: str
    links: list[Link]
    numbers: list[PhoneNumber]
    accounts: list[Account]
    phrases: dict[str, Found]
    named: list[Named]

    @property
    def is_to_parent(self) -> bool:
        """Whether a father, mother or other relative is greeted at its beginning."""
        parent = self.phrases.get("parent")
        return parent is not None and parent.start <= _START


def _take_apart(text: str, index: SenderIndex, known: KnownScams) -> _Apart:
    original = bounded(text)
    words = _DEFANGED.sub(".", plain(original))
    links = find_links(words)
    # Not the words of an address: "http://posti-maksu.info/vahvista" asks nobody to confirm.
    spoken = _without(links, words)
    read = unmasked(spoken)
    return _Apart(
        words=words,
        spoken=spoken,
        links=links,
        numbers=find_numbers(words, known.numbers),
        accounts=find_accounts(words),
        phrases=find_phrases(read),
        named=index.named_in(read, original),
    )


def _suspicion(score: float, *, is_strong: bool) -> Suspicion:
    if score < SOME:
        return Suspicion.NONE
    return Suspicion.STRONG if is_strong and score >= STRONG else Suspicion.SOME


def _signals(apart: _Apart, index: SenderIndex, known: KnownScams) -> list[Signal]:
    phrases = apart.phrases
    foreign = [link for link in apart.links if not link.is_mail and index.owner(link) in (None, *OPEN_PLATFORMS)]
    is_contact = bool({"asked_call", "asked_other_chat", "story_new_number"} & phrases.keys())
    signals = link_signals(apart.links, apart.named, index, known.domains)
    signals += phrase_signals(phrases, has_foreign_link=bool(foreign), to_parent=apart.is_to_parent)
    signals += number_signals(apart.numbers, is_contact=is_contact) + account_signals(apart.accounts)
    disguised = next((word for word in _WORD.findall(apart.words)[:400] if is_disguised(word)), None)
    if disguised is not None and not any(signal.reason.kind is ReasonKind.LOOK_ALIKE for signal in signals):
        signals.append(Signal(3.0, Reason(ReasonKind.LOOK_ALIKE, unmasked(disguised)[:40])))
    return signals


def _relief(apart: _Apart, index: SenderIndex, signals: list[Signal]) -> float:
    """What speaks for a message: each link leads to a sender's own address; it says never to give a code away."""
    owners = [index.owner(link) for link in apart.links]
    is_own = bool(owners) and all(owner is not None and owner not in OPEN_PLATFORMS for owner in owners)
    is_own = is_own and not any(signal.reason.kind in OF_ADDRESS for signal in signals)
    return (_OWN_ADDRESS if is_own else 0.0) + (_NOTICE if "notice" in apart.phrases else 0.0)


def _concerns(apart: _Apart, signs: frozenset[str], score: float, of_words: float, *, forwarded: bool) -> bool:
    """Whether the message is one that was pasted, or asks about a link, a number or such a message."""
    phrases = apart.phrases
    asks, narrates = "asks_genuine" in phrases, "narration" in phrases
    pages = [link for link in apart.links if not link.is_mail]
    count = len(_WORD.findall(apart.spoken))
    is_quoted = _QUOTED.search(apart.spoken) is not None
    is_quoted = is_quoted or (narrates and _INTRODUCED.search(apart.spoken) is not None)
    if forwarded or (asks and (apart.links or apart.numbers or is_quoted)):
        return True
    if pages and count <= 2:
        return True
    if score < SOME:
        return asks and count > 14
    has_parts = bool(apart.links or apart.numbers or apart.accounts or is_quoted)
    if narrates and not (has_parts or _is_spoken_to(apart.spoken, phrases)):
        return False
    is_to_parent = apart.is_to_parent and "story_new_number" in phrases
    if _STRANGE & signs or apart.accounts or is_to_parent or "greeting_formal" in phrases:
        return True
    # Of words alone, weak signs make no pasted message: people tell of their own matters, with numbers and quotations.
    if has_parts or any(name.as_writer for name in apart.named):
        return of_words >= _A_REASON
    is_addressed = count >= _FEWEST_TOLD and ("you" in phrases or "click" in phrases or bool(_requests(phrases)))
    return is_addressed and of_words >= _MANY_WORDS


def _is_told(apart: _Apart, signs: frozenset[str], of_words: float) -> bool:
    """Whether somebody tells of a scam, and does not only give a number or mailbox of their own."""
    has_contact = bool(apart.numbers) or "free_mail" in signs
    return len(_WORD.findall(apart.spoken)) >= _FEWEST_TOLD and (of_words >= _A_REASON or not has_contact)


def _weak(points: float, signals: list[Signal]) -> float:
    """What weak signs and the wording add or take away; a false address is not made good by friendly words."""
    least, most = _WEAK
    is_false = any(signal.weight >= _FALSE_ADDRESS for signal in signals)
    return min(max(points, 0.0 if is_false else least), most)


def _wording_signals(telling: str, phrases: dict[str, Found]) -> list[Signal]:
    """The reason where there is no other: words that scams use, or the words of a weak sign."""
    signs = (quotable(found.words) for group, found in phrases.items() if group.startswith("sign_"))
    words = telling or next((each for each in signs if each), "")
    return [Signal(_A_SMALL_REASON, Reason(ReasonKind.WORDING, words))] if words else []


def _is_spoken_to(spoken: str, phrases: dict[str, Found]) -> bool:
    """Whether somebody is greeted and asked for what no police is asked: then the words are another one's."""
    return _GREETS.match(spoken) is not None and bool(_OF_OTHERS & phrases.keys())


def _requests(phrases: dict[str, Found]) -> list[str]:
    return [group for group in phrases if group.startswith(("asked_", "story_"))]


def _without(links: list[Link], words: str) -> str:
    """The text with its links blanked out, so that places stay."""
    characters = list(words)
    for link in links:
        characters[link.start : link.end] = " " * (link.end - link.start)
    return "".join(characters)


def _reasons(signals: list[Signal]) -> tuple[Reason, ...]:
    """The three that weigh most, of an address and of the words both where there are both."""
    ordered = sorted(signals, key=lambda signal: -signal.weight)
    chosen: list[Reason] = []
    for signal in ordered:
        reason = signal.reason
        # Of one address one thing is enough, and of what it looks like only where nothing else is said of it.
        if reason.kind in _BY_THE_WAY and any(each.kind in OF_ADDRESS for each in chosen):
            continue
        # One story is enough, and of what is asked for each thing once.
        if not any(each.kind is reason.kind and each.asked is reason.asked for each in chosen):
            chosen.append(reason)
    return tuple(chosen[:MOST_REASONS])


def _asked(signals: list[Signal]) -> tuple[Asked, ...]:
    return tuple(signal.reason.asked for signal in signals if signal.reason.asked is not None)[:MOST_ASKED]


def _story(signals: list[Signal]) -> Story:
    stories = [signal for signal in signals if signal.reason.story is not None]
    best = max(stories, key=lambda signal: signal.weight, default=None)
    return Story.OTHER if best is None or best.reason.story is None else best.reason.story


def _sender(signals: list[Signal], apart: _Apart, index: SenderIndex) -> str | None:
    borrowed = next((signal.reason.sender for signal in signals if signal.reason.sender is not None), None)
    writer = next((name.key for name in apart.named if name.as_writer), None)
    owners = [index.owner(link) for link in apart.links]
    owner = next((key for key in owners if key is not None and key not in OPEN_PLATFORMS), None)
    other = next((name.key for name in apart.named if name.key not in OPEN_PLATFORMS), None)
    return borrowed or writer or owner or other
