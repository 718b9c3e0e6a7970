"""The console, the words: names of codes, and the sentences that are chosen while it runs."""

from collections.abc import Mapping
from typing import Final

from gateway.core.i18n import N_

FROM_WORDS: Final = N_("From the citizen's words")
# Buttons that set right what is known from the citizen's words, by part and value.
CORRECTIONS: Final[Mapping[str, str]] = {
    "danger_passed": N_("The danger is over"),
    "danger_none": N_("There was no danger"),
    "watched_yes": N_("Somebody else may read the phone"),
    "watched_no": N_("The phone is safe"),
    "consent_none": N_("Has not asked for an officer"),
    "role_none": N_("Not right: who writes"),
    "age_none": N_("Not right: own age"),
    "whose_age_none": N_("Not right: the other person's age"),
    "platform_none": N_("Not right: the service"),
    "bank_none": N_("Not right: the bank"),
    "done_none": N_("Not right: what has been done already"),
}
# Why, by the code that is kept.
REASON: Final[Mapping[str, str]] = {
    "officer_silent": N_("did not answer"),
    "shift_ended": N_("the shift ended"),
    "shift_lost": N_("the connection was lost"),
    "shift_unanswered": N_("nobody answered an alarm"),
    "settled": N_("The matter is settled"),
    "guided_on": N_("Guided to another service"),
    "no_reply": N_("The citizen does not reply"),
    "misuse": N_("Misuse"),
    "spam": N_("Spam"),
    "threats": N_("Threats"),
    "cannot_now": N_("has no time now"),
    "other_expertise": N_("other expertise is needed"),
    "danger": N_("Danger or urgent help"),
    "call_back": N_("Agreed contact"),
    "duty": N_("Official duty"),
    "investigation": N_("Criminal investigation"),
    "authority": N_("Request of another authority"),
    "complaint": N_("Complaint or request for data"),
    "mistake": N_("Ordered by mistake"),
    "idle": N_("a day without messages"),
}
# The reasons that can be chosen, by what they are for.
GROUNDS: Final[Mapping[str, Mapping[str, str]]] = {
    "close": {
        "settled": N_("The matter is settled"),
        "guided_on": N_("Guided to another service"),
        "no_reply": N_("The citizen does not reply"),
        "misuse": N_("Misuse"),
        "other": N_("Another reason"),
    },
    "release": {
        "cannot_now": N_("I have no time now"),
        "other_expertise": N_("Other expertise is needed"),
        "other": N_("Another reason"),
    },
    "show": {
        "danger": N_("Danger or urgent help"),
        "call_back": N_("Agreed contact"),
        "duty": N_("Official duty"),
        "other": N_("Another reason"),
    },
    "block": {
        "misuse": N_("Misuse"),
        "spam": N_("Spam"),
        "threats": N_("Threats"),
        "other": N_("Another reason"),
    },
    "hold": {
        "investigation": N_("Criminal investigation"),
        "authority": N_("Request of another authority"),
        "complaint": N_("Complaint or request for data"),
        "other": N_("Another reason"),
    },
    "lift": {
        "settled": N_("The matter is settled"),
        "mistake": N_("Ordered by mistake"),
        "other": N_("Another reason"),
    },
}
# Why a conversation is opened that is neither one's own nor waiting.
OPENING_GROUNDS: Final[Mapping[str, str]] = {
    "danger": N_("Danger or urgent help"),
    "colleague": N_("A colleague asked me to look"),
    "same_citizen": N_("I have another conversation of this citizen"),
    "supervision": N_("Supervision of the work"),
    "complaint": N_("Complaint or request for data"),
    "authority": N_("Request of another authority"),
}
# Who says something, in a file of a conversation.
SENDERS: Final[Mapping[str, str]] = {
    "citizen": N_("Citizen"),
    "bot": N_("Bot"),
    "system": N_("Service"),
    "note": N_("Note"),
}
# The same on the page.
AUTHORS: Final[Mapping[str, str]] = {
    "bot": N_("Bot"),
    "officer": N_("Officer"),
    "system": N_("Service"),
}
# Of a message.
KINDS: Final[Mapping[str, str]] = {
    "picture": N_("picture"),
    "video": N_("video"),
    "voice": N_("voice message"),
    "file": N_("file"),
    "sticker": N_("sticker"),
    "location": N_("location"),
    "contact_card": N_("contact card"),
    "deleted": N_("deleted message"),
    "other": N_("other message"),
}
# Of a place or a contact card.
DETAILS: Final[Mapping[str, str]] = {
    "name": N_("Name"),
    "address": N_("Address"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "organization": N_("Organisation"),
    "phone": N_("Phone number"),
    "email": N_("Email"),
}
# What was hidden in a message.
MASKED: Final[Mapping[str, str]] = {
    "personal_code": N_("personal identity code"),
    "iban": N_("account number"),
    "card_number": N_("card number"),
    "bank_code": N_("bank code"),
}
# How urgent a conversation is, the most urgent first.
RANKS: Final[Mapping[int, str]] = {
    0: N_("Emergency"),
    1: N_("Crisis"),
    2: N_("Minor"),
}
DANGERS: Final[Mapping[str, str]] = {
    "emergency": N_("Emergency"),
    "crisis": N_("Crisis"),
}
# Of a conversation.
STATES: Final[Mapping[str, str]] = {
    "bot": N_("With the bot"),
    "waiting": N_("In the queue"),
    "officer": N_("With an officer"),
    "closed": N_("Closed"),
}
CHANNELS: Final[Mapping[str, str]] = {
    "whatsapp": N_("WhatsApp"),
    "web": N_("Web chat"),
    "messenger": N_("Messenger"),
    "instagram": N_("Instagram"),
}
# Topics that have no answer, and so no title.
TOPICS: Final[Mapping[str, str]] = {
    "talk_to_officer": N_("Wants to talk to an officer"),
    "greeting_thanks": N_("Greeting or thanks"),
    "unclear_message": N_("Unclear message"),
    "out_of_scope": N_("Not a police matter"),
    "about_bot": N_("About the bot"),
    "nlu_fallback": N_("Not understood for sure"),
}
# Where a ready answer comes from, where that is no shared one.
ANSWER_SOURCES: Final[Mapping[str, str]] = {
    "own": N_("my own"),
    "question": N_("short answer"),
    "topic": N_("answer of the bot"),
}
# Of a template.
GAPS: Final[Mapping[str, str]] = {
    "date": N_("Date"),
}
SHORTCUTS: Final[Mapping[str, str]] = {
    "J": N_("Next conversation"),
    "K": N_("Previous conversation"),
    "C": N_("Take the conversation"),
    "R": N_("Write a reply"),
    "N": N_("Write a note"),
    "V": N_("Ready answers"),
    "A": N_("Attach a file or a place"),
    "G": N_("To the queue"),
    "S": N_("Search"),
    "/": N_("In the reply: search the ready answers"),
    "Ctrl + Enter": N_("Send the reply"),
    "?": N_("Shortcuts"),
}
# What the scripts of the page say.
SCRIPT: Final[Mapping[str, str]] = {
    "wrote": N_("Citizen:"),
    "kept": N_("Draft kept"),
    "enter": N_("Enter puts in:"),
    "not_ended": N_("The conversation was not ended: the citizen has just written."),
    "none_found": N_("No ready answer has these words."),
    "file_too_large": N_("The file is too large: a picture may have 5 MB, a PDF 10 MB."),
    "offline": N_("The connection was lost. Your text is still in the field; try again."),
}
# What was just done, by the word in the address.
SAID: Final[Mapping[str, str]] = {
    "on_duty": N_("Your shift has begun."),
    "off_duty": N_("Your shift has ended. Open conversations went back into the queue."),
    "claimed": N_("The conversation is yours now."),
    "handed_on": N_("The conversation went to the colleague."),
    "released": N_("The conversation is in the queue again."),
    "given_back": N_("The bot goes on."),
    "closed": N_("The conversation is closed."),
    "blocked": N_("The citizen is blocked."),
    "unblocked": N_("The citizen is no longer blocked."),
    "note_kept": N_("The note is kept."),
    "draft_kept": N_("The draft is kept."),
    "assigned": N_("The colleague is asked to take it."),
    "moved": N_("The conversation is before the team now."),
    "area_set": N_("The area is set."),
    "area_kept": N_("The area is kept."),
    "area_deleted": N_("The area is deleted."),
    "team_kept": N_("The team is kept."),
    "team_deleted": N_("The team is deleted."),
    "profile_kept": N_("It is kept."),
    "view_kept": N_("The view is kept."),
    "view_deleted": N_("The view is deleted."),
    "answer_kept": N_("The ready answer is kept."),
    "answer_deleted": N_("The ready answer is deleted."),
    "sent_again": N_("The reply is on its way again."),
    "template_sent": N_("The message is on its way."),
    "told_corrected": N_("It is set right."),
    "snoozed": N_("The conversation rests until then."),
    "woken": N_("The conversation is back."),
    "hold_placed": N_("The conversation is kept."),
    "export_asked": N_("A supervisor decides about the export. Then you fetch the file under Approvals."),
    "hold_lifted": N_("The order to keep it is lifted."),
}
# Why it was not done.
PROBLEMS: Final[Mapping[str, str]] = {
    "missing": N_("This conversation does not exist any more."),
    "window": N_("The reply was not sent, because the time to reply is over. The text is kept as a draft."),
    "template": N_("The message could not be sent. Check the values, or choose another message."),
    "held_back": N_(
        "The message was not sent: the citizen has not asked for an officer, or somebody else may read the phone."
    ),
    "correction": N_("Nothing was changed. Choose one of the buttons."),
    "empty": N_("Something is missing."),
    "length": N_("The reply was not sent. A reply has 1 to 4096 characters."),
    "file_empty": N_("Nothing was sent: the file is empty. Your text is kept."),
    "file_type": N_("Nothing was sent: only pictures (JPEG, PNG) and PDF files can be sent. Your text is kept."),
    "file_too_large": N_("Nothing was sent: a picture may have 5 MB, a PDF 10 MB. Your text is kept."),
    "file_damaged": N_("Nothing was sent: the file is damaged, or holds something behind its end. Your text is kept."),
    "file_active": N_(
        "Nothing was sent: the PDF is locked, or holds a script, a form or another file. Print it into a new PDF. "
        "Your text is kept."
    ),
    "file_not_here": N_("Nothing was sent: pictures and files cannot be sent on this channel. Your text is kept."),
    "place_unclear": N_("Nothing was sent: a place needs coordinates, such as 60.1699, 24.9384. Your text is kept."),
    "resend": N_("This message cannot be sent again."),
    "snooze_unanswered": N_("Nothing was done. Reply first: the citizen is waiting."),
    "snooze_date": N_("Nothing was done. Choose a time from now on, within two weeks."),
    "translator": N_("The machine translator did not answer. Try again, or do without it."),
    "unfilled": N_("The reply was not sent. Fill in what stands in braces, or take it out."),
    "own_answer_empty": N_(
        "Nothing was kept. A ready answer has a title of 1 to 60 characters and a text of 1 to 4096."
    ),
    "own_answer_language": N_("Nothing was kept. Choose the language of the answer."),
    "own_answers_full": N_("Nothing was kept. There are 100 ready answers already: delete one first."),
    "team": N_("Nothing was done. The team does not exist any more."),
    "team_incomplete": N_(
        "Nothing was kept. A team has a name of 1 to 60 characters and a target of 1 to 10080 minutes."
    ),
    "team_named": N_("Nothing was kept. There is a team of this name already."),
    "teams_full": N_("Nothing was kept. There are 50 teams already."),
    "area": N_("Nothing was done. The area does not exist any more."),
    "area_incomplete": N_("Nothing was kept. An area has a name of 1 to 60 characters and 60 places at most."),
    "area_place": N_("Nothing was kept. A place has 4 to 40 characters: a shorter one is found in other words, too."),
    "area_named": N_("Nothing was kept. There is an area of this name already."),
    "areas_full": N_("Nothing was kept. There are 50 areas already."),
    "profile_incomplete": N_("Nothing was kept. An officer takes 0 to 50 at a time."),
    "view_incomplete": N_("Nothing was kept. A view has a name of 1 to 60 characters."),
    "views_full": N_("Nothing was kept. There are 20 views already: delete one first."),
    "note": N_("The note is empty."),
    "label": N_("Choose a label from the list."),
    "reason": N_("Nothing was done. Give a reason."),
    "ground": N_("Choose why you open this conversation."),
    "colleague": N_(
        "The colleague is not on duty any more. Choose another, or put the conversation back into the queue."
    ),
    "told_already": N_("The message was not sent. The citizen has been told already, or can be written to freely."),
    "media": N_("The file could not be opened. It may be gone already, or its type is not opened here."),
    "yours": N_("The conversation is yours already."),
    "officer": N_("Not done. %(name)s has this conversation now."),
    "officer_kept": N_("Not done. %(name)s has this conversation now. Your text is kept."),
    "waiting": N_("Not done. The conversation is in the queue now."),
    "bot": N_("Not done. The conversation is with the bot now."),
    "closed": N_("Not done. The conversation is closed."),
    "hold": N_("Not done. Somebody else has already changed the order to keep it. Look again."),
}
