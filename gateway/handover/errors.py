"""Handover: why a change, a text or a reply of an officer is refused; each has a code and becomes a sentence last."""

from collections.abc import Mapping
from typing import ClassVar

from gateway.core.errors import ChangeNotAllowed, NothingWritten, WindowClosed


class HandoverRefused(ChangeNotAllowed):
    """The conversation is not the officer's to change in this way, or a reason is missing."""

    texts: ClassVar[Mapping[str, str]] = {
        **ChangeNotAllowed.texts,
        "wrong_state_owned": "The conversation cannot be {change}: it is '{state}' now. {owner} has it.",
        "wrong_role_owned": "The conversation cannot be {change} by you: only by its {allowed}. {owner} has it.",
        "claimed_by_other": "{owner} was faster and has this conversation now.",
        "not_claimable": "The conversation cannot be claimed: it is '{state}' now.",
        "owned_already": "You have this conversation already.",
        "colleague_owns": "{name} has this conversation already.",
        "colleague_off_duty": "{name} is not on duty; put the conversation back into the queue instead.",
        "reason_missing": "The conversation was not closed: give a reason.",
        "not_waiting": "The conversation does not wait for an officer: it is '{state}' now.",
        "reply_owned_by_other": "The reply was not sent: {owner} has this conversation now.",
        "reply_not_owner": "The reply was not sent: you do not have this conversation any more, it is '{state}' now.",
        "snooze_not_owner": "Only the officer who has the conversation may let it rest.",
        "template_not_owner": "Only the officer who has the conversation may write to the citizen.",
    }


class HandoverTextRefused(NothingWritten):
    """A text of an officer is missing, too long, or not one of those offered."""

    texts: ClassVar[Mapping[str, str]] = {
        "block_reason_missing": "The citizen was not blocked: give a reason.",
        "number_reason_missing": "The number was not shown: give a reason.",
        "file_reason_missing": "The file was not opened: give a reason.",
        "export_reason_missing": "The conversation was not exported: give a reason.",
        "note_empty": "The note is empty: write something first.",
        "reply_length": "A reply has 1 to {longest} characters; this one has {length}.",
        "nothing_to_resend": "This message did not fail, or cannot be sent again.",
        "reply_unfilled": "The reply has a gap that nobody has filled: {gap}.",
        "own_answer_empty": "A ready answer has a title of 1 to {title} characters and a text of 1 to {text}.",
        "own_answer_language": "Choose the language of the answer.",
        "own_answers_full": "There are {most} ready answers already: delete one first.",
        "team_incomplete": "A team has a name of 1 to {longest} characters and a target of 1 to {minutes} minutes.",
        "team_named": "There is a team '{name}' already.",
        "teams_full": "There are {most} teams already.",
        "unknown_team": "This team does not exist any more.",
        "profile_incomplete": "An officer takes 0 to {most} at a time.",
        "area_incomplete": "An area has a name of 1 to {longest} characters and {most} places at most.",
        "area_place": "A place has {shortest} to {longest} characters.",
        "area_named": "There is an area '{name}' already.",
        "areas_full": "There are {most} areas already.",
        "unknown_area": "This area does not exist any more.",
        "view_incomplete": "A view has a name of 1 to {longest} characters.",
        "views_full": "There are {most} views already: delete one first.",
        "snooze_unanswered": "The citizen waits for an answer: reply first.",
        "snooze_date": "Choose a moment from now on, within {days} days.",
        "unknown_correction": "What is known from the citizen's words cannot be set to that.",
        "unknown_label": "There is no label '{label}': choose one of the list.",
        "colleague_off_duty": "This colleague is not on duty any more: choose another, or use the queue.",
    }


class ReplyWindowClosed(WindowClosed):
    """The channel accepts no free text of an officer any more."""

    texts: ClassVar[Mapping[str, str]] = {
        "reply_window_closed": "The citizen's last message is more than {hours:g} hours old: no free reply goes out.",
    }
