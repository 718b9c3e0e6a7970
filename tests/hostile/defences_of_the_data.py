"""Defences of what is kept: sealing, masking, the disk, retention, erasure, backups, logs, secrets, models."""

from tests.hostile.defence import Defence

_SPOOL = "tests/gateway/test_spool.py::"
_MASKING = "tests/gateway/test_masking.py::"
_CHAT = "tests/gateway/webchat/test_chat_door.py::"
_ONE = "[postgresql]"  # the second database would only repeat it

DEFENCES_OF_THE_DATA = (
    Defence(
        "the same words are never sealed alike",
        "gateway/encryption.py",
        "nonce = os.urandom(NONCE_BYTES)",
        "nonce = bytes(NONCE_BYTES)",
        "tests/gateway/test_encryption.py::test_the_same_words_are_never_sealed_alike",
    ),
    Defence(
        "a fingerprint is keyed",
        "gateway/encryption.py",
        r'hmac.digest(key, f"{kind}\x00{value}".encode(), hashlib.sha256)',
        r'hmac.digest(b"known", f"{kind}\x00{value}".encode(), hashlib.sha256)',
        "tests/gateway/test_encryption.py::test_a_fingerprint_is_stable_keyed_and_of_its_kind",
    ),
    Defence(
        "account numbers are masked",
        "gateway/conversations/masking.py",
        "        text = _hide_ibans(text, found)\n",
        "",
        f"{_MASKING}test_an_iban_is_hidden",
    ),
    Defence(
        "card numbers are masked",
        "gateway/conversations/masking.py",
        "        text = _each(_CARD, _card, CARD, text, found)\n",
        "",
        f"{_MASKING}test_a_card_number_is_hidden",
    ),
    Defence(
        "bank codes are masked",
        "gateway/conversations/masking.py",
        "        text = _each(_BANK_CODE, _bank_code, BANK_CODE, text, found)\n",
        "",
        f"{_MASKING}test_a_bank_code_that_is_named_as_such_is_hidden",
    ),
    Defence(
        "a delivery on disk is sealed",
        "gateway/conversations/spool.py",
        'encryption.seal(key, zlib.compress(channel.encode() + b"\\n" + body, 1), _CONTEXT)',
        'channel.encode() + b"\\n" + body',
        f"{_SPOOL}test_nothing_on_disk_can_be_read_by_others_or_without_the_key{_ONE}",
    ),
    Defence(
        "the spool has a size",
        "gateway/conversations/spool.py",
        "+ len(lines) > self._limit:",
        "+ len(lines) < 0:",
        f"{_SPOOL}test_a_full_spool_refuses_and_the_database_is_tried_instead{_ONE}",
    ),
    Defence(
        "what is deleted is overwritten",
        "gateway/database.py",
        '"secure_delete=ON"',
        '"secure_delete=OFF"',
        "tests/gateway/test_nothing_in_clear.py"
        "::test_nothing_that_was_sent_stands_in_clear_and_after_erasure_no_key_opens_it[sqlite]",
    ),
    Defence(
        "texts go after their days",
        "gateway/conversations/retention.py",
        "    old = Conversation.last_citizen_message_at < limit\n",
        "    old = Conversation.last_citizen_message_at < limit.replace(year=2000)\n",
        f"tests/gateway/test_small_parts.py::test_a_conversation_and_its_keys_go_after_the_retention{_ONE}",
    ),
    Defence(
        "raw bodies go after a day",
        "gateway/conversations/retention.py",
        "delete(WebhookDelivery).where(~waits | (WebhookDelivery.received_at < limit))",
        "delete(WebhookDelivery).where(~waits & (WebhookDelivery.received_at > limit))",
        f"tests/gateway/test_small_parts.py::test_a_raw_body_goes_after_a_day_even_when_nothing_could_be_done{_ONE}",
    ),
    Defence(
        "a legal hold keeps a conversation",
        "gateway/conversations/retention.py",
        "delete(Conversation).where(old, ~is_held())",
        "delete(Conversation).where(old)",
        f"tests/gateway/test_retention.py::test_a_legal_hold_keeps_a_conversation_until_it_is_lifted{_ONE}",
    ),
    Defence(
        "only a supervisor holds",
        "gateway/privacy/holds.py",
        "    if not officer.supervisor:\n",
        "    if False:\n",
        "tests/gateway/test_retention.py::test_only_a_supervisor_with_a_reason_changes_a_hold",
    ),
    Defence(
        "nothing is erased without a yes",
        "gateway/privacy/talking.py",
        '    if decision == "no":\n',
        '    if decision == "never":\n',
        "tests/gateway/test_privacy_talk.py::test_nothing_is_erased_without_a_yes",
    ),
    Defence(
        "the editors' copies of the erased go too",
        "gateway/privacy/erasing.py",
        "        await forget_copies_of(session, service.keyring, row, every_message.all())\n",
        "        every_message.all()\n",
        f"tests/gateway/test_privacy_talk.py::test_the_editors_copies_of_the_same_words_go_too_and_those_of_others_stay{_ONE}",
    ),
    Defence(
        "words that were taken back go",
        "gateway/conversations/rereading.py",
        "            row.content_sealed = None\n",
        "            pass\n",
        "tests/gateway/test_rereading.py"
        f"::test_who_unsends_what_became_dangerous_takes_the_words_back_and_officers_still_look{_ONE}",
    ),
    Defence(
        "the erased stay erased after a restore",
        "gateway/backup/restoring.py",
        "            erased = _erase_again(connection, header, erased_folders)\n",
        "            erased = 0\n",
        "tests/gateway/test_backup.py"
        "::test_who_was_erased_after_the_backup_stays_erased_and_nobody_else[postgresql-postgresql]",
    ),
    Defence(
        "a backup that was changed or cut is refused",
        "gateway/backup/file.py",
        "if values != counts or file.read(1):",
        "if False:",
        "tests/gateway/test_backup.py::test_a_backup_that_was_changed_or_cut_is_refused",
    ),
    Defence(
        "a backup overwrites nothing and is private",
        "gateway/backup/file.py",
        "os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600",
        "os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644",
        f"tests/gateway/test_backup.py::test_a_backup_never_overwrites_another_and_is_private{_ONE}",
    ),
    Defence(
        "numbers and ids are blackened in every line",
        "gateway/logs.py",
        'return _PERSONAL.sub("[hidden]", text)',
        "return text",
        "tests/gateway/test_small_parts.py::test_a_log_line_never_shows_a_number_or_an_id_of_a_person",
    ),
    Defence(
        "production refuses sample secrets",
        "gateway/settings.py",
        "weak = [name for name, value in secrets.items() if _is_sample(value.get_secret_value())]",
        "weak = list[str]()",
        "tests/gateway/test_settings.py::test_production_refuses_a_sample_secret_and_a_missing_one[True-secret_key]",
    ),
    Defence(
        "Rasa's processes are told no secret that they do not need",
        "gateway/content/rasa_process.py",
        "for name, value in os.environ.items() if name not in _SECRETS}",
        "for name, value in os.environ.items()}",
        "tests/gateway/test_settings.py::test_rasas_processes_are_told_no_secret_but_those_that_they_need",
    ),
    Defence(
        "a model that was changed after it was built is refused",
        "gateway/content/manifest.py",
        "    if not (right and genuine):\n",
        "    if False:\n",
        "tests/gateway/content/test_publishing.py::test_papers_of_another_hand_or_another_model_are_refused",
    ),
    Defence(
        "a ticket of the web chat is signed",
        "gateway/channels/webchat/ticket.py",
        "if not hmac.compare_digest(self._sign(plain), match.group(4)):",
        "if False:",
        f"{_CHAT}test_a_ticket_ends_with_its_life_and_cannot_be_made_younger",
    ),
    Defence(
        "another site's page writes nothing in a citizen's name",
        "gateway/channels/webchat/same_origin.py",
        'return site == "same-origin"',
        "return True",
        f"{_CHAT}test_another_sites_page_writes_nothing_in_a_citizens_name{_ONE}",
    ),
)
