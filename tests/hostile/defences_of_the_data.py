"""Defences of what is kept: sealing, masking, the disk, retention, erasure, backups, logs, secrets, models."""

from tests.hostile.defence import Defence
from tests.hostile.edits import (
    argument,
    assignment,
    begins,
    call,
    constant,
    never,
    returns,
    without_element,
    without_filter,
)

_MASKING = "tests/gateway/conversations/test_pii_masking.py::"
_SPOOL = "tests/gateway/inbox/test_spool.py::"

DEFENCES_OF_THE_DATA = (
    Defence(
        "the same words are never sealed alike",
        "gateway.core.crypto:seal",
        (call("urandom", "bytes(_0)"),),
        "tests/gateway/core/test_crypto.py::test_the_same_words_are_never_sealed_alike",
    ),
    Defence(
        "a fingerprint is keyed",
        "gateway.core.crypto:fingerprint",
        (argument("digest", 0, "b'known'"),),
        "tests/gateway/core/test_crypto.py::test_a_fingerprint_is_stable_keyed_and_of_its_kind",
    ),
    Defence(
        "account numbers are masked",
        "gateway.conversations.pii_masking:_FINDERS",
        (without_element("_ibans"),),
        f"{_MASKING}test_an_iban_is_hidden",
    ),
    Defence(
        "card numbers are masked",
        "gateway.conversations.pii_masking:_FINDERS",
        (without_element("_CARD"),),
        f"{_MASKING}test_a_card_number_is_hidden",
    ),
    Defence(
        "bank codes are masked",
        "gateway.conversations.pii_masking:_FINDERS",
        (without_element("_BANK_CODE"),),
        f"{_MASKING}test_a_bank_code_that_is_named_as_such_is_hidden",
    ),
    Defence(
        "a delivery on disk is sealed",
        "gateway.inbox.spool:Spool._line",
        (call("seal", "channel.encode() + b'\\n' + body"),),
        f"{_SPOOL}test_nothing_on_disk_can_be_read_by_others_or_without_the_key[sqlite]",
    ),
    Defence(
        "the spool has a size",
        "gateway.inbox.spool:Spool._append",
        (never(),),
        f"{_SPOOL}test_a_full_spool_refuses_and_the_database_is_tried_instead[sqlite]",
    ),
    Defence(
        "what is deleted is overwritten",
        "gateway.core.sqlite:prepare_connection",
        (constant("secure_delete=ON", "'secure_delete=OFF'"),),
        "tests/gateway/test_nothing_in_clear.py::test_nothing_that_was_sent_stands_in_clear_and_after_erasure_no_key_opens_it[sqlite]",
    ),
    Defence(
        "texts go after their days",
        "gateway.ops.retention:_delete_old_conversations",
        (begins("limit = limit.replace(year=2000)"),),
        "tests/gateway/ops/test_tidy.py::test_a_conversation_and_its_keys_go_after_the_retention[sqlite]",
    ),
    Defence(
        "raw bodies go after a day",
        "gateway.ops.retention:_delete_old_inbox",
        (argument("where", 0, "_ & (WebhookDelivery.received_at > limit)", "unprocessed"),),
        "tests/gateway/ops/test_tidy.py::test_a_raw_body_goes_after_a_day_even_when_nothing_could_be_done[sqlite]",
    ),
    Defence(
        "a legal hold keeps a conversation",
        "gateway.privacy.legal_holds:is_held",
        (returns("exists().where(LegalHold.conversation_id == uuid.uuid4())"),),
        "tests/gateway/ops/test_retention.py::test_a_legal_hold_keeps_a_conversation_until_it_is_lifted[sqlite]",
    ),
    Defence(
        "only a supervisor holds",
        "gateway.privacy.legal_holds:_validate",
        (never("supervisor"),),
        "tests/gateway/ops/test_retention.py::test_only_a_supervisor_with_a_reason_changes_a_hold",
    ),
    Defence(
        "nothing is erased without a yes",
        "gateway.privacy.data_requests:_carry_out",
        (never("confirmed"),),
        "tests/gateway/privacy/test_road.py::test_nothing_is_erased_without_a_yes",
    ),
    Defence(
        "the editors' copies of the erased go too",
        "gateway.content.editing.missed_messages:on_messages_erased",
        (begins("return ()"),),
        "tests/gateway/privacy/test_road.py::test_the_editors_copies_of_the_same_words_go_too_and_those_of_others_stay[sqlite]",
    ),
    Defence(
        "words that were taken back go",
        "gateway.turns.edits:revoke_answered",
        (assignment("content_sealed", None, "row"),),
        "tests/gateway/turns/test_edits.py::test_who_unsends_what_became_dangerous_takes_the_words_back_and_officers_still_look[sqlite]",
    ),
    Defence(
        "the erased stay erased after a restore",
        "gateway.ops.backup.restore:restore_backup",
        (assignment("erased", "0"),),
        "tests/gateway/ops/test_backup.py::test_who_was_erased_after_the_backup_stays_erased_and_nobody_else[sqlite-sqlite]",
    ),
    Defence(
        "a backup that was changed or cut is refused",
        "gateway.ops.backup.file:read",
        (never("counts"),),
        "tests/gateway/ops/test_backup.py::test_a_backup_that_was_changed_or_cut_is_refused",
    ),
    Defence(
        "a backup overwrites nothing and is private",
        "gateway.ops.backup.file:write",
        (constant(0o600, "0o644"),),
        "tests/gateway/ops/test_backup.py::test_a_backup_never_overwrites_another_and_is_private[sqlite]",
    ),
    Defence(
        "numbers and ids are redacted in every line",
        "gateway.core.logs:redact",
        (returns("text"),),
        "tests/gateway/core/test_logs.py::test_a_log_line_never_shows_a_number_or_an_id_of_a_person",
    ),
    Defence(
        "production refuses sample secrets",
        "gateway.core.config.safety:_secrets",
        (begins("return; yield ''"),),
        "tests/gateway/core/config/test_settings.py::test_production_refuses_a_sample_secret_and_a_missing_one[True-secret_key]",
    ),
    Defence(
        "Rasa's processes are told no secret that they do not need",
        "gateway.content.publishing.rasa_process:rasa_environment",
        (without_filter("_SECRETS"),),
        "tests/gateway/core/config/test_settings.py::test_rasas_processes_are_told_no_secret_but_those_that_they_need",
    ),
    Defence(
        "a model that was changed after it was built is refused",
        "gateway.content.publishing.manifest:read_manifest",
        (never("genuine"),),
        "tests/gateway/content/publishing/test_publish.py::test_papers_of_another_hand_or_another_model_are_refused",
    ),
    Defence(
        "a ticket of the web chat is signed",
        "gateway.webchat.tickets:Tickets.read",
        (never("compare_digest"),),
        "tests/gateway/webchat/test_admission.py::test_a_ticket_ends_with_its_life_and_cannot_be_made_younger",
    ),
    Defence(
        "another site's page writes nothing in a citizen's name",
        "gateway.channels.webchat.channel:is_same_origin",
        (returns("True"),),
        "tests/gateway/webchat/test_admission.py::test_another_sites_page_writes_nothing_in_a_citizens_name[sqlite]",
    ),
)
