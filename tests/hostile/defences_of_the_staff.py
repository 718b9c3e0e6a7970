"""Defences of the pages of the staff: sign-in, sessions, roles, files, and what editors bring in."""

import ast

from tests.hostile.defence import Defence
from tests.hostile.edits import (
    assignment,
    before,
    begins,
    call,
    comparison,
    followed_by,
    never,
    returns,
    without_element,
    without_key,
    without_operand,
)

SIGN_IN_AT_ONCE = """\
async with service.database.transaction() as session:
    return arrive(request, person, await sessions.begin(session, request, person), "")
"""
A_LINK = """Markup(_ADDRESS.sub(lambda match: f'<a href="{match.group()}">{match.group()}</a>', text))"""
_SIGN_IN = "tests/gateway/accounts/test_sign_in.py::"
_SESSIONS = "tests/gateway/accounts/test_sessions.py::"
_API = "tests/gateway/api/"
_MEDIA = "tests/gateway/channels/whatsapp/test_media.py::"

DEFENCES_OF_THE_STAFF = (
    Defence(
        "a password alone opens nothing",
        "gateway.accounts.routes_sign_in:check_password",
        (before("response", SIGN_IN_AT_ONCE),),
        f"{_SIGN_IN}test_the_password_alone_opens_nothing[sqlite]",
    ),
    Defence(
        "guesses are slowed down",
        "gateway.accounts.login_limits:begin_attempt",
        (never("wait"),),
        f"{_SIGN_IN}test_the_sixth_try_must_wait_even_with_the_right_password[sqlite]",
    ),
    Defence(
        "a code counts once",
        "gateway.accounts.codes:use",
        (comparison("code_step", ast.LtE),),
        f"{_SIGN_IN}test_a_code_counts_once_even_when_two_browsers_send_it_at_once[sqlite]",
    ),
    Defence(
        "an unknown name costs what a known one does",
        "gateway.accounts.passwords:matches",
        (begins("if stored is None:\n    return False"),),
        f"{_SIGN_IN}test_an_unknown_name_costs_a_hash_as_a_known_one_does[sqlite]",
    ),
    Defence(
        "signing in makes another token",
        "gateway.accounts.sessions:begin",
        (call("new_token", "old or _"),),
        f"{_SIGN_IN}test_the_token_is_another_after_signing_in[sqlite]",
    ),
    Defence(
        "the table holds hashes of tokens",
        "gateway.accounts.tokens:token_hash",
        (returns("token.encode()"),),
        f"{_SIGN_IN}test_the_table_holds_no_token_that_opens_anything[sqlite]",
    ),
    Defence(
        "a form of another site is refused",
        "gateway.accounts.access:check_forgery",
        (never("trusted_origins"),),
        f"{_SIGN_IN}test_a_form_of_another_site_or_without_the_token_is_refused[sqlite]",
    ),
    Defence(
        "signing in leads to our own pages only",
        "gateway.accounts.addresses:safe_path",
        (returns("wanted"),),
        f"{_SIGN_IN}test_signing_in_leads_to_our_own_pages_only",
    ),
    Defence(
        "the blocked do not get in",
        "gateway.accounts.routes_sign_in:may_sign_in",
        (without_operand("blocked_at"),),
        f"{_SIGN_IN}test_the_blocked_do_not_get_in_and_hear_no_more_than_others[sqlite]",
    ),
    Defence(
        "an idle session is locked",
        "gateway.accounts.sessions:find",
        (assignment("locked", None),),
        f"{_SESSIONS}test_who_is_idle_finds_the_page_locked_and_opens_it_with_the_password[sqlite]",
    ),
    Defence(
        "a session ends after a working day",
        "gateway.accounts.sessions:_is_valid_for",
        (without_operand("ends_at"),),
        f"{_SESSIONS}test_a_session_ends_after_a_working_day_however_busy[sqlite]",
    ),
    Defence(
        "a sensitive step wants a fresh proof",
        "gateway.accounts.access:Needs.__call__",
        (never("fresh"),),
        f"{_SESSIONS}test_a_sensitive_step_wants_a_fresh_proof_and_then_goes_on[sqlite]",
    ),
    Defence(
        "a token of the provider is for us and for this sign-in",
        "gateway.accounts.identity_provider:Provider._checked",
        (without_key("nonce"),),
        "tests/gateway/accounts/test_identity_provider.py::test_a_token_is_believed_only_from_the_provider_for_us_and_for_this_sign_in",
    ),
    Defence(
        "an entry of the audit log that was changed is named",
        "gateway.accounts.audit_chain:_broken",
        (never("entry_hash"),),
        "tests/gateway/accounts/test_audit.py"
        "::test_the_first_broken_entry_is_named[sqlite-statements0-Entry 3 was changed]",
    ),
    Defence(
        "who manages accounts reads no conversations",
        "gateway.core.actors:_APART",
        (without_element("ADMINISTRATOR", "AUDITOR"),),
        "tests/gateway/accounts/test_administration.py::test_who_manages_accounts_never_reads_conversations_and_auditors_do_nothing_else",
    ),
    Defence(
        "a file is opened only in the session that gave a reason",
        "gateway.console.signed_links:_signature",
        (assignment("content", "f'media {message_id} {expires}'.encode()"),),
        "tests/gateway/console/test_routes.py::test_a_file_is_fetched_only_in_the_session_that_gave_a_reason[sqlite]",
    ),
    Defence(
        "our token for files goes to Meta's hosts only",
        "gateway.channels.whatsapp.media:MediaReader.open",
        (never("_is_metas"),),
        f"{_MEDIA}test_what_is_too_large_foreign_or_false_is_refused_with_a_sentence_and_our_token_goes_nowhere_else",
    ),
    Defence(
        "a file is what it says it is",
        "gateway.channels.whatsapp.media:_compare",
        (never("sniffed"),),
        f"{_MEDIA}test_what_is_too_large_foreign_or_false_is_refused_with_a_sentence_and_our_token_goes_nowhere_else",
    ),
    Defence(
        "a citizen's words are never markup",
        "gateway.core.http.pages:templates",
        (followed_by("templates.env.autoescape = False"),),
        "tests/browser/test_hostile_words.py::test_the_web_chat_shows_hostile_words_as_words",
    ),
    Defence(
        "a citizen's address is no link",
        "gateway.console.formats:as_written",
        (returns(A_LINK),),
        "tests/gateway/console/test_routes.py::test_a_citizens_address_is_no_link_and_says_where_it_leads[sqlite]",
    ),
    Defence(
        "who changed an answer does not approve it",
        "gateway.content.publishing.approvals:approve",
        (never("may_approve"),),
        "tests/gateway/content/publishing/test_publish.py::test_changed_answers_wait_for_other_eyes",
    ),
    Defence(
        "a path leads nowhere out of the editors' folder",
        "gateway.content.repository.working_copy:WorkingCopy._check_path",
        (
            without_operand("is_absolute"),
            without_operand("startswith"),
        ),
        "tests/gateway/content/repository/test_working_copy.py::test_a_path_out_of_the_folder_is_refused",
    ),
    Defence(
        "a revoked token of an integrator opens nothing",
        "gateway.api.tokens:find",
        (without_operand("revoked_at"),),
        f"{_API}test_scopes.py::test_a_revoked_token_opens_nothing_from_then_on[sqlite]",
    ),
    Defence(
        "a token of an integrator ends",
        "gateway.api.tokens:find",
        (without_operand("ends_at"),),
        f"{_API}test_scopes.py::test_an_expired_token_opens_nothing[sqlite]",
    ),
    Defence(
        "a token opens what its scopes say alone",
        "gateway.api.tokens:find",
        (never("needed", "scopes"),),
        f"{_API}test_scopes.py::test_a_token_opens_the_routes_of_its_scope_and_no_others[sqlite-queue:read]",
    ),
    Defence(
        "a spreadsheet is not unpacked without bounds",
        "gateway.content.editing.spreadsheet:_open",
        (never(),),
        "tests/gateway/content/editing/test_spreadsheet.py::test_a_spreadsheet_that_unpacks_to_more_than_memory_is_not_unpacked",
    ),
    Defence(
        "a text in the translators' spreadsheet is no formula",
        "gateway.content.editing.spreadsheet:export",
        (assignment("data_type", None),),
        "tests/gateway/content/editing/test_spreadsheet.py::test_a_text_that_looks_like_a_formula_is_exported_as_text",
    ),
)
