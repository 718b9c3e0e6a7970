"""Defences of accountability: reading is logged, takes a ground, and what is risky takes two people."""

from tests.hostile.defence import Defence
from tests.hostile.edits import (
    assignment,
    begins,
    never,
    returns,
    without_call,
    without_element,
    without_filter,
    without_operand,
)

_ACCESS = "tests/gateway/console/test_access_log.py::"
_OTHERS = f"{_ACCESS}test_a_conversation_of_somebody_else_is_shown_after_a_ground_is_chosen_and_each_opening_is_logged"
_DONE = f"{_ACCESS}test_what_an_officer_does_is_logged_and_stays_when_the_citizen_is_erased[sqlite]"
_TWO = "tests/gateway/accounts/test_two_persons.py::"
_INVITED = "test_an_invitation_opens_nothing_before_another_administrator_approves_and_without_their_word[sqlite]"
_SIGN_IN = "tests/gateway/accounts/test_sign_in.py::"
_PASSWORDS = "tests/gateway/accounts/test_administration.py::test_a_password_is_long_and_not_what_anybody_would_try"
_LONG = "tests/gateway/accounts/test_passwords.py::test_a_very_long_password_is_refused_before_it_is_normalized"
_AUDIT = "tests/gateway/accounts/test_audit.py::"

FOUND_OR_MADE = """\
found = await session.get(LoginLimit, key)
if found is None:
    found = LoginLimit(key_fingerprint=key, attempts=0, attempted_at=at, blocked_until=at)
    session.add(found)
    await session.flush()
return found
"""

