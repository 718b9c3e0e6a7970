"""Every defence, where it stands in the source, how it looks when it is gone, and the test that must then fail.

A line whose source has changed is an error, so that this list keeps up with the code.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Defence:
    """`source` stands once in `file`; with `without` in its place the defence is gone, and `test` fails."""

    name: str
    file: str
    source: str
    without: str
    test: str


_HOSTILE = "tests/gateway/hostile/"
_FORGERY = f"{_HOSTILE}test_signatures.py::test_a_forgery_is_401_without_a_word_and_stores_nothing"
_ONE = "[postgresql"  # the second database would only repeat it

DEFENCES = (
    Defence(
        "the webhook's signature is checked",
        "gateway/channels/webhook.py",
        "if not channel.verify(request.headers, body):",
        "if False:",
        f"{_FORGERY}{_ONE}-cut]",
    ),
    Defence(
        "the whole signature is compared",
        "gateway/channels/whatsapp/signature.py",
        "hmac.compare_digest(given, signature_of(secret, body).encode())",
        "hmac.compare_digest(given[:70], signature_of(secret, body).encode()[:70])",
        f"{_FORGERY}{_ONE}-one letter another]",
    ),
    Defence(
        "the signature is over the whole body",
        "gateway/channels/whatsapp/signature.py",
        "hmac.new(secret.encode(), body, hashlib.sha256)",
        "hmac.new(secret.encode(), body[:20], hashlib.sha256)",
        f"{_HOSTILE}test_signatures.py::test_a_good_signature_of_another_body_opens_nothing{_ONE}]",
    ),
    Defence(
        "the signature is compared in constant time",
        "gateway/channels/whatsapp/signature.py",
        "hmac.compare_digest(given, signature_of(secret, body).encode())",
        "all(a == b for a, b in zip(given * 40, signature_of(secret, body).encode() * 40))",
        f"{_HOSTILE}test_signatures.py::test_a_signature_that_is_nearly_right_takes_as_long_as_one_that_is_wrong_from_the_start",
    ),
    Defence(
        "a signature with strange characters is a refusal and no crash",
        "gateway/channels/whatsapp/signature.py",
        'given = (header or "").encode("latin-1", errors="replace")',
        'given = (header or "").encode("ascii")',
        f"{_FORGERY}{_ONE}-latin letters]",
    ),
    Defence(
        "the verify token is asked for",
        "gateway/channels/webhook.py",
        'if mode != "subscribe" or not hmac.compare_digest(token.encode(), wanted.encode()):',
        'if mode != "subscribe":',
        "tests/gateway/test_webhook.py::test_a_wrong_token_is_refused[postgresql-wrong]",
    ),
    Defence(
        "a message is known by its id",
        "gateway/conversations/inbox.py",
        'keyring.fingerprint(f"{channel.name} {event.kind}", event.unique_id)',
        'keyring.fingerprint(f"{channel.name} {event.kind}", event.unique_id + str(now()))',
        f"{_HOSTILE}test_signatures.py::test_a_replayed_delivery_is_the_same_message_however_often{_ONE}]",
    ),
    Defence(
        "another host is refused",
        "gateway/defences/hosts.py",
        "if len(named) != 1 or host_name(named[0]) not in self._hosts:",
        "if len(named) != 1:",
        f"{_HOSTILE}test_doors.py::test_another_host_is_refused_before_anything_else{_ONE}-evil.example]",
    ),
    Defence(
        "two hosts are refused",
        "gateway/defences/hosts.py",
        "if len(named) != 1 or host_name(named[0]) not in self._hosts:",
        "if host_name(named[0]) not in self._hosts:",
        f"{_HOSTILE}test_doors.py::test_a_request_with_two_hosts_or_none_is_refused{_ONE}]",
    ),
    Defence(
        "a compressed body is refused",
        "gateway/defences/bodies.py",
        'not in ("", "identity"):',
        'in ("never",):',
        f"{_HOSTILE}test_doors.py::test_a_compressed_body_is_refused_and_never_unfolded{_ONE}-gzip]",
    ),
    Defence(
        "a body is counted as it comes",
        "gateway/defences/bodies.py",
        "if self._size > self._limit:",
        "if False:",
        f"{_HOSTILE}test_doors.py::test_a_form_over_the_limit_is_refused_by_its_length_and_by_its_bytes{_ONE}]",
    ),
    Defence(
        "an address has a rate",
        "gateway/defences/rates.py",
        "if not self._buckets.take(network_of(address), self._rate):",
        "if False:",
        f"{_HOSTILE}test_doors.py::test_an_address_that_asks_like_a_machine_hears_a_kind_sentence_and_others_do_not{_ONE}]",
    ),
    Defence(
        "only our proxies are believed",
        "gateway/client_address.py",
        "if peer not in proxies:",
        "if not forwarded:",
        f"{_HOSTILE}test_doors.py::test_who_is_no_proxy_of_ours_cannot_choose_an_address{_ONE}]",
    ),
    Defence(
        "an IPv6 household is one address",
        "gateway/client_address.py",
        "if parsed.version == 6 else str(parsed)",
        "if parsed.version == 5 else str(parsed)",
        f"{_HOSTILE}test_doors.py::test_an_address_that_asks_like_a_machine_hears_a_kind_sentence_and_others_do_not{_ONE}]",
    ),
    Defence(
        "each head has a time",
        "gateway/defences/connections.py",
        'self._set_alarm("head", self.patience.head)\n        self._set_alarm("request"',
        'self._set_alarm("request"',
        f"{_HOSTILE}test_connections.py::test_a_second_request_of_a_connection_must_come_whole_too",
    ),
    Defence(
        "a connection that says nothing has a time",
        "gateway/defences/connections.py",
        'super().connection_made(transport)\n        self._set_alarm("head", self.patience.head)',
        "super().connection_made(transport)",
        f"{_HOSTILE}test_connections.py::test_who_says_nothing_is_told_nothing_and_goes",
    ),
    Defence(
        "a request has a time",
        "gateway/defences/connections.py",
        'self._set_alarm("request", self.patience.request)',
        "pass",
        f"{_HOSTILE}test_connections.py::test_a_body_that_never_ends_is_ended",
    ),
    Defence(
        "an answer that is not taken has a time",
        "gateway/defences/connections.py",
        'self._set_alarm("answer", self.patience.answer)',
        "pass",
        f"{_HOSTILE}test_connections.py::test_who_takes_no_answer_does_not_keep_it_waiting",
    ),
    Defence(
        "a head has a size",
        "gateway/defences/connections.py",
        "self._head_bytes > self.patience.head_bytes:",
        "False:",
        f"{_HOSTILE}test_connections.py::test_a_head_without_bounds_is_refused_before_it_fills_the_memory",
    ),
    Defence(
        "the listener has patience and bounds",
        "gateway/listener.py",
        "http=protocol_with(patience or Patience()),",
        "",
        f"{_HOSTILE}test_connections.py::test_the_listener_bounds_connections_and_their_rest",
    ),
    Defence(
        "a flood is answered so often",
        "gateway/conversations/turns.py",
        "turn.outcome = await flood_outcome(session, conversation, turn, most) or turn.outcome",
        "assert most",
        f"{_HOSTILE}test_flood.py::test_a_flood_is_answered_so_often_then_once_with_a_kind_line_then_not{_ONE}]",
    ),
    Defence(
        "danger is heard in a flood",
        "gateway/conversations/turns.py",
        "return turn.danger is not None or replies.is_urgent(answer) or turn.topic == replies.OFFICER_TOPIC",
        "return turn.topic == replies.OFFICER_TOPIC",
        f"{_HOSTILE}test_flood.py::test_danger_in_a_flood_is_answered_and_queued{_ONE}-crisis]",
    ),
    Defence(
        "who asks for an officer is heard in a flood",
        "gateway/conversations/turns.py",
        " or replies.is_urgent(answer) or turn.topic == replies.OFFICER_TOPIC",
        " or replies.is_urgent(answer)",
        f"{_HOSTILE}test_flood.py::test_who_asks_for_an_officer_or_meets_a_silent_engine_is_heard_too{_ONE}]",
    ),
    Defence(
        "metrics are no page",
        "gateway/app.py",
        "    doors.install(app, settings)\n",
        "    doors.install(app, settings)\n    from gateway import internal\n    app.include_router(internal.router)\n",
        f"{_HOSTILE}test_doors.py::test_the_public_listener_has_nothing_for_the_curious{_ONE}-/metrics]",
    ),
    Defence(
        "the internal listener is on loopback",
        "gateway/settings.py",
        'internal_host: str = "127.0.0.1"',
        'internal_host: str = "0.0.0.0"',
        f"{_HOSTILE}test_internal_listener.py::test_by_default_everything_but_the_public_listener_is_on_loopback_and_that_too",
    ),
    Defence(
        "a stranger's path is no label",
        "gateway/metrics.py",
        'return str(mounted) if mounted in ("/static", "/simulator") else "none"',
        'return str(mounted) or str(scope["path"])',
        f"{_HOSTILE}test_internal_listener.py::test_a_path_that_a_stranger_made_up_is_no_label{_ONE}]",
    ),
    Defence(
        "every page has its policy",
        "gateway/defences/installation.py",
        '    app.add_middleware(SecurityHeaders, strict_transport=settings.environment == "production")\n',
        "",
        f"{_HOSTILE}test_doors.py::test_every_answer_carries_the_headers_refusals_too{_ONE}]",
    ),
    Defence(
        "an exception's text is not logged",
        "gateway/logs.py",
        'event["error"] = type(error).__name__',
        'event["error"] = repr(error)',
        "tests/hostile/test_defences.py::test_an_exception_is_logged_without_its_text",
    ),
    Defence(
        "access to a page wants a role",
        "gateway/accounts/access.py",
        "if self.roles and not person.has(*self.roles):",
        "if False:",
        f"{_HOSTILE}test_every_role.py",
    ),
    Defence(
        "a step wants the token of its page",
        "gateway/accounts/access.py",
        "if request.method not in SAFE_METHODS:",
        "if False:",
        "tests/gateway/test_who_may_do_what.py::test_every_step_that_changes_something_wants_the_token_of_the_page[postgresql]",
    ),
    Defence(
        "a session belongs to its browser",
        "gateway/accounts/sessions.py",
        "elif current.browser_hash != browser_hash(request):",
        "elif False:",
        "tests/gateway/test_sessions.py::test_a_stolen_cookie_in_another_browser_ends_the_session[postgresql]",
    ),
    Defence(
        "a cell of a table is no formula",
        "gateway/accounts/audit_pages.py",
        "[[formula_safe(cell) for cell in row] for row in rows]",
        "rows",
        "tests/gateway/test_audit.py::test_the_auditor_reads_filters_and_takes_along_what_no_spreadsheet_executes[postgresql]",
    ),
    Defence(
        "personal identity codes are masked before the first write",
        "gateway/conversations/sorting.py",
        '    masked = mask(message.text or "")\n    content =',
        '    masked = mask("")\n    content =',
        f"{_HOSTILE}test_words_stay_words.py::test_a_personal_identity_code_is_masked_before_it_is_stored_or_asked_about{_ONE}]",
    ),
)
