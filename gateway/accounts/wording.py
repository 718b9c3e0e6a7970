"""Accounts, the words: names of roles, states and entries of the audit log, and what is said of what was done."""

from collections.abc import Mapping
from typing import Final

from gateway.core.i18n import N_, NP_

ROLES: Final[Mapping[str, str]] = {
    "officer": N_("Officer"),
    "supervisor": N_("Supervisor"),
    "editor": N_("Editor"),
    "administrator": N_("Administrator"),
    "auditor": N_("Auditor"),
}
# Of an account.
STATES: Final[Mapping[str, str]] = {
    "active": N_("Active"),
    "invited": N_("Invited"),
    "late": N_("Invitation ended"),
    "blocked": NP_("account", "Blocked"),
    "left": N_("Has left"),
}
# What was just done, by the word in the address.
SAID: Final[Mapping[str, str]] = {
    "session_ended": N_("The session has ended."),
    "password": N_("The password is changed and the other sessions have ended."),
    "factor_added": N_("The new factor is set up."),
    "factor_removed": N_("The security key is removed."),
    "roles": N_("The roles are saved. The person signs in again."),
    "blocked": N_("The person is blocked and the sessions have ended."),
    "unblocked": N_("The person may sign in again."),
    "left": N_("The account is closed. The name stays in the log."),
    "asked": N_("It waits for a second person, who approves it under Approvals."),
    "approved": N_("It is approved."),
    "refused": N_("It is refused."),
    "let_in": N_("The person may try to sign in again at once."),
}
# Why something was not done.
PROBLEMS: Final[Mapping[str, str]] = {
    "wrong": N_("The user name or password is wrong."),
    "wait": N_("Too many tries. Wait %(minutes)s min and try again."),
    "slower": N_("Too many tries. Wait a while and try again."),
    "code": N_("That could not be confirmed. Wait for the next code and try again."),
    "password": N_("The password is wrong."),
    "late": N_("Signing in took too long. Start again."),
    "provider": N_("The police's identity service did not answer as it should. Try again in a while."),
    "provider_only": N_("Your password is kept by the police's identity service. Change it there."),
    "no_role": N_("Your account has no right to this service. Ask an administrator for a role."),
    "invitation": N_(
        "The invitation does not work. It was used already or has ended. Ask an administrator for a new one."
    ),
    "short": N_("The password is too short. Write at least 12 characters."),
    "long": N_("The password is too long. 256 characters at most."),
    "simple": N_("The password is too simple. Use more different characters."),
    "known": N_("The password is mostly your name or words of the service. Think of something else."),
    "guessed": N_("The password would be guessed soon: it is a common one, or nearly. Think of something else."),
    "different": N_("The passwords are not the same."),
    "incomplete": N_("Fill in the name and the user name, and choose at least one role."),
    "clash": N_(
        "One person cannot have these roles together. An administrator does not read conversations, and an auditor "
        "has no other role."
    ),
    "taken": N_("The user name is already taken."),
    "approval_gone": N_("This does not wait any more. Somebody has decided it, or its time is over."),
    "approval_own": N_("Somebody else must decide this: it is your own request, or about you."),
    "approval_unused": N_("This was not approved, or has been fetched already."),
    "own": N_("You cannot change your own account here. Ask another administrator."),
    "last": N_("The last factor cannot be removed. Add another one first."),
}
# What happened to one's own account.
NOTICES: Final[Mapping[str, str]] = {
    "passkey": N_("A security key was added to your account."),
    "code": N_("Codes of another phone were set up for your account."),
    "passkey_removed": N_("A security key was removed from your account."),
    "password": N_("The password of your account was changed."),
    "recovered": N_("Your account was recovered by two administrators: password and factors were removed."),
}
# What two persons decide, and how it stands.
APPROVALS: Final[Mapping[str, str]] = {
    "invite": N_("Invitation"),
    "roles": N_("Change of roles"),
    "reset": N_("Recovery of an account"),
    "audit_export": N_("Export of the audit log"),
    "transcript": N_("Export of a conversation"),
}
# Why an export is asked for.
APPROVAL_GROUNDS: Final[Mapping[str, str]] = {
    "danger": N_("Danger or urgent help"),
    "call_back": N_("Agreed contact"),
    "duty": N_("Official duty"),
    "other": N_("Another reason"),
}
APPROVAL_STATES: Final[Mapping[str, str]] = {
    "waits": N_("Waits for a second person"),
    "refused": N_("Refused"),
    "ready": N_("Approved"),
    "done": N_("Done"),
}
# What an alarm says on every page of an officer, by its kind, and its buttons.
ALARMS: Final[Mapping[str, str]] = {
    "emergency": N_("Emergency: a citizen is waiting"),
    "crisis": N_("Crisis: a citizen is waiting"),
    "waiting": N_("New conversation in the queue"),
    "mine": N_("The citizen wrote to you"),
    "handed": N_("A colleague has handed you a conversation"),
    "follow_up": N_("Time to follow up: a conversation is back"),
    "assigned": N_("A conversation is yours to take"),
    "taken": N_("One of your conversations has gone to somebody else or back to the queue"),
    "off_duty": N_("Your shift was ended, because nobody answered an alarm"),
    "push_lost": N_("This browser is not alarmed any more. Set it up again."),
    "offline": N_("No connection: alarms do not reach this page"),
    "signed_out": N_("Your session has ended: sign in again. Alarms do not reach this page"),
    "escalated": N_("nobody has taken it"),
    "open": N_("Open"),
    "heard": N_("I hear it"),
    "more": N_("More alarms:"),
}
# Why a page is not shown.
REFUSED: Final[Mapping[str, str]] = {
    "role": N_("Your role does not allow this page. If you need it, ask an administrator."),
    "forged": N_("The page was too old, so nothing was changed. Open the page again and repeat what you did."),
    "missing": N_("The address is wrong, or what was here has been deleted."),
    "undone": N_("This was not done. Open the page again and see how things are now."),
}
REFUSED_TITLES: Final[Mapping[str, str]] = {
    "role": N_("You cannot go here"),
    "forged": N_("The page was too old"),
    "missing": N_("There is no such page"),
    "undone": N_("That could not be done"),
}
# What the audit log records.
ACTIONS: Final[Mapping[str, str]] = {
    "signed_in": N_("Signed in"),
    "sign_in_failed": N_("Sign-in failed"),
    "signed_out": N_("Signed out"),
    "enrolled": N_("Set up the account"),
    "unlocked": N_("Unlocked"),
    "confirmed": N_("Confirmed identity"),
    "session_ended": N_("Session ended"),
    "password_changed": N_("Changed password"),
    "factor_added": N_("Added a factor"),
    "factor_removed": N_("Removed a factor"),
    "factors_reset": N_("Recovered an account"),
    "person_left": N_("Closed the account of somebody who left"),
    "approval_asked": N_("Asked for a second person's approval"),
    "approval_given": N_("Approved a request"),
    "approval_refused": N_("Refused a request"),
    "limits_lifted": N_("Let somebody try to sign in again"),
    "notices_seen": N_("Confirmed what happened to the account"),
    "person_invited": N_("Invited somebody"),
    "person_created": N_("Made an account"),
    "person_deleted": N_("Deleted an account"),
    "person_blocked": N_("Blocked somebody"),
    "person_unblocked": N_("Unblocked somebody"),
    "roles_changed": N_("Changed roles"),
    "access_refused": N_("Tried without the right"),
    "audit_exported": N_("Exported the log"),
    "audit_verified": N_("Verified the log"),
    "audit_pruned": N_("Deleted entries whose time was over"),
    "access_report_read": N_("Looked at who reads what"),
    "content_publish_ordered": N_("Ordered a publishing"),
    "content_scheduled": N_("Set a time for a publishing"),
    "content_schedule_moved": N_("Changed the time of a publishing"),
    "content_schedule_withdrawn": N_("Withdrew a publishing before its time, or its notice"),
    "content_schedule_refused": N_("A publishing did not go live at its time"),
    "content_approved": N_("Approved content"),
    "content_consented": N_("Consented to messages that are understood worse"),
    "content_token_made": N_("Made a token for the command line"),
    "content_return_ordered": N_("Returned to an earlier publishing"),
    "content_inbox_read": N_("Opened missed messages"),
    "shift_ended_unanswered": N_("A shift was ended: nobody answered an alarm"),
    "conversation_opened": N_("Opened a conversation"),
    "conversations_listed": N_("Saw a list of conversations"),
    "conversations_searched": N_("Searched conversations"),
    "words_searched": N_("Searched for words"),
    "words_shown": N_("Saw words of another conversation"),
    "conversation_claimed": N_("Took a conversation"),
    "conversation_handed_on": N_("Handed a conversation to a colleague"),
    "conversation_released": N_("Put a conversation back into the queue"),
    "conversation_given_back": N_("Gave a conversation back to the bot"),
    "conversation_closed": N_("Closed a conversation"),
    "conversation_snoozed": N_("Let a conversation rest"),
    "conversation_woken": N_("Brought a conversation back"),
    "reply_sent": N_("Replied to a citizen"),
    "template_sent": N_("Told a citizen that a reply waits"),
    "note_written": N_("Wrote a note"),
    "labels_changed": N_("Changed the labels of a conversation"),
    "conversation_taken_over": N_("Took over a conversation"),
    "citizen_blocked": N_("Blocked a citizen"),
    "citizen_unblocked": N_("Unblocked a citizen"),
    "number_shown": N_("Looked at a phone number"),
    "team_changed": N_("Changed a team"),
    "team_deleted": N_("Deleted a team"),
    "area_changed": N_("Changed an area"),
    "area_deleted": N_("Deleted an area"),
    "officer_profile_changed": N_("Changed what an officer can take"),
    "conversation_assigned": N_("Put a conversation before an officer or a team"),
    "message_translated": N_("Had a citizen's message translated by machine"),
    "reply_translated": N_("Had a reply translated by machine"),
    "told_corrected": N_("Set right what is known from a citizen's words"),
    "media_opened": N_("Opened a citizen's file"),
    "transcript_exported": N_("Exported a conversation"),
    "searched_by_number": N_("Searched by phone number"),
    "legal_hold_placed": N_("Ordered that a conversation be kept"),
    "legal_hold_lifted": N_("Lifted the order to keep a conversation"),
    "erased_by_citizen": N_("A citizen had their data erased"),
    "deleted_by_retention": N_("Old conversations were deleted"),
    "backup_made": N_("Made a backup"),
    "backup_restored": N_("Restored a backup"),
    "database_recovered": N_("Returned the database to an earlier moment"),
    "message_traced": N_("Looked up the road of a message, without its words"),
    "keys_rotated": N_("Changed the data key"),
    "keys_renewed": N_("Renewed all keys"),
    "bulletin.published": N_("Approved a notice"),
    "bulletin.corrected": N_("Approved a correction"),
    "bulletin.published_alone": N_("Published a notice alone"),
    "bulletin.corrected_alone": N_("Published a correction alone"),
    "bulletin.withdrawn": N_("Withdrew a notice"),
    "bulletin.ended": N_("Ended a notice"),
    "referral.created": N_("Made a link"),
    "referral.retired": N_("Took a link out of use"),
    "referral.restored": N_("Took a link back into use"),
    "hours.saved": N_("Changed the service hours"),
    "api_token_made": N_("Made a token of the API"),
    "api_read": N_("Read through the API (noted once an hour)"),
    "api_token_revoked": N_("Revoked a token of the API"),
    "api_webhook_made": N_("Ordered notifications to another system"),
    "api_webhook_removed": N_("Ended notifications to another system"),
    "officer_requested": N_("Asked for an officer for a citizen"),
}
# What somebody should look at, in the report of who read what.
UNUSUAL: Final[Mapping[str, str]] = {
    "many_of_others": N_("Opened many conversations of others within an hour"),
    "many_searches": N_("Searched very often within an hour"),
    "off_duty": N_("Opened conversations without a shift"),
    "many_readers": N_("Read by many people"),
}
# Who did it, where it was nobody of the staff, and what it was done to.
ACTORS: Final[Mapping[str, str]] = {
    "operator": N_("Operator"),
    "gateway": N_("The service"),
    "nobody": N_("Unknown"),
    "provider": N_("Identity service"),
    "unknown": N_("Unknown"),
    "audit": N_("The log"),
    "queue": N_("The queue"),
    "board": N_("Who is on"),
    "holds": N_("Conversations that are kept"),
    "blocks": N_("Blocked citizens"),
    "search": N_("Search"),
    "citizen": N_("A citizen"),
    "retention": N_("Retention"),
    "schedule": N_("A publishing at its time"),
    "conversations": N_("Conversations"),
    "service_hours": N_("Service hours"),
    "inbox": N_("Missed messages"),
    "command line": N_("The command line"),
}
