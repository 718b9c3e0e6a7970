"""Defences of the pages of the staff: sign-in, sessions, roles, files, and what editors bring in."""

from tests.hostile.defence import Defence

_SIGN_IN = "tests/gateway/test_sign_in.py::"
_SESSIONS = "tests/gateway/test_sessions.py::"
_ONE = "[postgresql]"  # the second database would only repeat it

DEFENCES_OF_THE_STAFF = (
    Defence(
        "a password alone opens nothing",
        "gateway/accounts/sign_in.py",
        '    response = see_other("/sign-in/factor")\n',
        "    async with service.database.transaction() as session:\n"
        '        return arrive(request, person, await sessions.begin(session, request, person), "")\n'
        '    response = see_other("/sign-in/factor")\n',
        f"{_SIGN_IN}test_the_password_alone_opens_nothing{_ONE}",
    ),
    Defence(
        "guesses are slowed down",
        "gateway/accounts/throttle.py",
        "    if wait > 0:\n",
        "    if wait > 1e9:\n",
        f"{_SIGN_IN}test_the_sixth_try_must_wait_even_with_the_right_password{_ONE}",
    ),
    Defence(
        "a code counts once",
        "gateway/accounts/codes.py",
        "StaffPerson.code_step < step",
        "StaffPerson.code_step <= step",
        f"{_SIGN_IN}test_a_code_counts_once_even_when_two_browsers_send_it_at_once{_ONE}",
    ),
    Defence(
        "an unknown name costs what a known one does",
        "gateway/accounts/passwords.py",
        "    async with _slot():\n        right =",
        "    if kept is None:\n        return False\n    async with _slot():\n        right =",
        f"{_SIGN_IN}test_an_unknown_name_costs_a_hash_as_a_known_one_does{_ONE}",
    ),
    Defence(
        "signing in makes another token",
        "gateway/accounts/sessions.py",
        "    token, at = tokens.new_token(), now()\n    session.add(",
        "    token, at = old or tokens.new_token(), now()\n    session.add(",
        f"{_SIGN_IN}test_the_token_is_another_after_signing_in{_ONE}",
    ),
    Defence(
        "the table holds hashes of tokens",
        "gateway/accounts/tokens.py",
        "return hashlib.sha256(token.encode()).digest()",
        "return token.encode()",
        f"{_SIGN_IN}test_the_table_holds_no_token_that_opens_anything{_ONE}",
    ),
    Defence(
        "a form of another site is refused",
        "gateway/accounts/access.py",
        "if origin is not None and origin not in sessions.trusted_origins(request, service.settings):",
        "if False:",
        f"{_SIGN_IN}test_a_form_of_another_site_or_without_the_token_is_refused{_ONE}",
    ),
    Defence(
        "signing in leads to our own pages only",
        "gateway/accounts/sign_in.py",
        'return wanted if good and "\\\\" not in wanted else ""',
        "return wanted",
        f"{_SIGN_IN}test_signing_in_leads_to_our_own_pages_only",
    ),
    Defence(
        "the blocked do not get in",
        "gateway/accounts/sign_in.py",
        "return person.blocked_at is None and (",
        "return (",
        f"{_SIGN_IN}test_the_blocked_do_not_get_in_and_hear_no_more_than_others{_ONE}",
    ),
    Defence(
        "an idle session is locked",
        "gateway/accounts/sessions.py",
        "            current.locked = True\n",
        "            pass\n",
        f"{_SESSIONS}test_who_is_idle_finds_the_page_locked_and_opens_it_with_the_password{_ONE}",
    ),
    Defence(
        "a session ends after a working day",
        "gateway/accounts/sessions.py",
        "if current.ends_at <= at or at - current.seen_at",
        "if at - current.seen_at",
        f"{_SESSIONS}test_a_session_ends_after_a_working_day_however_busy{_ONE}",
    ),
    Defence(
        "a sensitive step wants a fresh proof",
        "gateway/accounts/access.py",
        "if self.fresh and not found.fresh:",
        "if False:",
        f"{_SESSIONS}test_a_sensitive_step_wants_a_fresh_proof_and_then_goes_on{_ONE}",
    ),
    Defence(
        "a token of the provider is for us and for this sign-in",
        "gateway/accounts/provider.py",
        'params = {"nonce": nonce, ',
        "params = {",
        "tests/gateway/test_provider.py::test_a_token_is_believed_only_from_the_provider_for_us_and_for_this_sign_in",
    ),
    Defence(
        "an entry of the audit log that was changed is named",
        "gateway/accounts/audit.py",
        "if entry.hash != entry_hash(entry.number, entry.at, content, previous):",
        "if False:",
        "tests/gateway/test_audit.py::test_the_first_broken_entry_is_named[postgresql-statements0-Entry 3 was changed]",
    ),
    Defence(
        "who manages accounts reads no conversations",
        "gateway/accounts/access.py",
        "    (Role.ADMINISTRATOR, frozenset({Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR})),\n",
        "",
        "tests/gateway/test_administration.py"
        "::test_who_manages_accounts_never_reads_conversations_and_auditors_do_nothing_else",
    ),
    Defence(
        "a file is opened only in the session that gave a reason",
        "gateway/console/permits.py",
        r'content = f"media\x00{session_token}\x00{message_id}\x00{ends}".encode()',
        r'content = f"media\x00{message_id}\x00{ends}".encode()',
        f"tests/gateway/test_console.py::test_a_file_is_fetched_only_in_the_session_that_gave_a_reason{_ONE}",
    ),
    Defence(
        "our token for files goes to Meta's hosts only",
        "gateway/channels/whatsapp/media.py",
        "if not self._is_metas(address):",
        "if not address:",
        "tests/gateway/test_media.py"
        "::test_what_is_too_large_foreign_or_false_is_refused_with_a_sentence_and_our_token_goes_nowhere_else",
    ),
    Defence(
        "a file is what it says it is",
        "gateway/channels/whatsapp/media.py",
        "if declared not in sniffed(content):",
        "if False:",
        "tests/gateway/test_media.py"
        "::test_what_is_too_large_foreign_or_false_is_refused_with_a_sentence_and_our_token_goes_nowhere_else",
    ),
    Defence(
        "a citizen's words are never markup",
        "gateway/pages.py",
        'templates = Jinja2Templates(directory=_HERE / "templates")',
        "import jinja2\n\ntemplates = Jinja2Templates(\n"
        '    env=jinja2.Environment(loader=jinja2.FileSystemLoader(_HERE / "templates"), autoescape=False)\n)',
        "tests/browser/test_hostile_words.py::test_the_web_chat_shows_hostile_words_as_words",
    ),
    Defence(
        "a citizen's address is no link",
        "gateway/console/formatting.py",
        """Markup('<span class="address"><span class="code">{}</span> <span""",
        """Markup('<span class="address"><a href="{0}">{0}</a> <span""",
        f"tests/gateway/test_console.py::test_a_citizens_address_is_no_link_and_says_where_it_leads{_ONE}",
    ),
    Defence(
        "who changed an answer does not approve it",
        "gateway/content/approvals.py",
        "if signed_account(editor) in wanted.authors:",
        "if False:",
        "tests/gateway/content/test_publishing.py::test_changed_answers_wait_for_other_eyes",
    ),
    Defence(
        "a path leads nowhere out of the editors' folder",
        "gateway/content/working_copy.py",
        'if not parts or Path(path).is_absolute() or any(part.startswith(".") for part in parts):',
        "if not parts:",
        "tests/gateway/content/test_working_copy.py::test_a_path_out_of_the_folder_is_refused",
    ),
    Defence(
        "a spreadsheet is not unpacked without bounds",
        "gateway/content/spreadsheet.py",
        "        if size > _MOST_BYTES:\n",
        "        if False:\n",
        "tests/gateway/content/test_spreadsheet.py"
        "::test_a_spreadsheet_that_unpacks_to_more_than_memory_is_not_unpacked",
    ),
    Defence(
        "a text in the translators' spreadsheet is no formula",
        "gateway/content/spreadsheet.py",
        '                cell.data_type = "s"  # a text that begins with = is no formula\n',
        "",
        "tests/gateway/content/test_spreadsheet.py::test_a_text_that_looks_like_a_formula_is_exported_as_text",
    ),
)
