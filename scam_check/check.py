"""The check: one message taken apart and judged, in less than 5 ms and with no service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from scam_check.ibans import Account, find_accounts
from scam_check.kinds import Asked, ReasonKind, Story, Suspicion
from scam_check.known_list import NOTHING_KNOWN, KnownScams
from scam_check.links import Link, find_links
from scam_check.parts import MOST_ASKED, MOST_DOMAINS, MOST_REASONS, OF_ADDRESS, Reason, ScamParts
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
from scam_check.signs import STRANGE, sign_signals, signs_of, weight_of
from scam_check.text import bounded, is_disguised, plain, unmasked

# From which sum of weights on there is some suspicion, and a strong one.
SOME: Final = 3.0
STRONG: Final = 5.5
# What takes suspicion away: only addresses of senders themselves, and a warning never to give a code away.
_OWN_ADDRESS: Final = 2.5
_NOTICE: Final = 1.5
# A suspicion without a link, number or account needs more: people ask each other for money, too.
_WORDS_ALONE: Final = 0.5
_A_REASON: Final = 1.0
_FALSE_ADDRESS: Final = 5.0
_DEFANGED: Final = re.compile(r"\[\.\]|\(\.\)|\[dot\]", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[\"“”„«»']([^\"“”„«»]{25,})[\"“”„«»']|^>\s*\S.*$", re.MULTILINE)
_INTRODUCED: Final = re.compile(r":\s*\n?\s*(?=\S.{30,})", re.DOTALL)
_WORD: Final = re.compile(r"\w+")
_START: Final = 16
_STRONG_REQUESTS: Final = frozenset({Asked.CODES, Asked.GIFT_CARDS, Asked.REMOTE_CONTROL, Asked.CARD, Asked.CRYPTO})
_GREETS: Final = re.compile(r"\W*(?:hei|moi|moikka|moro|terve|hej|hejsan|hallå|hi|hey|hello)(?!\w)")
_OF_OTHERS: Final = frozenset({"asked_codes", "asked_gift_cards", "story_relative_in_need", "story_new_number"})
_SPOKEN: Final = frozenset({ReasonKind.ASKED, ReasonKind.STORY, ReasonKind.THREAT, ReasonKind.SENDER_ELSEWHERE})
_BY_THE_WAY: Final = frozenset({ReasonKind.BAIT_IN_LINK, ReasonKind.UNUSUAL_ENDING, ReasonKind.PORT})


@dataclass(frozen=True)
class Checked:
    """What the check says of a message. `concerns`: it is a pasted message, or asks whether something is genuine.

    `asks`: it asks that, perhaps about another message; `score` is the sum of the weights, for tests and evaluation.
    """

    parts: ScamParts
    concerns: bool
    asks: bool
    score: float


def check_message(
    text: str, index: SenderIndex, known: KnownScams = NOTHING_KNOWN, *, forwarded: bool = False
) -> Checked:
    """Judge a text as it was received, before anything is masked; never raises for what somebody wrote.

    `forwarded`: the platform says that the citizen did not write it.
    """
    original = bounded(text)
    words = _DEFANGED.sub(".", plain(original))
    links, numbers = find_links(words), find_numbers(words, known.numbers)
    # Not the words of an address: "http://posti-maksu.info/vahvista" asks nobody to confirm.
    spoken = _without(links, words)
    read = unmasked(spoken)
    phrases = find_phrases(read)
    named = index.named_in(read, original)
    accounts = find_accounts(words)
    signals = _signals(words, links, numbers, accounts, phrases, named, index, known)
    score = sum(signal.weight for signal in signals) - _relief(links, phrases, index, signals)
    is_strong = score >= SOME  # weak signs alone are no strong suspicion
    signs = signs_of(words, links, numbers, accounts, phrases, index)
    score += _weight_of_signs(signs, numbers, accounts, phrases, signals)
    if not links and not numbers and not _STRONG_REQUESTS & {signal.reason.asked for signal in signals}:
        score -= _WORDS_ALONE
    if score >= SOME:
        signals += sign_signals(links, numbers, accounts, phrases, index, signals)
    if not signals:
        score = min(score, SOME - 0.1)  # nobody is warned without a reason
    concerns = _concerns(spoken, links, numbers, accounts, phrases, named, score, forwarded=forwarded)
    parts = ScamParts(
        suspicion=_suspicion(score, is_strong=is_strong),
        reasons=_reasons(signals) if score >= SOME else (),
        asked=_asked(signals),
        story=_story(signals),
        sender=_sender(signals, named, links, index),
        domains=tuple(dict.fromkeys(link.domain[:100] for link in links))[:MOST_DOMAINS],
    )
    return Checked(parts, concerns, "asks_genuine" in phrases, score)


def _suspicion(score: float, *, is_strong: bool) -> Suspicion:
    if score < SOME:
        return Suspicion.NONE
    return Suspicion.STRONG if is_strong and score >= STRONG else Suspicion.SOME


def _signals(
    words: str,
    links: list[Link],
    numbers: list[PhoneNumber],
    accounts: list[Account],
    phrases: dict[str, Found],
    named: list[Named],
    index: SenderIndex,
    known: KnownScams,
) -> list[Signal]:
    parent = phrases.get("parent")
    to_parent = parent is not None and parent.start <= _START
    foreign = [link for link in links if not link.is_mail and index.owner(link) in (None, *OPEN_PLATFORMS)]
    is_contact = bool({"asked_call", "asked_other_chat", "story_new_number"} & phrases.keys())
    signals = link_signals(links, named, index, known.domains)
    signals += phrase_signals(phrases, has_foreign_link=bool(foreign), to_parent=to_parent)
    signals += number_signals(numbers, is_contact=is_contact) + account_signals(accounts)
    disguised = next((word for word in _WORD.findall(words)[:400] if is_disguised(word)), None)
    if disguised is not None and not any(signal.reason.kind is ReasonKind.LOOK_ALIKE for signal in signals):
        signals.append(Signal(3.0, Reason(ReasonKind.LOOK_ALIKE, unmasked(disguised)[:40])))
    return signals


def _relief(links: list[Link], phrases: dict[str, Found], index: SenderIndex, signals: list[Signal]) -> float:
    """What speaks for a message: each link leads to a sender's own address; it says never to give a code away."""
    owners = [index.owner(link) for link in links]
    is_own = bool(owners) and all(owner is not None and owner not in OPEN_PLATFORMS for owner in owners)
    is_own = is_own and not any(signal.reason.kind in OF_ADDRESS for signal in signals)
    return (_OWN_ADDRESS if is_own else 0.0) + (_NOTICE if "notice" in phrases else 0.0)


