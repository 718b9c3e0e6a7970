"""Content, the words of the pages: names of files, fields, marks, jobs and groups of topics."""

from collections.abc import Mapping
from typing import Final

from gateway.core.i18n import N_, NP_

PLACES: Final[Mapping[str, str]] = {
    "label": N_("Parts of the content"),
    "overview": N_("Overview"),
    "inbox": N_("Inbox"),
    "publishing": N_("Publishing"),
    "try": N_("Try it"),
    "contacts": N_("Contacts"),
    "senders": N_("Senders"),
    "texts": N_("Texts"),
    "confusions": N_("Confusions"),
    "history": N_("History"),
    "spreadsheet": N_("Spreadsheet"),
    "guide": N_("Guide"),
}
TOPIC_PLACES: Final[Mapping[str, str]] = {
    "answer": N_("Answer"),
    "questions": N_("Short answers"),
    "faq": N_("Own questions"),
    "examples": N_("Examples"),
    "tests": N_("Test messages"),
    "arrange": N_("Merge or retire"),
}
GROUPS: Final[Mapping[str, str]] = {
    "dialogue": N_("Anything else"),
    "online_safety": N_("Online safety"),
    "police_service": N_("Police services"),
    "reporting_crime": N_("Reporting a crime"),
    "safety_and_crisis": N_("Safety and crises"),
    "scams": N_("Scams"),
}
FILE_KINDS: Final[Mapping[str, str]] = {
    "answer": N_("Answer"),
    "examples": N_("Examples"),
    "tests": N_("Test messages"),
    "contacts": N_("Contact"),
    "senders": N_("Sender"),
    "lines": N_("Fixed line"),
    "stories": N_("Rule"),
    "texts": N_("Text"),
    "other": N_("File"),
}
FIELDS: Final[Mapping[str, str]] = {
    "title": N_("Title"),
    "answer": N_("Answer"),
    "in_short": N_("In short"),
    "writes": N_("How it writes"),
    "never": N_("What it never does"),
    "why": N_("Why"),
    "buttons": N_("Buttons"),
    "escalation": N_("Help is called"),
    "sources": N_("Sources"),
    "reviewed_on": N_("Reviewed on"),
    "approved_by": N_("Approved by"),
    "name": N_("Name"),
    "phone": N_("Phone"),
    "url": N_("Web page"),
    "hours": NP_("contact", "Hours"),
    "value": N_("Value"),
    "status": N_("Status"),
    "source": N_("Source"),
    "source_date": N_("Date of the source"),
    "checked_on": N_("Checked on"),
    "checked_by": N_("Checked by"),
    "follow_ups": N_("Follow-ups"),
    "topic": N_("Identifier"),
    "channels": N_("In one channel"),
    "whatsapp": "WhatsApp",
    "messenger": "Messenger",
    "instagram": "Instagram",
    "web": N_("web chat"),
    "questions": N_("Short answers"),
    "faq": N_("Own questions"),
    "asked": N_("As people ask it"),
    "variants": N_("Said instead, when"),
    "wordings": N_("Wordings"),
    "ask": N_("Question back"),
    "unknown": N_("Where the topic has no answer"),
    "text": N_("Text"),
    "body": N_("Text"),
    "lead": N_("First sentences"),
    "emergency": N_("In an emergency"),
    "sections": N_("Sections"),
    "heading": N_("Heading"),
    "values": N_("Values"),
    "note": N_("Note for editors"),
}
HINTS: Final[Mapping[str, str]] = {
    "in_short": N_(
        "As a rule citizens read this first and the whole answer on “More”; in an emergency, at thoughts of suicide, "
        "at a wish for an officer, and in a channel with an answer of its own the whole comes at once."
    ),
    "why": N_("When a citizen asks “why?”."),
}
ESCALATIONS: Final[Mapping[str, str]] = {
    "emergency": N_("Emergency (112)"),
    "crisis": N_("Crisis"),
    "officer": N_("An officer now"),
    "offer": N_("An officer is offered"),
}
CONTACT_PARTS: Final[Mapping[str, str]] = {
    "": N_("everything"),
    "name": N_("name"),
    "phone": N_("phone"),
    "url": N_("page"),
    "hours": N_("hours"),
}
# What the program itself writes into the history.
BEGINNINGS: Final = (N_("Begin with the words of the project."),)
STATUSES: Final[Mapping[str, str]] = {
    "OK": N_("seen on the owner's own page"),
    "OLD": N_("the owner's page was old"),
    "SEC": N_("second-hand"),
    "UNCONFIRMED": N_("nobody has seen it"),
}
MARKS: Final[Mapping[str, str]] = {
    "missing": N_("missing"),
    "weak": N_("weak"),
    "behind": N_("left behind"),
    "stale": N_("stale"),
    "waiting": NP_("mark", "waiting"),
    "unchecked": N_("contact unchecked"),
    "unapproved": N_("not approved by the force"),
    "unmeasured": N_("not measured"),
    "good": N_("in order"),
}
MARKS_EXPLAINED: Final[Mapping[str, str]] = {
    "missing": N_("The title, the answer or the examples are missing in this language."),
    "weak": N_("The bot understands fewer than three of four test messages."),
    "behind": N_("Another language was changed after this one."),
    "stale": N_("Nobody has looked at the answer for half a year."),
    "waiting": N_("Changed but not published yet."),
    "unchecked": N_("The text names a number or page that nobody of the force has checked."),
    "unapproved": N_("Nobody of the force has approved the answer yet."),
    "unmeasured": N_("Too few test messages were put to the bot in use: how well it understands is not known."),
    "good": N_("Nothing to say."),
}
NOT_EXAMINED: Final = N_("The bot in use has not been examined yet: press “Train and compare” on the page Publishing.")
TOPIC_NOT_EXAMINED: Final = N_(
    "The bot in use has never been examined on this topic (%(languages)s). It takes three test messages in a language; "
    "they are asked at the next examination."
)
REFERENCES: Final[Mapping[str, str]] = {
    "button": N_("button"),
    "follow_up": N_("follow-up"),
    "story": N_("rule"),
    "test": N_("test message"),
}
CHANGES: Final[Mapping[str, str]] = {
    "new": N_("new"),
    "gone": N_("deleted"),
    "changed": N_("changed"),
    "added": N_("Added"),
    "removed": N_("Removed"),
}
SIDES: Final[Mapping[str, str]] = {"mine": N_("Your change"), "theirs": N_("The other's change")}
PULLED_SIDES: Final[Mapping[str, str]] = {"mine": N_("In the draft here"), "theirs": N_("From the remote")}
INBOX_REASONS: Final[Mapping[str, str]] = {
    "missed": N_("not understood"),
    "unsure": N_("not sure"),
    "wrong_guess": N_("wrong guess"),
    "scam_untold": N_("suspicious message, nothing found"),
    "chosen": N_("the citizen chose"),
    "not_helped": N_("did not help"),
    "officer": NP_("inbox", "an officer answered"),
}
PURPOSES: Final[Mapping[str, str]] = {
    "example": N_("Examples that the bot learns from"),
    "test": N_("Test messages that the bot is examined with"),
}
JOB_KINDS: Final[Mapping[str, str]] = {
    "check": NP_("kind of job", "Check"),
    "train": N_("Training"),
    "evaluate": N_("Training and comparison"),
    "publish": N_("Publishing"),
    "words": N_("Publishing of words"),
    "rollback": N_("Return to an earlier version"),
}
JOB_STEPS: Final[Mapping[str, str]] = {
    "check": N_("Check"),
    "train": N_("Train"),
    "evaluate": N_("Examine"),
    "compare": N_("Compare"),
    "swap": N_("Swap"),
}
JOB_STATES: Final[Mapping[str, str]] = {
    "waiting": N_("waiting"),
    "running": N_("running"),
    "done": N_("done"),
    "refused": N_("not published"),
    "failed": N_("ended by an error"),
    "cancelled": N_("cancelled"),
}
STEP_STATES: Final[Mapping[str, str]] = {
    "done": N_("done"),
    "now": N_("now"),
    "later": N_("later"),
}
COMPARED: Final[Mapping[str, str]] = {
    "better": N_("Messages understood better"),
    "worse": N_("Messages understood worse"),
}
EASE: Final[Mapping[str, str]] = {
    "easy": N_("Plain language"),
    "fair": N_("Fairly plain"),
    "hard": N_("Hard to read: shorter sentences and words"),
}
SOURCE_KINDS: Final[Mapping[str, str]] = {
    "authority": N_("authority or owner"),
    "law": N_("law"),
    "news": N_("news"),
    "other": N_("other"),
}
# What a shadow run counts, in the order in which it is told.
SHADOW: Final[Mapping[str, str]] = {
    "same": N_("taken alike by both bots"),
    "understood_now": N_("understood by the new bot alone"),
    "missed_now": N_("understood by the bot in use alone"),
    "other_topic": N_("taken for another topic"),
    "danger_found": N_("danger seen by the new bot alone"),
    "danger_lost": N_("danger seen by the bot in use alone"),
}
# What a message was understood as, where it is no topic.
UNDERSTOOD: Final[Mapping[str, str]] = {
    "-": N_("nothing"),
    "nlu_fallback": N_("the bot did not understand"),
    "emergency": N_("emergency"),
    "crisis": N_("crisis"),
    "follow_up_yes": N_("answers yes"),
    "follow_up_no": N_("answers no"),
    "follow_up_why": N_("asks why"),
    "follow_up_simpler": N_("asks for simpler words"),
    "follow_up_wrong_guess": N_("says: you got it wrong"),
    "follow_up_thanks": N_("thanks"),
    "follow_up_greeting": N_("greets"),
    "follow_up_helped": N_("the answer helped"),
    "follow_up_not_helped": N_("the answer did not help"),
    "follow_up_first": N_("chooses the first"),
    "follow_up_second": N_("chooses the second"),
    "follow_up_third": N_("chooses the third"),
    "follow_up_already_paid": N_("has paid already"),
    "follow_up_under_18": N_("is under 18"),
    "follow_up_what_next": N_("asks what happens next"),
    "follow_up_abuse": N_("abusive"),
}
# In a talk there are more; `follow_up` names every other.
UNDERSTOOD_IN_TALK: Final[Mapping[str, str]] = {
    **UNDERSTOOD,
    "follow_up_question": N_("asks about the matter"),
    "follow_up_more": N_("wants the rest of the answer"),
    "follow_up": N_("goes on with the talk"),
}
ITEM_KINDS: Final[Mapping[str, str]] = {
    "answer": N_("Answer"),
    "contact": N_("Contact"),
    "sender": N_("Sender"),
    "line": N_("Fixed line"),
    "texts": N_("Other texts"),
    "topic": N_("Topic"),
    "training": N_("Examples and test messages"),
}
REVIEW_STATES: Final[Mapping[str, str]] = {
    "draft": N_("draft"),
    "in_review": N_("in review"),
    "approved": N_("approved"),
}
# What was just done, by the word in the address.
SAID: Final[Mapping[str, str]] = {
    "saved": N_("Saved in the draft. Citizens see the change only when it is published."),
    "reviewed": N_("The topic is marked as reviewed today."),
    "created": N_("The new topic is in the draft. Add some test messages to it."),
    "merged": N_("The topics are merged in the draft."),
    "retired": N_("The topic is gone from the draft. The history can bring it back."),
    "undone": N_("Taken back in the draft. What was changed later has stayed."),
    "words_ordered": N_("The chosen words go live within seconds."),
    "scheduled": N_("The chosen words go live at that time."),
    "withdrawn": N_("Withdrawn. The texts wait here as before."),
    "put_away": N_("The notice has been removed."),
    "talk_kept": N_("Saved in the draft. The talk is played at the next examination."),
    "commented": N_("Your comment stands beside the text."),
    "review_asked": N_("The other editors see now that this waits for them."),
    "returned": N_("Returned to an earlier version. The whole history is kept."),
    "ordered": N_("The job has begun. Its progress is shown below."),
    "approved": N_("Approved."),
    "cancelling": N_("The job is being cancelled."),
    "taught": N_("Saved. The original messages have been deleted."),
    "joined": N_("The groups are one now."),
    "pulled": N_("The remote's changes are in the draft. Citizens see them only when they are published."),
    "pushed": N_("The history is on the remote."),
    "discarded": N_("The messages have been deleted."),
}
