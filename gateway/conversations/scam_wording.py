"""Conversations, the words for the check of suspicious messages: what the staff reads of its closed lists."""

from collections.abc import Mapping
from typing import Final

from answers.senders import Sender
from gateway.core.i18n import N_, named
from scam_check.kinds import Asked, ReasonKind, Story, Suspicion
from scam_check.parts import NO_SENDER, Reason

SUSPICIONS: Final[Mapping[str, str]] = {
    Suspicion.STRONG.value: N_("many signs of a scam"),
    Suspicion.SOME.value: N_("signs of a scam"),
    Suspicion.NONE.value: N_("cannot be told"),
}
REASONS: Final[Mapping[str, str]] = {
    ReasonKind.LISTED.value: N_("on the list of known scams"),
    ReasonKind.SENDER_ELSEWHERE.value: N_("names a sender, leads elsewhere"),
    ReasonKind.SENDER_IN_LINK.value: N_("a sender's name in another's address"),
    ReasonKind.NEAR_MISS.value: N_("nearly a sender's address"),
    ReasonKind.LOOK_ALIKE.value: N_("look-alike letters"),
    ReasonKind.HIDDEN_ADDRESS.value: N_("the real address is hidden behind @"),
    ReasonKind.IP_ADDRESS.value: N_("an address of numbers"),
    ReasonKind.PORT.value: N_("an unusual port"),
    ReasonKind.SHORTENER.value: N_("a shortened link"),
    ReasonKind.FREE_SITE.value: N_("a free site"),
    ReasonKind.UNUSUAL_ENDING.value: N_("an unusual ending"),
    ReasonKind.BAIT_IN_LINK.value: N_("an address that tempts"),
    ReasonKind.PREMIUM_NUMBER.value: N_("a premium-rate number"),
    ReasonKind.FOREIGN_NUMBER.value: N_("a foreign telephone number"),
    ReasonKind.FOREIGN_ACCOUNT.value: N_("a foreign bank account"),
    ReasonKind.WRONG_ACCOUNT.value: N_("an invalid account number"),
    ReasonKind.URGENCY.value: N_("rushes"),
    ReasonKind.THREAT.value: N_("threatens"),
    ReasonKind.ASKED.value: N_("asks for something"),
    ReasonKind.STORY.value: N_("a known story"),
    ReasonKind.WORDING.value: N_("is worded like scams"),
}
ASKED: Final[Mapping[str, str]] = {
    Asked.LOGIN.value: N_("to log in or confirm"),
    Asked.CODES.value: N_("codes"),
    Asked.CARD.value: N_("card or payment details"),
    Asked.IDENTITY.value: N_("personal or account details"),
    Asked.APP.value: N_("to install something"),
    Asked.REMOTE_CONTROL.value: N_("remote control"),
    Asked.GIFT_CARDS.value: N_("gift cards"),
    Asked.CRYPTO.value: N_("cryptocurrency"),
    Asked.MONEY.value: N_("money"),
    Asked.SECRECY.value: N_("secrecy"),
    Asked.OTHER_CHAT.value: N_("another chat"),
    Asked.CALL.value: N_("a call"),
}
STORIES: Final[Mapping[str, str]] = {
    Story.ACCOUNT_LOCKED.value: N_("locked account or card"),
    Story.PARCEL.value: N_("parcel"),
    Story.REFUND.value: N_("refund"),
    Story.FINE.value: N_("fine"),
    Story.BILL.value: N_("bill or debt"),
    Story.SUBSCRIPTION.value: N_("subscription"),
    Story.PRIZE.value: N_("prize"),
    Story.NEW_NUMBER.value: N_("new number of a relative"),
    Story.RELATIVE_IN_NEED.value: N_("relative in need"),
    Story.COURIER_FOR_CARD.value: N_("courier for the card"),
    Story.NEW_ACCOUNT.value: N_("new account number"),
    Story.LURE.value: N_("lure by curiosity"),
    Story.PAY_FIRST.value: N_("pay first"),
    Story.JOB.value: N_("job"),
    Story.INVESTMENT.value: N_("investment"),
    Story.INHERITANCE.value: N_("inheritance"),
    Story.EXTORTION.value: N_("blackmail"),
    Story.ACCUSATION.value: N_("accusation of a crime"),
    Story.MARKETPLACE.value: N_("marketplace and courier"),
    Story.TECH_SUPPORT.value: N_("tech support"),
    Story.SAFE_ACCOUNT.value: N_("safe account"),
    Story.MULE.value: N_("lending an account"),
    Story.PURCHASE.value: N_("purchase not made"),
    Story.RENTAL.value: N_("rental flat"),
    Story.ROMANCE.value: N_("romance"),
    Story.HEALTH.value: N_("health record"),
    Story.MESSAGE_WAITING.value: N_("message waiting"),
    Story.OTHER.value: N_("other"),
}


def wave_name(language: str, wave: str, senders: Mapping[str, Sender]) -> str:
    """A wave (`sender:story`) in words: in whose name, and which story."""
    key, _, story = wave.partition(":")
    words = named(language, STORIES, story)
    if key == NO_SENDER:
        return words
    return f"{senders[key].name[language] if key in senders else key}: {words}"


def reason_name(language: str, reason: Reason) -> str:
    """A reason in words, with what it points at."""
    words = named(language, REASONS, reason.kind.value)
    if reason.asked is not None:
        words = named(language, ASKED, reason.asked.value)
    elif reason.story is not None:
        words = named(language, STORIES, reason.story.value)
    return f"{words} ({reason.words})" if reason.words else words
