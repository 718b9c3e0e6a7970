"""The check, signs: what is weak alone and says something together with others, each named and true or false."""

from __future__ import annotations

import re
from typing import Final

from scam_check.addresses import FREE_MAIL, KNOWN_SITES
from scam_check.ibans import Account
from scam_check.kinds import Asked, ReasonKind
from scam_check.links import Link
from scam_check.parts import LONGEST_WORDS, OF_ADDRESS, Reason, quotable
from scam_check.phone_numbers import PhoneNumber
from scam_check.phrases.matcher import Found
from scam_check.senders import SenderIndex
from scam_check.signals import OPEN_PLATFORMS, Signal

# Money in figures: a currency beside a number, or thousands written apart.
_AMOUNT: Final = re.compile(
    r"\d[\d .,]{0,9}\s?(?:€|e(?!\w)|eur|£|\$|kr(?!\w)|usd|usdt|btc|dollar)"
    r"|(?:€|£|\$|eur|usd)\s?\d|(?<![\d.,])\d{1,3}[ ,]000(?!\d)"
)
_LARGE: Final = re.compile(r"(?<![\d.,])\d{1,3}[ ,]\d{3}(?![\d ])|(?<!\d)\d{3,6}\s?(?:€|e(?!\w)|eur|usd)")
_PROGRAM: Final = re.compile(r"\.(?:exe|zip|apk|html?|msi|scr|iso|dmg)(?!\w)")
_SHOUTS: Final = re.compile(r"!!|⚠|🚨|❗|🚀|🤑|\?\?")
# Groups of phrases: what is wanted, promised or feared, and what speaks for a message.
_SPOKEN: Final = ("sign_", "trust_")
# These reasons come after all others.
_SMALL: Final = 0.1
_TRUSTED_MAIL: Final = frozenset({"fi"})


def signs_of(
    words: str,
    links: list[Link],
    numbers: list[PhoneNumber],
    accounts: list[Account],
    phrases: dict[str, Found],
    index: SenderIndex,
) -> frozenset[str]:
    """The names of all signs that are true of a message; `weights.yml` has a weight for each that says anything."""
    found = _of_links(links, index) | _of_figures(words, numbers, accounts)
    found |= {group for group in phrases if group.startswith(_SPOKEN)}
    wanted = sum(group.startswith("sign_") for group in phrases) + ("urgency" in phrases) + ("threat" in phrases)
    found |= {f"signs_{count}" for count in (2, 3, 4, 5) if wanted >= count}
    trusted = sum(group.startswith("trust_") for group in phrases) + ("notice" in phrases)
    found |= {f"trusts_{count}" for count in (2, 3) if trusted >= count}
    if "stranger_link" in found:
        found |= {"stranger_and_amount"} if "amount" in found else set()
        found |= {"stranger_and_signs"} if wanted else set()
    return frozenset(found)


def sign_signals(
    links: list[Link],
    numbers: list[PhoneNumber],
    accounts: list[Account],
    phrases: dict[str, Found],
    index: SenderIndex,
    signals: list[Signal],
) -> list[Signal]:
    """Reasons that weak signs give where the signals have none: a made-up address, an odd way to pay, a number."""
    found = []
    strangers = [link for link in links if "stranger_link" in _of_links([link], index)]
    if strangers and not any(signal.reason.kind in OF_ADDRESS for signal in signals):
        found.append(Signal(_SMALL, Reason(ReasonKind.BAIT_IN_LINK, strangers[0].host[:LONGEST_WORDS])))
    if any(signal.reason.kind is ReasonKind.ASKED for signal in signals):
        return found
    rail, wants = phrases.get("sign_rail"), phrases.get("sign_wants")
    asking = wants if accounts and wants is not None else rail
    if asking is not None:
        found.append(Signal(_SMALL, Reason(ReasonKind.ASKED, quotable(asking.words), asked=Asked.MONEY)))
    elif numbers and wants is not None:
        found.append(Signal(_SMALL, Reason(ReasonKind.ASKED, quotable(wants.words), asked=Asked.CALL)))
    return found


def _of_links(links: list[Link], index: SenderIndex) -> set[str]:
    found = set()
    for link in links:
        owner = index.owner(link)
        if link.is_mail:
            if link.domain in FREE_MAIL:
                found.add("free_mail")
            elif owner is None and link.suffix not in _TRUSTED_MAIL:
                found.add("stranger_mail")
        elif owner in OPEN_PLATFORMS or link.domain in KNOWN_SITES:
            found.add("known_site")
        elif owner is not None:
            found.add("own_link")
        else:
            found |= _of_stranger(link)
    # A known address beside a strange one is there to be believed.
    return found - {"own_link", "known_site"} if found & {"stranger_link", "free_link"} else found


def _of_stranger(link: Link) -> set[str]:
    if link.is_shortener or link.is_free_site:
        return {"free_link"}
    labels = [label for label in link.labels if label not in ("www", "m")]
    is_made_up = len(labels) > 1 or any("-" in label for label in labels)
    if link.suffix == "fi" and not is_made_up:
        return {"plain_fi_link"}
    found = {"stranger_link"}
    found |= {"stacked_link"} if len(labels) > 1 else set()
    found |= {"hyphen_link"} if any("-" in label for label in labels) else set()
    found |= {"far_ending"} if link.suffix not in ("fi", "com", "net", "org", "eu", "se", "ee") else set()
    return found


def _of_figures(words: str, numbers: list[PhoneNumber], accounts: list[Account]) -> set[str]:
    return {
        name
        for name, is_so in (
            ("amount", _AMOUNT.search(words) is not None),
            ("large_amount", _LARGE.search(words) is not None),
            ("program", _PROGRAM.search(words) is not None),
            ("shouts", _SHOUTS.search(words) is not None),
            ("number", bool(numbers)),
            ("foreign_number", any(number.is_foreign for number in numbers)),
            ("part_of_number", any(number.is_part for number in numbers)),
            ("premium_number", any(number.is_premium for number in numbers)),
            ("account", bool(accounts)),
            ("foreign_account", any(account.is_foreign for account in accounts)),
        )
        if is_so
    }
