"""Defences of the gateway's edge and of a message's road: signatures, hosts, bodies, rates, floods, headers, roles."""

from gateway.conversations.kinds import UnaskedKind
from tests.hostile.defence import Defence
from tests.hostile.edits import (
    argument,
    assignment,
    becomes,
    call,
    constant,
    followed_by,
    never,
    without_call,
    without_keyword,
    without_operand,
)

_SIGNATURE = "tests/gateway/channels/whatsapp/test_signature.py::"
_MIDDLEWARE = "tests/gateway/core/http/test_middleware.py::"
_CONNECTIONS = "tests/gateway/core/http/test_connections.py::"
_FLOOD = "tests/gateway/turns/test_flood.py::"
_GATE = "tests/gateway/outbox/test_gate.py::"
_PERMISSIONS = "tests/gateway/test_permissions.py::"

DEFENCES = (
    Defence(
        "the webhook's signature is checked",
        "gateway.channels.webhooks:_Receive.__call__",
        (never("verify"),),
        f"{_SIGNATURE}test_a_forgery_is_401_without_a_word_and_stores_nothing[sqlite-cut]",
    ),
    Defence(
        "the whole signature is compared",
        "gateway.channels.meta.json:is_authentic",
        (
            argument("compare_digest", 0, "_[:70]"),
            argument("compare_digest", 1, "_[:70]"),
        ),
        f"{_SIGNATURE}test_a_forgery_is_401_without_a_word_and_stores_nothing[sqlite-one letter another]",
    ),
    Defence(
        "the signature is over the whole body",
        "gateway.channels.meta.json:signature_of",
        (argument("digest", 1, "_[:20]"),),
        f"{_SIGNATURE}test_a_good_signature_of_another_body_opens_nothing[sqlite]",
    ),
    Defence(
        "the webhook's signature is checked on the short way",
        "gateway.channels.webhook_door:Gateway._stored",
        (never("verify"),),
        f"{_SIGNATURE}test_a_forgery_is_401_without_a_word_and_stores_nothing[sqlite-cut]",
    ),
    Defence(
        "the signature is compared in constant time",
        "gateway.channels.meta.json:is_authentic",
        (call("compare_digest", "all(a == b for a, b in zip(_0 * 40, _1 * 40))"),),
        f"{_SIGNATURE}test_a_signature_that_is_nearly_right_takes_as_long_as_one_that_is_wrong_from_the_start",
    ),
    Defence(
        "a signature with strange characters is a refusal and no crash",
        "gateway.channels.meta.json:is_authentic",
        (
            argument("encode", 0, "'ascii'", "errors"),
            without_keyword("encode", "errors"),
        ),
        f"{_SIGNATURE}test_a_forgery_is_401_without_a_word_and_stores_nothing[sqlite-latin letters]",
    ),
    Defence(
        "the verify token is asked for",
        "gateway.channels.webhooks:handshake",
        (without_operand("compare_digest"),),
        "tests/gateway/channels/test_webhooks.py::test_a_wrong_token_is_refused[sqlite-wrong]",
    ),
    Defence(
        "a message is known by its id",
        "gateway.inbox.store:named_under",
        (argument("fingerprint", 1, "_ + str(now())"),),
        f"{_SIGNATURE}test_a_replayed_delivery_is_the_same_message_however_often[sqlite]",
    ),
    Defence(
        "another host is refused",
        "gateway.core.http.hosts:HostCheck.__call__",
        (without_operand("host_name"),),
        f"{_MIDDLEWARE}test_another_host_is_refused_before_anything_else[sqlite-evil.example]",
    ),
    Defence(
        "two hosts are refused",
        "gateway.core.http.hosts:HostCheck.__call__",
        (without_operand("len"),),
        f"{_MIDDLEWARE}test_a_request_with_two_hosts_or_none_is_refused[sqlite]",
    ),
    Defence(
        "a compressed body is refused",
        "gateway.core.http.bodies:BodyLimits.__call__",
        (never("content-encoding"),),
        f"{_MIDDLEWARE}test_a_compressed_body_is_refused_and_never_unfolded[sqlite-gzip]",
    ),
    Defence(
        "a body is counted as it comes",
        "gateway.core.http.bodies:_Counted.receive",
        (never("_limit"),),
        f"{_MIDDLEWARE}test_a_form_over_the_limit_is_refused_by_its_length_and_by_its_bytes[sqlite]",
    ),
    Defence(
        "an address has a rate",
        "gateway.core.http.rates:PageRate.__call__",
        (never("take"),),
        f"{_MIDDLEWARE}test_an_address_that_asks_like_a_machine_hears_a_kind_sentence_and_others_do_not[sqlite]",
    ),
    Defence(
        "only our proxies are believed",
        "gateway.core.http.client_ip:client_address",
        (never(),),
        f"{_MIDDLEWARE}test_who_is_no_proxy_of_ours_cannot_choose_an_address[sqlite]",
    ),
    Defence(
        "an IPv6 household is one address",
        "gateway.core.http.client_ip:network_of",
        (never("version"),),
        f"{_MIDDLEWARE}test_an_address_that_asks_like_a_machine_hears_a_kind_sentence_and_others_do_not[sqlite]",
    ),
    Defence(
        "each head has a time",
        "gateway.core.http.connections:GuardedProtocol._time_the_rest",
        (without_call("_keep_timer", "head"),),
        f"{_CONNECTIONS}test_a_second_request_of_a_connection_must_come_whole_too",
    ),
    Defence(
        "a connection that says nothing has a time",
        "gateway.core.http.connections:GuardedProtocol.connection_made",
        (without_call("_start_timer"),),
        f"{_CONNECTIONS}test_who_says_nothing_is_told_nothing_and_goes",
    ),
    Defence(
        "a request has a time",
        "gateway.core.http.connections:GuardedProtocol._time_the_rest",
        (without_call("_keep_timer", "request"),),
        f"{_CONNECTIONS}test_a_body_that_never_ends_is_ended",
    ),
    Defence(
        "an answer that is not taken has a time",
        "gateway.core.http.connections:GuardedProtocol.pause_writing",
        (without_call("_start_timer"),),
        f"{_CONNECTIONS}test_who_takes_no_answer_does_not_keep_it_waiting",
    ),
    Defence(
        "a head has a size",
        "gateway.core.http.connections:GuardedProtocol.data_received",
        (never("head_bytes"),),
        f"{_CONNECTIONS}test_a_head_without_bounds_is_refused_before_it_fills_the_memory",
    ),
    Defence(
        "the listener has patience and bounds",
        "gateway.server:configuration",
        (without_keyword("Config", "http"),),
        f"{_CONNECTIONS}test_the_listener_bounds_connections_and_their_rest",
    ),
    Defence(
        "a flood is answered so often",
        "gateway.turns.compose:answer_turn",
        (call("flood_outcome", "None"),),
        f"{_FLOOD}test_a_flood_is_answered_so_often_then_once_with_a_kind_line_then_not[sqlite]",
    ),
    Defence(
        "danger is heard in a flood",
        "gateway.turns.compose:_must_be_answered",
        (
            without_operand("danger"),
            without_operand("is_urgent"),
        ),
        f"{_FLOOD}test_danger_in_a_flood_is_answered_and_queued[sqlite-crisis]",
    ),
    Defence(
        "who asks for an officer is heard in a flood",
        "gateway.turns.compose:_must_be_answered",
        (without_operand("OFFICER_TOPIC"),),
        f"{_FLOOD}test_who_asks_for_an_officer_or_meets_a_silent_engine_is_heard_too[sqlite]",
    ),
    Defence(
        "metrics are no page",
        "gateway.app:_FEATURE_PAGES",
        (followed_by("from gateway.ops import internal\n_FEATURE_PAGES = (*_FEATURE_PAGES, internal)"),),
        f"{_MIDDLEWARE}test_the_public_listener_has_nothing_for_the_curious[sqlite-/metrics]",
    ),
    Defence(
        "the internal listener is on loopback",
        "gateway.core.config.service:ServiceSettings.internal_host",
        (becomes("'0.0.0.0'"),),
        "tests/gateway/ops/test_internal.py::test_by_default_everything_but_the_public_listener_is_on_loopback_and_that_too",
    ),
    Defence(
        "a stranger's path is no label",
        "gateway.core.metrics:_route_of",
        (constant("none", "str(scope['path'])"),),
        "tests/gateway/ops/test_internal.py::test_a_path_that_a_stranger_made_up_is_no_label[sqlite]",
    ),
    Defence(
        "every page has its policy",
        "gateway.core.http.middleware:install",
        (without_call("add_middleware", "SecurityHeaders"),),
        f"{_MIDDLEWARE}test_every_answer_carries_the_headers_refusals_too[sqlite]",
    ),
    Defence(
        "an exception's text is not logged",
        "gateway.core.logs:_name_exception",
        (assignment("error", "repr(error)", "__name__"),),
        "tests/hostile/test_defences.py::test_an_exception_is_logged_without_its_text",
    ),
    Defence(
        "access to a page wants a role",
        "gateway.accounts.access:Needs.__call__",
        (never("roles"),),
        f"{_PERMISSIONS}test_each_role_finds_the_doors_that_the_table_says_and_no_others[sqlite-editor]",
    ),
    Defence(
        "a step wants the token of its page",
        "gateway.accounts.access:Needs.__call__",
        (never("SAFE_METHODS"),),
        f"{_PERMISSIONS}test_every_step_that_changes_something_wants_the_token_of_the_page[sqlite]",
    ),
    Defence(
        "a session belongs to its browser",
        "gateway.accounts.sessions:_is_valid_for",
        (never("browser_hash"),),
        "tests/gateway/accounts/test_sessions.py::test_a_stolen_cookie_in_another_browser_ends_the_session[sqlite]",
    ),
    Defence(
        "a cell of a table is no formula",
        "gateway.accounts.routes_audit:_csv",
        (call("formula_safe", "_0"),),
        "tests/gateway/accounts/test_audit.py::test_the_auditor_reads_filters_and_takes_along_what_no_spreadsheet_executes[sqlite]",
    ),
    *(
        Defence(
            f"nothing is pushed to a watched phone: {kind}",
            "gateway.outbox.gate:refusal_of",
            (never("watched"),),
            f"{_GATE}test_nothing_is_pushed_to_a_phone_that_may_be_watched[sqlite-{kind}]",
        )
        for kind in UnaskedKind
    ),
    *(
        Defence(
            f"nothing about an officer is pushed to who did not ask: {kind}",
            "gateway.outbox.gate:refusal_of",
            (assignment("has_asked", "True"),),
            f"{_GATE}test_nothing_about_an_officer_is_pushed_to_who_did_not_ask[sqlite-cancelled-{kind}]",
        )
        for kind in UnaskedKind
        if kind != UnaskedKind.BULLETIN_UPDATE
    ),
    Defence(
        "what waits is asked for at the gate again before it is sent",
        "gateway.outbox.queue:may_still_go",
        (never("is_still_permitted"),),
        f"{_GATE}test_the_gate_is_asked_once_more_just_before_the_request[sqlite]",
    ),
    Defence(
        "a permit cannot be made around the gate",
        "gateway.outbox.gate:Permit.__init__",
        (never("proof"),),
        f"{_GATE}test_only_the_gate_makes_a_permit_and_it_is_for_one_conversation[sqlite]",
    ),
    Defence(
        "only a clear yes asks for an officer",
        "gateway.turns.turn_record:remember_told",
        (without_operand("told"),),
        "tests/gateway/turns/test_told.py::test_a_guess_that_somebody_wants_an_officer_asks_for_nobody[sqlite]",
    ),
    Defence(
        "personal identity codes are masked before the first write",
        "gateway.conversations.scam_checks:ScamChecks.read",
        (argument("mask", 0, "''"),),
        "tests/gateway/test_words_stay_words.py::test_a_personal_identity_code_is_masked_before_it_is_stored_or_asked_about[sqlite]",
    ),
)
