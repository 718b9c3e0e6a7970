"""The check, signals: what in a message speaks against it, each with its weight and the words that it points at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scam_check.addresses import BAIT, COMMON_ENDINGS, FREE_MAIL, KNOWN_SITES, UNUSUAL_ENDINGS
from scam_check.ibans import Account
from scam_check.kinds import Asked, ReasonKind, Story
from scam_check.links import Link
from scam_check.parts import LONGEST_WORDS as MOST_WORDS
from scam_check.parts import Reason, quotable
from scam_check.phone_numbers import PhoneNumber
from scam_check.phrases.matcher import Found
from scam_check.senders import Named, SenderIndex

# Senders on whose pages anybody may write.
OPEN_PLATFORMS: Final = frozenset(
    ("whatsapp", "telegram", "google", "meta", "discord", "linkedin", "dropbox", "snapchat", "tiktok", "microsoft")
)

ASKED_WEIGHTS: Final = {
    Asked.LOGIN: 2.0,
    Asked.CODES: 3.0,
    Asked.CARD: 2.5,
    Asked.IDENTITY: 2.5,
    Asked.APP: 1.5,
    Asked.REMOTE_CONTROL: 4.0,
    Asked.GIFT_CARDS: 4.0,
    Asked.CRYPTO: 3.0,
    Asked.MONEY: 1.5,
    Asked.SECRECY: 3.0,
    Asked.OTHER_CHAT: 2.0,
    Asked.CALL: 0.5,
}
STORY_WEIGHTS: Final = {
    Story.ACCOUNT_LOCKED: 2.5,
    Story.PARCEL: 1.0,
    Story.REFUND: 2.0,
    Story.FINE: 2.0,
    Story.BILL: 1.0,
    Story.SUBSCRIPTION: 1.5,
    Story.PRIZE: 2.5,
    Story.NEW_NUMBER: 2.0,
    Story.RELATIVE_IN_NEED: 3.5,
    Story.COURIER_FOR_CARD: 4.0,
    Story.NEW_ACCOUNT: 3.0,
    Story.LURE: 1.5,
    Story.PAY_FIRST: 2.5,
    Story.JOB: 3.0,
    Story.INVESTMENT: 3.0,
    Story.INHERITANCE: 4.0,
    Story.EXTORTION: 5.0,
    Story.ACCUSATION: 2.5,
    Story.MARKETPLACE: 2.5,
    Story.TECH_SUPPORT: 3.0,
    Story.SAFE_ACCOUNT: 5.0,
    Story.MULE: 4.0,
    Story.PURCHASE: 1.5,
    Story.RENTAL: 2.0,
    Story.ROMANCE: 2.5,
    Story.HEALTH: 1.0,
    Story.MESSAGE_WAITING: 1.5,
}
# The letter with which these stories end: "open the link".
_WITH_LINK: Final = frozenset({
    Story.ACCOUNT_LOCKED, Story.PARCEL, Story.REFUND, Story.FINE, Story.BILL, Story.SUBSCRIPTION, Story.HEALTH,
    Story.PRIZE, Story.MESSAGE_WAITING, Story.PURCHASE, Story.LURE, Story.JOB, Story.ACCUSATION, Story.MARKETPLACE,
})  # fmt: skip


@dataclass(frozen=True)
class Signal:
    """A reason and how much it weighs."""

    weight: float
    reason: Reason


def link_signals(links: list[Link], named: list[Named], index: SenderIndex, listed: frozenset[str]) -> list[Signal]:
    """What speaks against the links, those of the worst link: the number of links says nothing."""
    keys = frozenset(each.key for each in named)
    each = [_of_link(link, named, keys, index, listed) for link in links]
    return max(each, key=lambda signals: sum(signal.weight for signal in signals), default=[])


def _of_link(
    link: Link, named: list[Named], keys: frozenset[str], index: SenderIndex, listed: frozenset[str]
) -> list[Signal]:
    host = link.host[:MOST_WORDS]
    found: list[Signal] = []
    if link.host in listed or link.domain in listed:
        found.append(Signal(6.0, Reason(ReasonKind.LISTED, host)))
    if link.hidden:
        found.append(Signal(5.0, Reason(ReasonKind.HIDDEN_ADDRESS, host)))
    owner = index.owner(link)
    if (owner is not None and owner not in OPEN_PLATFORMS) or link.domain in KNOWN_SITES:
        return found
    return found + _borrowed(link, host, named, keys, index) + _by_form(link)


def _borrowed(link: Link, host: str, named: list[Named], keys: frozenset[str], index: SenderIndex) -> list[Signal]:
    """Whose name the address borrows, or who is said to write though the address is another's."""
    borrowed = index.borrowed_by(link, keys)
    if borrowed is not None:
        key, kind = borrowed
        if kind is ReasonKind.SENDER_IN_LINK and index.is_home_elsewhere(link, key):
            return [Signal(0.5, Reason(kind, host, key))]
        weight = 3.5 if kind is ReasonKind.NEAR_MISS and key not in keys else 5.0
        return [Signal(weight + (kind is ReasonKind.LOOK_ALIKE), Reason(kind, host, key))]
    claimed = next((name for name in named if name.as_writer), None) or next(iter(named), None)
    if claimed is None or claimed.key in OPEN_PLATFORMS:
        return []
    if link.is_mail:
        is_free = link.domain in FREE_MAIL and claimed.as_writer
        return [Signal(3.0, Reason(ReasonKind.SENDER_ELSEWHERE, host, claimed.key))] if is_free else []
    if index.owner(link) is not None:
        return []
    return [Signal(3.0 if claimed.as_writer else 1.5, Reason(ReasonKind.SENDER_ELSEWHERE, host, claimed.key))]