DEFENCES_OF_ACCOUNTABILITY = (
    Defence(
        "a conversation of somebody else is not shown before a ground is chosen",
        "gateway.handover.openings:ground_of",
        (returns("OpeningGround.DANGER"),),
        f"{_OTHERS}[sqlite]",
    ),
    Defence(
        "a ground is one of the list",
        "gateway.handover.openings:chosen_ground",
        (returns("OpeningGround.DANGER"),),
        f"{_OTHERS}[sqlite]",
    ),
    Defence(
        "a ground is of one session",
        "gateway.handover.openings:_opening",
        (without_element("session_id"),),
        f"{_ACCESS}test_a_ground_ends_after_a_while_and_with_the_session[sqlite]",
    ),
    Defence(
        "each opening of a conversation is logged",
        "gateway.console.access_log:record_opening",
        (without_call("_opened"),),
        f"{_OTHERS}[sqlite]",
    ),
    Defence(
        "the queue shows no words of what a colleague has",
        "gateway.console.queue_view:_with_words",
        (without_filter("reader"),),
        f"{_ACCESS}test_the_queue_shows_no_words_of_what_a_colleague_has[sqlite]",
    ),
    Defence(
        "a list is logged when what it shows has changed",
        "gateway.console.access_log:record_list",
        (never("is_new_list"),),
        f"{_ACCESS}test_the_queue_is_logged_when_what_it_shows_has_changed_and_not_each_time_it_is_asked_for[sqlite]",
    ),
    Defence(
        "a list that is asked for again is not logged again",
        "gateway.handover.openings:is_new_list",
        (never("shown"),),
        f"{_ACCESS}test_the_queue_is_logged_when_what_it_shows_has_changed_and_not_each_time_it_is_asked_for[sqlite]",
    ),
    Defence(
        "a number is shown only to who may read the conversation",
        "gateway.console.routes_disclosure:number",
        (without_call("check_may_read"),),
        f"{_ACCESS}test_nothing_is_disclosed_to_who_has_no_ground_to_read[sqlite-number]",
    ),
    Defence(
        "a file is opened only by who may read the conversation",
        "gateway.console.routes_disclosure:_record_access",
        (without_call("check_may_read"),),
        f"{_ACCESS}test_nothing_is_disclosed_to_who_has_no_ground_to_read[sqlite-media]",
    ),
    Defence(
        "a transcript is asked for only by who may read the conversation",
        "gateway.console.routes_export:ask.work",
        (without_call("check_may_read"),),
        f"{_ACCESS}test_nothing_is_disclosed_to_who_has_no_ground_to_read[sqlite-transcript]",
    ),
    Defence(
        "a number that was shown is logged",
        "gateway.console.routes_disclosure:number",
        (without_call("record_about"),),
        "tests/gateway/console/test_routes.py::test_the_number_is_shown_once_and_logged_without_it[sqlite]",
    ),
    Defence(
        "looking for a message's road is logged",
        "gateway.ops.trace:trace",
        (without_call("record"),),
        "tests/gateway/ops/test_trace.py::test_looking_is_recorded_without_the_conversations_id[sqlite]",
    ),
    Defence(
        "what is unusual is on top",
        "gateway.accounts.access_report:_unusual_of_person",
        (begins("return []"),),
        "tests/gateway/accounts/test_access_report.py"
        "::test_the_auditor_sees_names_and_numbers_of_conversations_and_that_is_logged[sqlite]",
    ),
    Defence(
        "a search is logged",
        "gateway.console.routes_search:_page",
        (without_call("record"),),
        f"{_ACCESS}test_every_search_is_logged_with_what_it_was_by_and_without_what_was_sought[sqlite]",
    ),
    Defence(
        "words are sought only by who may read",
        "gateway.console.access_log:check_may_read",
        (never("ground"),),
        f"{_ACCESS}test_words_are_sought_only_by_who_may_read[sqlite]",
    ),
    Defence(
        "a claim is logged",
        "gateway.console.routes_ownership:claim",
        (without_call("record_about"),),
        _DONE,
    ),
    Defence(
        "a reply is logged",
        "gateway.console.routes_replies:_reply",
        (without_call("record_about"),),
        _DONE,
    ),
    Defence(
        "the log names no conversation by its id",
        "gateway.accounts.audit:conversation_subject",
        (returns("f'conversation {conversation_id}'"),),
        _DONE,
    ),
    Defence(
        "a reason is one of the list",
        "gateway.console.reasons:ChosenReason.__init__",
        (assignment("code", "ground"),),
        f"{_ACCESS}test_a_reason_is_one_of_the_list[sqlite-x]",
    ),
    Defence(
        "one administrator takes over no account",
        "gateway.accounts.approvals:has_second_administrator",
        (returns("False"),),
        f"{_TWO}test_one_administrator_cannot_take_over_an_officers_account[sqlite]",
    ),
    Defence(
        "nobody approves their own request",
        "gateway.accounts.approvals:may_decide",
        (without_operand("asked_by"),),
        f"{_TWO}{_INVITED}",
    ),
    Defence(
        "who takes the other administrator away is not alone by it",
        "gateway.accounts.approvals:_was_set_up",
        (without_operand("left_at"), without_operand("sign_in_epoch")),
        f"{_TWO}test_who_takes_the_other_administrator_away_is_not_alone_by_it[sqlite-leave]",
    ),
    Defence(
        "an invitation of two wants the second's word",
        "gateway.accounts.people:by_invitation",
        (never("compare_digest"),),
        f"{_TWO}{_INVITED}",
    ),
    Defence(
        "an export waits for its approval",
        "gateway.accounts.approvals:use",
        (without_operand("approved"),),
        "tests/gateway/console/test_routes.py::test_a_transcript_is_a_file_with_notes_only_when_asked_for[sqlite]",
    ),
    Defence(
        "what happened to an account is told to its owner",
        "gateway.accounts.notices:add",
        (begins("return"),),
        f"{_TWO}test_a_new_factor_and_a_new_password_are_told_to_their_owner_until_confirmed[sqlite]",
    ),
    Defence(
        "a password that is guessed soon is refused",
        "gateway.accounts.passwords:weakness",
        (never("guesses"),),
        f"{_PASSWORDS}[P@ssw0rd1234-guessed]",
    ),
    Defence(
        "the length of a password is looked at first",
        "gateway.accounts.passwords:weakness",
        (never("password", "MAX_LENGTH"),),
        _LONG,
    ),
    Defence(
        "a new password wants the present one",
        "gateway.accounts.routes_account:password",
        (never("by_password"),),
        "tests/gateway/accounts/test_administration.py::test_the_last_factor_stays_and_another_can_be_added[sqlite]",
    ),
    Defence(
        "wrong tries count for their source",
        "gateway.accounts.login_limits:attempts_of",
        (assignment("source", "''"),),
        f"{_SIGN_IN}test_wrong_tries_of_others_keep_nobody_out[sqlite]",
    ),
    Defence(
        "right codes at once meet no row that another just made",
        "gateway.accounts.login_limits:_locked",
        (begins(FOUND_OR_MADE),),
        f"{_SIGN_IN}test_a_hundred_guesses_at_once_are_no_more_than_five_tries[postgresql]",
    ),
    Defence(
        "a known device is not kept out by others",
        "gateway.accounts.known_devices:device_of",
        (returns("None"),),
        f"{_SIGN_IN}test_a_known_device_gets_in_while_the_whole_world_guesses[sqlite]",
    ),
    Defence(
        "nobody makes a known device",
        "gateway.accounts.known_devices:device_of",
        (without_operand("compare_digest"),),
        f"{_SIGN_IN}test_a_known_device_gets_in_while_the_whole_world_guesses[sqlite]",
    ),
    Defence(
        "a supervisor lets in whom wrong tries keep out",
        "gateway.accounts.routes_approvals:let_in",
        (never("row", "person"),),
        f"{_TWO}test_a_supervisor_lets_somebody_in_whom_wrong_tries_keep_out[sqlite]",
    ),
    Defence(
        "who has left opens nothing",
        "gateway.accounts.account_changes:leave",
        (begins("return"),),
        f"{_TWO}test_who_has_left_opens_nothing_and_is_still_named_in_the_log[sqlite]",
    ),
    Defence(
        "refused tries do not fill the log",
        "gateway.accounts.login_limits:count_failure",
        (returns("1"),),
        f"{_SIGN_IN}test_refused_tries_do_not_fill_the_log[sqlite]",
    ),
    Defence(
        "signing out clears what the browser keeps",
        "gateway.accounts.routes_sign_in:sign_out",
        (assignment("clear-site-data", None),),
        f"{_SIGN_IN}test_signing_out_clears_what_the_browser_keeps[sqlite]",
    ),
    Defence(
        "a beginning that was cut off is found",
        "gateway.accounts.audit_chain:verify",
        (never("explained"),),
        f"{_AUDIT}test_a_beginning_that_was_cut_off_without_the_policy_is_found[sqlite]",
    ),
    Defence(
        "an anchor is signed",
        "gateway.accounts.audit_anchor:read_anchors",
        (without_call("verify"),),
        f"{_AUDIT}test_a_line_that_is_no_anchor_of_ours_is_named[sqlite-None]",
    ),
)
