"""Referrals, the words of the pages: kinds, platforms, confirmations and errors."""

from collections.abc import Mapping
from typing import Final

from gateway.core.i18n import N_, NP_

KINDS: Final[Mapping[str, str]] = {
    "profile": N_("Profile"),
    "story": N_("Story"),
    "wall": N_("School wall"),
    "campaign": N_("Campaign"),
}
LISTS: Final[Mapping[str, str]] = {
    "offered": N_("In use"),
    "retired": N_("Out of use"),
}
PLATFORMS: Final[Mapping[str, str]] = {
    "whatsapp": N_("WhatsApp"),
    "messenger": N_("Messenger"),
    "instagram": N_("Instagram"),
    "web": NP_("door", "Web chat"),
}
PLATFORM_HINTS: Final[Mapping[str, str]] = {
    "whatsapp": N_(
        "The message is already written and contains the code. The code is removed before the bot reads the message."
    ),
    "messenger": N_("The code travels in the link."),
    "instagram": N_(
        "The code travels in the link. Instagram opens the conversation only once the account has ice breakers."
    ),
    "web": N_("For a profile or story on X and Snapchat, where the service cannot answer."),
}
# What a poster asks for, by platform.
SCAN: Final[Mapping[str, str]] = {
    "whatsapp": N_("Scan and write on WhatsApp"),
    "messenger": N_("Scan and write on Messenger"),
    "instagram": N_("Scan and write on Instagram"),
    "web": N_("Scan and write in the browser"),
}
# What was just done, by the word in the address.
SAID: Final[Mapping[str, str]] = {
    "made": N_("The link is made."),
    "away": N_("The link is out of use."),
    "back": N_("The link is in use again."),
}
# Why a referral link was not created.
REFUSED: Final[Mapping[str, str]] = {
    "refused_name": N_("Write a name of at most 60 characters."),
    "refused_taken": N_("There is a link of that name already. Give another, so that the figures can tell them apart."),
    "refused_kind": N_("Choose what kind of link it is."),
}