def _by_form(link: Link) -> list[Signal]:
    host = link.host[:MOST_WORDS]
    found = []
    if link.is_ip:
        found.append(Signal(4.0, Reason(ReasonKind.IP_ADDRESS, host)))
    if link.port:
        found.append(Signal(2.0, Reason(ReasonKind.PORT, host)))
    if link.is_mail:
        return found
    if link.is_shortener:
        found.append(Signal(2.0, Reason(ReasonKind.SHORTENER, host)))
    elif link.is_free_site:
        found.append(Signal(2.5, Reason(ReasonKind.FREE_SITE, host)))
    elif link.suffix in UNUSUAL_ENDINGS | COMMON_ENDINGS:
        weight = 1.5 if link.suffix in COMMON_ENDINGS else 2.5
        found.append(Signal(weight, Reason(ReasonKind.UNUSUAL_ENDING, host)))
    if not link.is_shortener and _is_bait(link):
        found.append(Signal(1.5, Reason(ReasonKind.BAIT_IN_LINK, host)))
    return found


def _is_bait(link: Link) -> bool:
    """Whether an address promises something, or wants to look like one of here, in several words."""
    tokens = [token for label in link.labels for token in label.split("-")]
    long = [token for token in tokens if len(token) >= 4]
    if len(long) > 1 and any(token.startswith(_LONG_BAIT) for token in long):
        return True
    return link.suffix != "fi" and len(tokens) > 1 and bool(_PRETENDS_FINLAND & set(tokens))


# What stands in an address that wants to look like one of here.
_PRETENDS_FINLAND: Final = frozenset({"fi", "suomi", "finland", "helsinki", "finnish"})
_LONG_BAIT: Final = tuple(bait for bait in BAIT if len(bait) >= 4)


def number_signals(numbers: list[PhoneNumber], *, is_contact: bool) -> list[Signal]:
    """What speaks against telephone numbers, the worst of them; `is_contact`: the message wants an answer there."""
    found = []
    for number in numbers:
        if number.is_listed:
            found.append(Signal(6.0, Reason(ReasonKind.LISTED)))
        elif number.is_premium:
            found.append(Signal(2.5 if is_contact else 1.5, Reason(ReasonKind.PREMIUM_NUMBER)))
        elif number.is_foreign:
            found.append(Signal(2.0 if is_contact else 1.5, Reason(ReasonKind.FOREIGN_NUMBER)))
    return sorted(found, key=lambda signal: -signal.weight)[:1]


def account_signals(accounts: list[Account]) -> list[Signal]:
    """What speaks against account numbers."""
    if any(account.is_foreign and account.is_valid for account in accounts):
        return [Signal(2.0, Reason(ReasonKind.FOREIGN_ACCOUNT))]
    return [Signal(1.0, Reason(ReasonKind.WRONG_ACCOUNT))] if any(not each.is_valid for each in accounts) else []


def phrase_signals(phrases: dict[str, Found], *, has_foreign_link: bool, to_parent: bool) -> list[Signal]:
    """What speaks against the words: what they ask for, which known story they tell, haste and threats."""
    found = []
    for asked, weight in ASKED_WEIGHTS.items():
        match = phrases.get(f"asked_{asked.value}")
        if match is not None and not _is_notice(match, phrases):
            found.append(Signal(weight, Reason(ReasonKind.ASKED, quotable(match.words), asked=asked)))
    stories = []
    for story, weight in STORY_WEIGHTS.items():
        match = phrases.get(f"story_{story.value}")
        if match is None:
            continue
        weight += 1.0 if has_foreign_link and story in _WITH_LINK else 0.0
        weight += 2.0 if story is Story.NEW_NUMBER and to_parent else 0.0
        stories.append(Signal(weight, Reason(ReasonKind.STORY, quotable(match.words), story=story)))
    stories.sort(key=lambda signal: -signal.weight)
    found += stories[:1] + [Signal(signal.weight * 0.3, signal.reason) for signal in stories[1:2]]
    for kind, weight in ((ReasonKind.URGENCY, 1.0), (ReasonKind.THREAT, 1.5)):
        match = phrases.get(kind.value)
        if match is not None:
            found.append(Signal(weight, Reason(kind, quotable(match.words))))
    return found


def _is_notice(match: Found, phrases: dict[str, Found]) -> bool:
    """Whether the words are the sender's own "never give your code to anybody"."""
    notice = phrases.get("notice")
    return notice is not None and notice.start <= match.start + 2 and match.start <= notice.end
