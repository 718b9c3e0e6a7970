"""Accounts, the words of the audit log: what its details are called, and what their codes mean."""

from collections.abc import Mapping
from typing import Final

from gateway.accounts.wording import ACTIONS, APPROVAL_GROUNDS, APPROVALS, ROLES
from gateway.core.i18n import N_, NP_

# What the details of an entry are called.
DETAILS: Final[Mapping[str, str]] = {
    "action": N_("Action"),
    "alone": N_("Without a second person"),
    "approved_by": N_("Approved by"),
    "asked_by": N_("Asked by"),
    "assigns": N_("Asks its members by load"),
    "at": N_("Time"),
    "begin": N_("From"),
    "bodies": N_("Deliveries deleted"),
    "bulletin_followers": N_("Followers of notices deleted"),
    "by": N_("Searched by"),
    "contacts": N_("People's addresses deleted"),
    "conversations": N_("Conversations deleted"),
    "count": N_("Conversations"),
    "dangers_lost": N_("Dangers that are not found any more"),
    "days": N_("Days"),
    "demonstration": N_("For demonstration"),
    "document": N_("With a PDF"),
    "elsewhere": N_("Also in other conversations"),
    "end": N_("Until"),
    "ended": N_("Sessions ended"),
    "entries": N_("Entries"),
    "erased_again": N_("Erased again"),
    "events": N_("Is told of"),
    "events_given_up": N_("Deliveries given up"),
    "factor": N_("Factor"),
    "fingerprint": N_("Fingerprint"),
    "fingerprints": N_("Fingerprints of deliveries deleted"),
    "found": N_("Places found"),
    "from": NP_("audit", "Before"),
    "good": N_("The log was whole"),
    "ground": N_("Reason"),
    "groups": N_("Groups of messages"),
    "hash": N_("Fingerprint"),
    "held": N_("Kept by an order"),
    "host": N_("Server"),
    "items": N_("Texts"),
    "kept_for_hold": N_("Kept by an order"),
    "kind": N_("Kind"),
    "links": N_("Links"),
    "members": N_("Members"),
    "message": N_("Message"),
    "method": N_("How"),
    "minutes": N_("Target in minutes"),
    "notes": N_("With notes"),
    "on_duty": N_("On duty"),
    "page": N_("Page"),
    "picture": N_("With a picture"),
    "place": N_("With a place"),
    "places": N_("Places"),
    "reason": N_("Reason"),
    "renewed": N_("Keys renewed"),
    "request": N_("Request"),
    "rewrapped": N_("Keys sealed anew"),
    "roles": N_("Roles"),
    "rows": N_("Rows"),
    "scheduled": N_("At its set time"),
    "scope": N_("May"),
    "scopes": N_("May"),
    "sessions": N_("Sessions ended"),
    "shown": N_("Fingerprint of the list"),
    "source": N_("Network"),
    "to": NP_("audit", "Now"),
    "tries": N_("Tries"),
    "version": N_("Version"),
    "what": N_("Where it failed"),
    "who": N_("Who"),
    "why": N_("Why not"),
}
ANSWERS: Final[Mapping[str, str]] = {"True": N_("yes"), "False": N_("no")}
# Why something was read, taken along or ended: what follows from the conversation, what was chosen, why an export was.
_GROUNDS: Final[Mapping[str, str]] = {
    **APPROVAL_GROUNDS,
    "own": N_("It was their own conversation"),
    "answered": N_("They had the conversation shortly before"),
    "waiting": N_("It waited for an officer"),
    "stepped_in": N_("They stepped in where the bot answered"),
    "colleague": N_("A colleague asked me to look"),
    "same_citizen": N_("I have another conversation of this citizen"),
    "supervision": N_("Supervision of the work"),
    "complaint": N_("Complaint or request for data"),
    "authority": N_("Request of another authority"),
    "settled": N_("The matter is settled"),
    "guided_on": N_("Guided to another service"),
    "no_reply": N_("The citizen does not reply"),
    "misuse": N_("Misuse"),
    "spam": N_("Spam"),
    "threats": N_("Threats"),
    "cannot_now": N_("I have no time now"),
    "other_expertise": N_("Other expertise is needed"),
    "mistake": N_("Ordered by mistake"),
}
_FACTORS: Final[Mapping[str, str]] = {
    "passkey": N_("Security key"),
    "code": N_("Codes from a phone"),
    "provider": N_("Identity service"),
}
_FAILURES: Final[Mapping[str, str]] = {
    **_FACTORS,
    "password": N_("Password"),
    "too_many_tries": N_("Too many tries"),
    "too_many_codes": N_("Too many codes"),
    "no_role": N_("No role"),
    "roles_clash": N_("Roles that do not go together"),
    "blocked": N_("The account is blocked"),
}
_ENDS: Final[Mapping[str, str]] = {
    "expired": N_("Its time was over"),
    "another_browser": N_("Used in another browser"),
    "blocked": N_("The account is blocked"),
    "by_person": N_("Ended by the person"),
}
# What was asked for, which file was opened, and what kind of link was made.
_KINDS: Final[Mapping[str, str]] = {
    **APPROVALS,
    "picture": N_("picture"),
    "video": N_("video"),
    "voice": N_("voice message"),
    "file": N_("file"),
    "sticker": N_("sticker"),
    "location": N_("location"),
    "contact_card": N_("contact card"),
    "profile": N_("Profile"),
    "story": N_("Story"),
    "wall": N_("School wall"),
    "campaign": N_("Campaign"),
}
_FIELDS: Final[Mapping[str, str]] = {
    "topic": N_("Topic"),
    "label": N_("Label"),
    "state": N_("State"),
    "begin": N_("From"),
    "end": N_("Until"),
    "phone": N_("Phone number"),
    "channel": N_("Channel"),
    "officer": N_("Officer"),
}
_LANGUAGES: Final[Mapping[str, str]] = {"fi": N_("In Finnish"), "sv": N_("In Swedish"), "en": N_("In English")}
_SCOPES: Final[Mapping[str, str]] = {
    "figures:read": N_("read figures"),
    "bulletins:read": N_("read notices"),
    "queue:read": N_("read the queue"),
    "conversations:read": N_("read the state of conversations"),
    "handover:write": N_("ask for an officer"),
}
_EVENTS: Final[Mapping[str, str]] = {
    "conversation.waiting": N_("a conversation waits"),
    "conversation.claimed": N_("a conversation is taken"),
    "conversation.closed": N_("a conversation is closed"),
    "bulletin.published": N_("a notice is published"),
}
_REFUSALS: Final[Mapping[str, str]] = {
    "schedule_missed": N_("Its time had passed"),
    "schedule_changed": N_("It was not as approved any more"),
    "needs_approval": N_("An approval was missing"),
}
# What the codes of a detail mean, by the detail.
VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "action": ACTIONS,
    "by": _FIELDS,
    "events": _EVENTS,
    "factor": _FACTORS,
    "from": ROLES,
    "ground": _GROUNDS,
    "kind": _KINDS,
    "method": {"GET": N_("opened a page"), "POST": N_("sent a form")},
    "reason": _ENDS,
    "roles": ROLES,
    "scope": _SCOPES,
    "scopes": _SCOPES,
    "to": {**ROLES, **_LANGUAGES},
    "what": _FAILURES,
    "why": _REFUSALS,
}
# What a code that nobody has named is called: a refusal of a publishing has many, and the editors read it whole.
UNNAMED: Final[Mapping[str, str]] = {"why": N_("See the page of publishing")}
# What an entry is about, where its subject is an id that says nothing: by the action, the first that fits.
SUBJECTS: Final[Mapping[str, str]] = {
    "session_ended": N_("Session"),
    "approval": N_("Request"),
    "content_schedule": N_("Publishing"),
    "content_approved": N_("Text"),
    "content": N_("Version"),
    "api_webhook": N_("Webhook"),
    "api": N_("Token"),
    "erased_by_citizen": N_("Erasure"),
    "team": N_("Team"),
    "area": N_("Area"),
    "keys": N_("Key"),
    "referral": N_("Link"),
    "bulletin": N_("Notice"),
    "conversation": N_("Conversation"),
    "person": N_("Account"),
}
