"""Defences of production, doors and data that a review found missing: settings, roles, connections, input, erasure."""

from gateway.conversations.kinds import ChannelName
from tests.hostile.defence import Defence
from tests.hostile.edits import (
    argument,
    assignment,
    begins,
    call,
    constant,
    never,
    returns,
    without_call,
    without_keyword,
    without_operand,
)

_SAFETY = "tests/gateway/core/config/test_safety.py::"
_CONNECTIONS = "tests/gateway/core/http/test_connections.py::"
_INPUT = "tests/gateway/core/http/test_clean_input.py::"
_TRIPS = "tests/gateway/core/test_trips.py::"
_MASKING = "tests/gateway/conversations/test_pii_masking.py::"

DEFENCES_OF_PRODUCTION = (
    Defence(
        "production refuses the sample data key under another name, and keys of zeros",
        "gateway.core.config.safety:_data_keys",
        (begins("return; yield ''"),),
        f"{_SAFETY}test_production_refuses_what_is_unsafe_and_says_which_setting_it_is",
    ),
    Defence(
        "production refuses an address without TLS",
        "gateway.core.config.safety:_addresses",
        (begins("return; yield ''"),),
        f"{_SAFETY}test_production_refuses_what_is_unsafe_and_says_which_setting_it_is",
    ),
    Defence(
        "production refuses half an identity provider",
        "gateway.core.config.safety:_identity_provider",
        (begins("return; yield ''"),),
        f"{_SAFETY}test_production_refuses_what_is_unsafe_and_says_which_setting_it_is",
    ),
    Defence(
        "development lets nobody in with known passwords",
        "gateway.core.config.safety:_open_development",
        (begins("return; yield ''"),),
        f"{_SAFETY}test_development_does_not_let_others_in_while_its_secrets_are_known",
    ),
    Defence(
        "production refuses secrets that can be guessed",
        "gateway.core.config.safety:_secrets",
        (begins("return; yield ''"),),
        f"{_SAFETY}test_production_refuses_what_is_unsafe_and_says_which_setting_it_is",
    ),
    Defence(
        "production wants Redis with a password",
        "gateway.core.config.safety:_stores",
        (never("redis_url"),),
        f"{_SAFETY}test_production_refuses_what_is_unsafe_and_says_which_setting_it_is",
    ),
    Defence(
        "texts are kept neither for ever nor for less than a day",
        "gateway.core.config.data:DataSettings.text_retention_days",
        (without_keyword("Field", "ge"), without_keyword("Field", "le")),
        f"{_SAFETY}test_no_environment_keeps_texts_for_ever_or_for_less_than_a_day",
    ),
    Defence(
        "production refuses a login that may change the audit log",
        "gateway.core.database_roles:RolePowers.sentence",
        (begins("return ''"),),
        "tests/gateway/core/test_database_roles.py::test_production_hears_what_a_login_may_that_it_must_not[postgresql]",
    ),
    Defence(
        "the public is not told of the parts",
        "gateway.ops.health:ready",
        (call("JSONResponse", "JSONResponse(_content(condition))"),),
        "tests/gateway/ops/test_internal.py"
        "::test_the_public_is_told_whether_messages_are_taken_and_nothing_of_the_parts[sqlite]",
    ),
    Defence(
        "the page of the chat has a rate",
        "gateway.core.http.rates:_is_counted",
        (begins("return not path.startswith((*_UNCOUNTED, _CHAT))"),),
        "tests/gateway/core/http/test_middleware.py"
        "::test_an_address_that_asks_like_a_machine_hears_a_kind_sentence_and_others_do_not[sqlite]",
    ),
    Defence(
        "who is cancelled in the middle of a statement keeps no other writer out",
        "gateway.core.sqlite:undo_before_closing",
        (begins("return"),),
        f"{_TRIPS}test_who_is_cancelled_in_the_middle_of_a_statement_hears_of_that_and_keeps_nobody_out"
        "[sqlite-on_a_page]",
    ),
    Defence(
        "a connection that is closed already is not closed once more",
        "gateway.core.trips:_put_away",
        (without_operand("is_valid"),),
        f"{_TRIPS}test_who_is_cancelled_in_the_middle_of_a_statement_hears_of_that_and_keeps_nobody_out"
        "[postgresql-handed_over]",
    ),
    Defence(
        "a connection that is given back after the end is closed",
        "gateway.core.trips:Connections.close_after_the_end",
        (begins("return"),),
        f"{_TRIPS}test_at_the_end_nobody_keeps_a_connection_however_late_it_is_given_back[sqlite]",
    ),
    Defence(
        "a process ends though a step breaks while it is cancelled",
        "gateway.core.tasks:end_if_cancelled",
        (begins("return"),),
        "tests/gateway/test_worker.py::test_a_step_whose_end_breaks_while_the_process_ends_holds_nothing_up[sqlite]",
    ),
    Defence(
        "a character that no database stores is refused",
        "gateway.core.http.clean_input:CleanInput.__call__",
        (never("query_string"),),
        f"{_INPUT}test_the_character_that_no_database_stores_is_refused",
    ),
    Defence(
        "a day that nobody means is refused",
        "gateway.core.inputs:read_day",
        (never("FIRST_DAY"),),
        f"{_INPUT}test_a_day_that_nobody_means_is_refused",
    ),
    Defence(
        "an error of the database quotes nobody",
        "gateway.core.database:Database._options",
        (constant("hide_parameters", "'echo'"),),
        "tests/gateway/core/test_logs.py::test_no_error_of_the_database_quotes_what_was_looked_for",
    ),
    Defence(
        "a large head in one piece is refused",
        "gateway.core.http.connections:GuardedProtocol.on_headers_complete",
        (without_operand("parsed"),),
        f"{_CONNECTIONS}test_a_large_head_in_one_piece_is_refused_before_the_application_sees_it",
    ),
    Defence(
        "an address has so many connections",
        "gateway.core.http.open_connections:OpenConnections.add",
        (never("_of_address"),),
        f"{_CONNECTIONS}test_whoever_is_busy_with_as_many_connections_as_an_address_may_have_is_refused_one_more",
    ),
    Defence(
        "idle connections give way",
        "gateway.core.http.open_connections:OpenConnections._close_oldest_idle",
        (returns("False"),),
        f"{_CONNECTIONS}test_idle_connections_of_one_address_give_way_and_do_not_close_the_door",
    ),
    Defence(
        "a redirect never leaves TLS",
        "gateway.core.http.hosts:HostCheck.__call__",
        (assignment("scheme", None),),
        "tests/gateway/core/http/test_middleware.py::test_a_redirect_never_leads_from_tls_to_plain_http[sqlite]",
    ),
    Defence(
        "the chat's cookie cannot be planted",
        "gateway.webchat.requests:cookie_name",
        (returns("_COOKIE"),),
        "tests/gateway/webchat/test_admission.py::test_over_tls_no_neighbour_can_plant_a_session",
    ),
    Defence(
        "a made-up choice is no outage",
        "gateway.dialogue.engine_pool:RasaEngine._post",
        (never("_UNKNOWN_CHOICE"),),
        "tests/gateway/dialogue/test_engine_pool.py::"
        "test_a_choice_that_the_model_does_not_know_is_asked_as_words_and_no_outage",
    ),
    Defence(
        "a code is read as a person reads it",
        "gateway.conversations.pii_masking:_as_read",
        (returns("(text, None)"),),
        f"{_MASKING}test_a_code_is_hidden_however_it_is_written",
    ),
    Defence(
        "a personal code without its sign is masked",
        "gateway.conversations.pii_masking:_unsigned_personal_code",
        (returns("None"),),
        f"{_MASKING}test_a_code_is_hidden_however_it_is_written",
    ),
    Defence(
        "words in a link that nobody here knows are not kept",
        "gateway.webchat.service:ChatService.new_ticket",
        (assignment("known", "True"),),
        "tests/gateway/webchat/test_admission.py::test_words_that_no_page_of_ours_has_are_not_kept_of_a_source[sqlite]",
    ),
    Defence(
        "to erase lifts no block",
        "gateway.handover.blocking:block",
        (argument("_addresses", 1, "Contact()"),),
        "tests/gateway/handover/test_ownership.py::test_to_erase_does_not_lift_a_block_and_an_officer_does[sqlite]",
    ),
    Defence(
        "a block has an end",
        "gateway.handover.blocking:end_old_blocks",
        (begins("return"),),
        "tests/gateway/handover/test_ownership.py::test_a_block_has_an_end[sqlite]",
    ),
    *(
        Defence(
            f"who was erased does not come back with a backup: {channel}",
            "gateway.ops.backup.erase_again:erase_again",
            (begins("return 0"),),
            f"tests/gateway/ops/test_erased_on_every_channel.py"
            f"::test_who_was_erased_does_not_come_back_with_a_backup[sqlite-{channel}-False]",
        )
        for channel in ChannelName
    ),
    Defence(
        "of two editors who both changed something each may approve the other's",
        "gateway.content.publishing.approvals:Reviewed.may_approve",
        (returns("all(_author(self.item, place) != account for place in self.missing)"),),
        "tests/gateway/content/routes/test_items_on_pages.py"
        "::test_of_one_answer_each_approves_the_language_of_the_other[sqlite]",
    ),
    Defence(
        "to forget in the web chat erases as the citizen's wish does",
        "gateway.privacy.erasure:_erase_rows",
        (without_call("publish"),),
        "tests/gateway/webchat/test_road.py::"
        "test_to_forget_is_the_one_erasure_the_editors_copies_go_and_a_restored_backup_erases_again[sqlite]",
    ),
    Defence(
        "the service cannot change the audit log",
        "gateway.core.database_roles:grant",
        (constant("GRANT INSERT ON ", "'GRANT UPDATE, DELETE, INSERT ON '"),),
        "tests/gateway/core/test_database_roles.py::test_production_hears_what_a_login_may_that_it_must_not[postgresql]",
    ),
    Defence(
        "one network does not fill the top of the queue",
        "gateway.console.sources:beyond_share",
        (begins("return set()"),),
        "tests/gateway/webchat/test_road.py::"
        "test_one_network_does_not_fill_the_top_of_the_queue_and_is_told_to_be_one[sqlite]",
    ),
    Defence(
        "after a leak what is written later is sealed with new keys",
        "gateway.ops.key_renewal:_renew_batch",
        (assignment("new", "old"),),
        "tests/gateway/ops/test_key_renewal.py::"
        "test_what_was_copied_opens_nothing_that_is_written_later_and_nothing_is_lost[sqlite]",
    ),
    Defence(
        "one cell costs no sheet of cells",
        "gateway.content.editing.spreadsheet:_open",
        (argument("load_workbook", "read_only", "False"),),
        "tests/gateway/content/editing/test_spreadsheet.py::"
        "test_one_cell_at_the_far_end_of_a_sheet_costs_no_sheet_of_cells",
    ),
)
