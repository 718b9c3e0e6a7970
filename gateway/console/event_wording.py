"""The console, the words: what happened in a conversation, and what became of a reply."""

from collections.abc import Mapping
from typing import Final

from gateway.core.i18n import N_

# What became of a reply, as its tick says it.
DELIVERY: Final[Mapping[str, str]] = {
    "queued": N_("waiting to be sent"),
    "number_rate": N_("waiting its turn (the number's sending limit)"),
    "pair_rate": N_("waiting (too many messages to the same person)"),
    "retry": N_("did not get through yet, trying again"),
    "status": N_("unclear whether it was sent, waiting to hear"),
    "sending": N_("being sent"),
    "sent": N_("sent"),
    "delivered": N_("delivered"),
    "read": N_("read"),
    "dropped": N_("not sent, because the conversation changed hands"),
    "held_back": N_("not sent: nobody asked for it, or somebody else may read the phone"),
    "not_invited": N_("not sent: the citizen has written, waits no more, or somebody else may read the phone"),
}
# Why it failed or waits.
FAILURE: Final[Mapping[str, str]] = {
    "window_closed": N_(
        "Did not arrive: the citizen's message is more than 24 hours old, and WhatsApp takes no reply."
    ),
    "undeliverable": N_("Did not arrive: the phone takes no messages, or the citizen has blocked us."),
    "content": N_("Did not arrive: WhatsApp refused the content. Write it differently."),
    "auth": N_("Waiting: WhatsApp does not let the service in. The operator has been told."),
    "policy": N_("Waiting: WhatsApp has stopped the number. The operator has been told."),
    "other": N_("Did not arrive in spite of several tries. Try again."),
}
# What happened in a conversation.
EVENT: Final[Mapping[str, str]] = {
    "begun": N_("The conversation began"),
    "queued": N_("Came into the officers' queue"),
    "urgency_raised": N_("Became more urgent"),
    "escalated": N_("Nobody took the conversation in time: the supervisors were alerted"),
    "urgency_lowered": N_("Became less urgent: the bot sees no danger"),
    "claimed": N_("%(name)s took the conversation"),
    "taken_over": N_("%(name)s took over from %(before)s"),
    "handed_on": N_("%(name)s handed the conversation to %(to)s. %(reason)s"),
    "assigned": N_("%(name)s was asked to take the conversation"),
    "moved_to_team": N_("%(name)s put the conversation before the team %(team)s"),
    "area_set": N_("%(name)s set the area: %(area)s"),
    "released": N_("Back in the queue (%(before)s: %(reason)s)"),
    "given_back": N_("%(name)s gave the conversation back to the bot"),
    "snoozed": N_("%(name)s set the conversation aside until %(until)s"),
    "snooze_ended": N_("%(name)s brought the conversation back"),
    "follow_up_due": N_("Time to follow up"),
    "citizen_left": N_("The citizen closed the web chat"),
    "external_control_begun": N_("Somebody answers on the platform itself, beside Neuvo; the bot is silent"),
    "external_control_ended": N_("Neuvo answers again"),
    "human_stretch_ended": N_("The bot speaks again"),
    "hold_placed": N_("%(name)s ordered that the conversation be kept. %(reason)s"),
    "hold_lifted": N_("%(name)s lifted the order to keep the conversation. %(reason)s"),
    "closed": N_("The conversation was closed. %(reason)s"),
    "left": N_("The citizen went back to the bot"),
    "waited_out": N_("Nobody came in time; the bot goes on"),
    "waiting_line": N_("The citizen was told about the wait"),
    "danger_line": N_("The citizen was sent the numbers for emergency or crisis help"),
    "platform_off": N_("The message could not be answered: its channel has been switched off"),
    "reply_failed": N_("A reply did not arrive"),
    "labelled": N_("%(name)s added the label %(label)s"),
    "unlabelled": N_("%(name)s removed the label %(label)s"),
    "blocked": N_("%(name)s blocked the citizen. %(reason)s"),
    "unblocked": N_("%(name)s unblocked the citizen"),
    "number_shown": N_("%(name)s looked at the phone number. %(reason)s"),
    "media_opened": N_("%(name)s opened the citizen's file. %(reason)s"),
    "template_queued": N_("The citizen was told that an answer waits"),
    "invited": N_("The citizen was invited to go on"),
    "exported": N_("%(name)s exported the conversation. %(reason)s"),
    "request_cancelled": N_("The citizen took the request for an officer back"),
    "told_corrected": N_("%(name)s set right what is known from the citizen's words"),
    "held_back": N_("Not sent to the citizen: %(entry)s. Nobody asked for it, or somebody else may read the phone"),
}
# What goes to a citizen unasked, where the gate lets it.
UNASKED: Final[Mapping[str, str]] = {
    "officer_joined": N_("that an officer reads the messages now"),
    "officer_left": N_("that the officer had to leave"),
    "given_back": N_("that the officer has ended the conversation"),
    "still_waiting": N_("that the request still waits"),
    "nobody_came": N_("that no officer had time"),
    "late_danger_line": N_("the numbers for emergency or crisis help, which came late"),
    "answer_waits": N_("that an answer waits"),
    "invited": N_("that they can go on by writing again"),
    "officer_feedback": N_("the question whether it helped"),
    "bulletin_update": N_("that a bulletin has changed"),
}
