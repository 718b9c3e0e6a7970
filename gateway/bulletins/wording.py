"""Bulletins, the words: names of states, steps and fields, and what is said after a step."""

from collections.abc import Mapping
from typing import Final

from gateway.core.i18n import N_, NP_

STATUSES: Final[Mapping[str, str]] = {
    "draft": N_("Draft"),
    "proposed": N_("Waiting for approval"),
    "scheduled": N_("Coming"),
    "in_force": N_("In force"),
    "ended": N_("Ended"),
    "withdrawn": N_("Withdrawn"),
    "discarded": N_("Thrown away"),
}
# The same as citizens read them.
PUBLIC_STATUSES: Final[Mapping[str, str]] = {
    "ended": N_("Ended"),
    "withdrawn": N_("Withdrawn"),
}
# The lists of the first page, and what stands in an empty one.
GROUPS: Final[Mapping[str, str]] = {
    "to_approve": N_("Waiting for approval"),
    "in_force": N_("In force now"),
    "coming": N_("Coming"),
    "drafts": N_("Drafts"),
    "over": N_("Ended and withdrawn"),
}
NOTHING: Final[Mapping[str, str]] = {
    "to_approve": N_("Nothing waits for approval."),
    "in_force": N_("No notices are in force."),
}
# Of the version in the making.
PENDING: Final[Mapping[str, str]] = {
    "draft": N_("Draft"),
    "proposed": N_("Waiting for another person's approval"),
    "discarded": N_("Draft that was thrown away"),
}
# The button of a step; where it opens a form, what stands there, and the button of that form.
STEPS: Final[Mapping[str, str]] = {
    "propose": N_("Propose"),
    "send-back": NP_("step", "Send back"),
    "approve": N_("Approve and publish"),
    "publish-alone": N_("Emergency – publish alone"),
    "withdraw": NP_("step", "Withdraw"),
    "end": N_("End now"),
    "discard": N_("Throw the draft away"),
}
STEP_HINTS: Final[Mapping[str, str]] = {
    "send-back": N_("Tell the author what must change."),
    "publish-alone": N_("Only when nobody else is there and waiting is dangerous. This is written into the audit log."),
    "withdraw": N_(
        "The notice is gone at once. Those who asked to hear of changes are told that the police have withdrawn it."
    ),
}
CONFIRM: Final[Mapping[str, str]] = {
    "send-back": N_("Send back"),
    "publish-alone": N_("Publish without a second person"),
    "withdraw": N_("Withdraw"),
}
# What somebody did, after their name.
EVENTS: Final[Mapping[str, str]] = {
    "written": N_("wrote"),
    "changed": NP_("event", "changed"),
    "proposed": N_("proposed"),
    "sent_back": N_("sent back"),
    "published": N_("approved and published"),
    "corrected": N_("approved the correction"),
    "published_alone": N_("published alone"),
    "corrected_alone": N_("published the correction alone"),
    "withdrawn": N_("withdrew"),
    "ended": N_("ended"),
    "discarded": N_("threw the draft away"),
}
FIELDS: Final[Mapping[str, str]] = {
    "title": N_("Title"),
    "text": N_("Text"),
    "places": N_("Places"),
    "keywords": N_("Key words"),
    "starts_at": N_("Starts"),
    "ends_at": N_("Ends"),
    "words": N_("Texts"),
}
# What was just done, by the word in the address.
SAID: Final[Mapping[str, str]] = {
    "kept": NP_("bulletin", "The draft is kept."),
    "propose": N_("Proposed. Now somebody else must read and approve it."),
    "send-back": N_("Sent back."),
    "approve": N_("Published. The chat tells it within seconds."),
    "publish-alone": N_("Published. This was written into the audit log."),
    "withdraw": N_("Withdrawn."),
    "end": N_("Ended."),
    "discard": N_("The draft was thrown away."),
}
# Why it was not done, by the name of the error.
PROBLEMS: Final[Mapping[str, str]] = {
    "FourEyes": N_("You wrote on this version. Somebody else must read and approve it."),
    "ReasonMissing": N_("Write why, in at least 10 characters. Others will read it."),
    "NotAllowed": N_("This cannot be done now, because the notice has moved on. Look where it is."),
    "ChangedMeanwhile": N_(
        "Somebody else has changed the notice meanwhile. Read it again; what you wrote is still here."
    ),
    "NoSuchBulletin": N_("There is no such notice."),
    "BulletinRefused": N_("The end of this notice has passed. Give it a later end first."),
}
# What is wrong with a field, by the kind of the fault.
FAULTS: Final[Mapping[str, str]] = {
    "string_too_short": N_("is too short (at least %(limit)s characters)"),
    "string_too_long": N_("is too long (at most %(limit)s characters)"),
    "string_pattern_mismatch": N_("each name must begin with a letter"),
    "too_short": N_("is missing"),
    "too_long": N_("there are too many (at most %(limit)s)"),
    "timezone_aware": N_("is no date and time"),
    "datetime_from_date_parsing": N_("is no date and time"),
    "datetime_parsing": N_("is no date and time"),
    "other": N_("cannot be used"),
    "ends_before": N_("The notice ends before it starts."),
    "too_long_time": N_("The notice holds for too long."),
    "has_code": N_("The text has a personal identity code, card or account number in it. Take it out."),
    "missing_language": N_("Write the notice in all three languages."),
}
# What the feed says, and the public page too.
LEAD: Final = N_(
    "Short notices about what is going on right now. Two people have checked each of them, except in urgent cases, "
    "when one person may publish it."
)
WITHDRAWN: Final = N_("The police have withdrawn this notice. It is wrong or out of date. Please do not pass it on.")