def _concerns(
    spoken: str,
    links: list[Link],
    numbers: list[PhoneNumber],
    accounts: list[Account],
    phrases: dict[str, Found],
    named: list[Named],
    score: float,
    *,
    forwarded: bool,
) -> bool:
    """Whether the message is one that was pasted, or asks about a link, a number or such a message."""
    asks, narrates = "asks_genuine" in phrases, "narration" in phrases
    pages = [link for link in links if not link.is_mail]
    count = len(_WORD.findall(spoken))
    is_quoted = _QUOTED.search(spoken) is not None or (narrates and _INTRODUCED.search(spoken) is not None)
    if forwarded or (asks and (links or numbers or is_quoted)):
        return True
    if pages and count <= 2:
        return True
    if score < SOME:
        return asks and count > 14
    parent = phrases.get("parent")
    shaped = bool(
        links
        or numbers
        or accounts
        or is_quoted
        or "greeting_formal" in phrases
        or any(name.as_writer for name in named)
        or (parent is not None and parent.start <= _START and "story_new_number" in phrases)
    )
    if narrates and not (links or numbers or accounts or is_quoted or _is_spoken_to(spoken, phrases)):
        return False
    return shaped or (count >= 6 and ("you" in phrases or "click" in phrases or bool(_requests(phrases))))


def _weight_of_signs(
    signs: frozenset[str],
    numbers: list[PhoneNumber],
    accounts: list[Account],
    phrases: dict[str, Found],
    signals: list[Signal],
) -> float:
    """What weak signs add or take away; a false address is not made good by friendly words."""
    weight = weight_of(signs)
    if not _signs_count(signs, numbers, accounts, phrases, signals):
        weight = min(weight, 0.0)
    return max(weight, 0.0) if any(signal.weight >= _FALSE_ADDRESS for signal in signals) else weight


def _signs_count(
    signs: frozenset[str],
    numbers: list[PhoneNumber],
    accounts: list[Account],
    phrases: dict[str, Found],
    signals: list[Signal],
) -> bool:
    """Whether weak signs speak against the message: of words alone they could make a scam of any complaint."""
    if STRANGE & signs or ("amount" in signs and _is_letter(phrases)):
        return True
    # Who reports something tells a number, an account and a mailbox as well, of their own.
    return bool(numbers or accounts or "free_mail" in signs) and _spoken_weight(signals) >= _A_REASON


def _spoken_weight(signals: list[Signal]) -> float:
    return sum(signal.weight for signal in signals if signal.reason.kind in _SPOKEN)


def _is_letter(phrases: dict[str, Found]) -> bool:
    """Whether a message begins as a letter to a stranger or to a relative does."""
    parent = phrases.get("parent")
    return "greeting_formal" in phrases or (parent is not None and parent.start <= _START)


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


def _sender(signals: list[Signal], named: list[Named], links: list[Link], index: SenderIndex) -> str | None:
    borrowed = next((signal.reason.sender for signal in signals if signal.reason.sender is not None), None)
    writer = next((name.key for name in named if name.as_writer), None)
    owner = next((key for link in links if (key := index.owner(link)) is not None and key not in OPEN_PLATFORMS), None)
    other = next((name.key for name in named if name.key not in OPEN_PLATFORMS), None)
    return borrowed or writer or owner or other
