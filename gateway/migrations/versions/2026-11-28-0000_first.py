"""The first tables.

Revision ID: first
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "first_6b8d3f6a"
down_revision = None
branch_labels = None
depends_on = None

# The hash chain proves that an entry was changed; the database itself refuses to change one, and to delete any but those
# up to the entry at which the chain begins (the second row of `audit_head`).
_BEGINNING = "COALESCE((SELECT number FROM audit_head WHERE id = 2), 0)"
_POSTGRESQL = (
    "CREATE FUNCTION audit_entry_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN IF TG_OP = 'DELETE' THEN IF OLD.number <= {_BEGINNING} THEN RETURN OLD; END IF; END IF; "
    "RAISE EXCEPTION 'The audit log only grows.'; END $$",
    "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
    "FOR EACH ROW EXECUTE FUNCTION audit_entry_only_grows()",
    "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_only_grows()",
)
_SQLITE = (
    "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry "
    "BEGIN SELECT RAISE(ABORT, 'The audit log only grows.'); END",
    f"CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry WHEN OLD.number > {_BEGINNING} "
    "BEGIN SELECT RAISE(ABORT, 'The audit log only grows.'); END",
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_fingerprint", name=op.f("uq_api_token_token_fingerprint")),
    )
    op.create_table(
        "api_webhook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_webhook")),
    )
    op.create_table(
        "api_notification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "conversation.waiting",
                "conversation.claimed",
                "conversation.closed",
                "bulletin.published",
                name="webhook_event",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["api_webhook.id"], name=op.f("fk_api_notification_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_notification")),
    )
    op.create_index(op.f("ix_api_notification_due_at"), "api_notification", ["due_at"], unique=False)
    op.create_index(op.f("ix_api_notification_webhook_id"), "api_notification", ["webhook_id"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entry_hash")),
    )
    op.create_index(op.f("ix_audit_entry_action"), "audit_entry", ["action"], unique=False)
    op.create_index(op.f("ix_audit_entry_actor"), "audit_entry", ["actor"], unique=False)
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "bulletin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Enum("unpublished", "published", "withdrawn", "discarded", name="bulletin_state", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("pending", sa.Integer(), nullable=True),
        sa.Column("updates", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
    )
    op.create_index("ix_bulletin_state_ends_at", "bulletin", ["state", "ends_at"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "language",
            sa.Enum("fi", "sv", "en", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_table(
        "content_approval",
        sa.Column("item", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("item", "fingerprint", "account", name=op.f("pk_content_approval")),
    )
    op.create_table(
        "content_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=128), nullable=False),
        sa.Column("round", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_comment")),
    )
    op.create_index(op.f("ix_content_comment_round"), "content_comment", ["round"], unique=False)
    op.create_index(op.f("ix_content_comment_said_at"), "content_comment", ["said_at"], unique=False)
    op.create_table(
        "content_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("check", "train", "evaluate", "publish", "words", "rollback", name="job_kind", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("state", sa.Enum("waiting", "running", "done", "refused", "failed", "cancelled", name="job_state", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("active", sa.Integer(), nullable=True),
        sa.Column("step", sa.Enum("check", "train", "evaluate", "compare", "swap", name="job_step", native_enum=False, create_constraint=True, length=32), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("commit", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("log", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_job")),
    )
    op.create_index(op.f("ix_content_job_created_at"), "content_job", ["created_at"], unique=False)
    op.create_index("uq_content_job_active", "content_job", ["active"], unique=True)
    op.create_table(
        "content_review",
        sa.Column("item", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("item", "fingerprint", name=op.f("pk_content_review")),
    )
    op.create_table(
        "content_schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Enum("planned", "ordered", "refused", name="schedule_state", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=True),
        sa.Column("refusal", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_schedule")),
    )
    op.create_index(op.f("ix_content_schedule_at"), "content_schedule", ["at"], unique=False)
    op.create_table(
        "content_unsaved_form",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("page", sa.String(length=200), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("fields_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "page", name=op.f("pk_content_unsaved_form")),
    )
    op.create_index(op.f("ix_content_unsaved_form_saved_at"), "content_unsaved_form", ["saved_at"], unique=False)
    op.create_table(
        "conversation_lease",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("leased_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conversation_lease")),
    )
    op.create_index(op.f("ix_conversation_lease_leased_by"), "conversation_lease", ["leased_by"], unique=False)
    op.create_table(
        "referral_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.Enum("profile", "story", "wall", "campaign", name="link_kind", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_link")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_link_code")),
    )
    op.create_table(
        "blocked_address",
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_blocked_address")),
    )
    op.create_index(op.f("ix_blocked_address_until"), "blocked_address", ["until"], unique=False)
    op.create_table(
        "erased_address",
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_erased_address")),
    )
    op.create_index(op.f("ix_erased_address_before"), "erased_address", ["before"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("conversations", sa.JSON(), nullable=False),
        sa.Column("dialogues", sa.JSON(), nullable=False),
        sa.Column("farewell_id", sa.Uuid(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_erased_at"), "erasure", ["erased_at"], unique=False)
    op.create_table(
        "daily_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.Enum("people", "messages", "channel", "language", "outcome", "handed_over", "first_word", "topic", "miss", "danger", "scam", "helpfulness", "officer_helpfulness", "referral", "source", "answer_asked", "answer_helped", "answer_not_helped", "answer_missed", "answer_handed_over", "answer_left", name="measure", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "measure", "part", name=op.f("pk_daily_count")),
    )
    op.create_table(
        "count_increment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.Enum("people", "messages", "channel", "language", "outcome", "handed_over", "first_word", "topic", "miss", "danger", "scam", "helpfulness", "officer_helpfulness", "referral", "source", "answer_asked", "answer_helped", "answer_not_helped", "answer_missed", "answer_handed_over", "answer_left", name="measure", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_increment")),
    )
    op.create_table(
        "gateway_process",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_process")),
    )
    op.create_table(
        "login_limit",
        sa.Column("key_fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_fingerprint", name=op.f("pk_login_limit")),
    )
    op.create_index(op.f("ix_login_limit_attempted_at"), "login_limit", ["attempted_at"], unique=False)
    op.create_table(
        "missed_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Enum("missed", "unsure", "wrong_guess", "chosen", "not_helped", "officer", "scam_untold", name="miss_reason", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("language", sa.Enum("fi", "sv", "en", name="language", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("text_fingerprint", sa.LargeBinary(length=32), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("joined", sa.Uuid(), nullable=True),
        sa.Column("now_topic", sa.String(length=64), nullable=True),
        sa.Column("now_confidence", sa.Float(), nullable=True),
        sa.Column("asked_release", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_message")),
    )
    op.create_index(op.f("ix_missed_message_day"), "missed_message", ["day"], unique=False)
    op.create_index(op.f("ix_missed_message_text_fingerprint"), "missed_message", ["text_fingerprint"], unique=False)
    op.create_table(
        "officer_shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("officer_name", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "end_reason",
            sa.Enum(
                "ended", "lost", "unanswered", name="shift_end", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_shift")),
    )
    op.create_index(
        "uq_officer_shift_open",
        "officer_shift",
        ["officer_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "published_chunk",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "position", name=op.f("pk_published_chunk")),
    )
    op.create_table(
        "published_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_record")),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index(op.f("ix_retention_run_at"), "retention_run", ["at"], unique=False)
    op.create_table(
        "saved_hours",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_hours")),
    )
    op.create_table(
        "service_key",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("index", "inbox", name="key_purpose", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_service_key_purpose"), "service_key", ["purpose"], unique=False)
    op.create_table(
        "staff_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("login_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("login_fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("subject_fingerprint", sa.LargeBinary(length=16), nullable=True),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column(
            "language",
            sa.Enum("fi", "sv", "en", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("code_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code_step", sa.BigInteger(), nullable=False),
        sa.Column("invitation_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("invitation_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invitation_word_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("sign_in_epoch", sa.Integer(), nullable=False),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_person")),
        sa.UniqueConstraint("invitation_hash", name=op.f("uq_staff_person_invitation_hash")),
        sa.UniqueConstraint("login_fingerprint", name=op.f("uq_staff_person_login_fingerprint")),
        sa.UniqueConstraint("subject_fingerprint", name=op.f("uq_staff_person_subject_fingerprint")),
    )
    op.create_table(
        "suspended_number",
        sa.Column(
            "channel",
            sa.Enum(
                "whatsapp",
                "messenger",
                "instagram",
                "web",
                name="channel_name",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("business_number", sa.String(length=64), nullable=False),
        sa.Column(
            "failure",
            sa.Enum(
                "retry",
                "throttle_number",
                "throttle_pair",
                "window_closed",
                "undeliverable",
                "content",
                "auth",
                "policy",
                "unknown_outcome",
                "external_control",
                name="failure_class",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "business_number", name=op.f("pk_suspended_number")),
    )
    op.create_table(
        "token_bucket",
        sa.Column(
            "scope",
            sa.Enum(
                "number",
                "pair",
                "chat",
                "address",
                "api",
                name="limit_scope",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("full_at", sa.Double(), nullable=False),
        sa.Column("paused_until", sa.Double(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_token_bucket")),
    )
    op.create_table(
        "topic_feedback",
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("verdict", sa.Enum("helped", "not_helped", "wrong_guess", name="verdict", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "language", "verdict", "day", name=op.f("pk_topic_feedback")),
    )
    op.create_table(
        "web_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=True),
        sa.Column("network", sa.LargeBinary(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("typing_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_last_seen_at"), "web_session", ["last_seen_at"], unique=False)
    op.create_index(op.f("ix_web_session_network"), "web_session", ["network"], unique=False)
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "whatsapp",
                "messenger",
                "instagram",
                "web",
                name="channel_name",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(op.f("ix_webhook_delivery_received_at"), "webhook_delivery", ["received_at"], unique=False)
    op.create_table(
        "bulletin_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Enum("written", "changed", "proposed", "sent_back", "published", "published_alone", "corrected", "corrected_alone", "withdrawn", "ended", "discarded", name="bulletin_event_kind", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_event_bulletin_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_event")),
    )
    op.create_index(op.f("ix_bulletin_event_bulletin_id"), "bulletin_event", ["bulletin_id"], unique=False)
    op.create_table(
        "bulletin_version",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Enum("draft", "proposed", "published", "replaced", "discarded", name="version_state", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("author_ids", sa.JSON(), nullable=False),
        sa.Column("author_name", sa.String(length=120), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=True),
        sa.Column("approver_name", sa.String(length=120), nullable=True),
        sa.Column("emergency_reason", sa.String(length=500), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_version_bulletin_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "number", name=op.f("pk_bulletin_version")),
    )
    op.create_table(
        "contact_address",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "whatsapp",
                "messenger",
                "instagram",
                "web",
                name="channel_name",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum("phone", "user_id", name="address_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("value_fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("value_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_address_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_address")),
        sa.UniqueConstraint(
            "channel", "kind", "value_fingerprint", name=op.f("uq_contact_address_channel_kind_value_fingerprint")
        ),
    )
    op.create_index(op.f("ix_contact_address_contact_id"), "contact_address", ["contact_id"], unique=False)
    op.create_table(
        "conversation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "whatsapp",
                "messenger",
                "instagram",
                "web",
                name="channel_name",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("business_number", sa.String(length=64), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("dialogue_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "bot",
                "waiting",
                "officer",
                "closed",
                name="conversation_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "language",
            sa.Enum("fi", "sv", "en", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "urgency",
            sa.Enum("emergency", "crisis", name="danger", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("danger_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("officer_name", sa.String(length=120), nullable=True),
        sa.Column("owner_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said_under_18", sa.Boolean(), nullable=False),
        sa.Column("told_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_control_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("referral", sa.String(length=64), nullable=True),
        sa.Column("last_citizen_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_conversation_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index(
        "ix_conversation_contact_business", "conversation", ["contact_id", "business_number", "state"], unique=False
    )
    op.create_index(op.f("ix_conversation_danger_asked_at"), "conversation", ["danger_asked_at"], unique=False)
    op.create_index(op.f("ix_conversation_officer_id"), "conversation", ["officer_id"], unique=False)
    op.create_table(
        "inbox_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "whatsapp",
                "messenger",
                "instagram",
                "web",
                name="channel_name",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "message",
                "status",
                "platform_event",
                "other",
                name="inbox_event_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("external_fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "done",
                "ignored",
                "failed",
                name="inbox_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "priority", sa.Integer(), sa.CheckConstraint("priority IN (0, 1, 2)", name="priority"), nullable=False
        ),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_delivery.id"], name=op.f("fk_inbox_event_delivery_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_event")),
        sa.UniqueConstraint(
            "channel", "kind", "external_fingerprint", name=op.f("uq_inbox_event_channel_kind_external_fingerprint")
        ),
    )
    op.create_index(op.f("ix_inbox_event_delivery_id"), "inbox_event", ["delivery_id"], unique=False)
    op.create_index(op.f("ix_inbox_event_received_at"), "inbox_event", ["received_at"], unique=False)
    op.create_index("ix_inbox_event_state_priority_id", "inbox_event", ["state", "priority", "id"], unique=False)
    op.create_table(
        "login_flow_step",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "factor",
                "enrolment",
                "new_factor",
                "provider",
                "challenge",
                name="login_purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["staff_person.id"], name=op.f("fk_login_flow_step_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login_flow_step")),
    )
    op.create_index(op.f("ix_login_flow_step_expires_at"), "login_flow_step", ["expires_at"], unique=False)
    op.create_index(op.f("ix_login_flow_step_person_id"), "login_flow_step", ["person_id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["staff_person.id"], name=op.f("fk_passkey_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("provider_token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("watched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["staff_person.id"], name=op.f("fk_staff_session_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    op.create_index(op.f("ix_staff_session_ends_at"), "staff_session", ["ends_at"], unique=False)
    op.create_index(op.f("ix_staff_session_person_id"), "staff_session", ["person_id"], unique=False)
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("on_call", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["staff_person.id"], name=op.f("fk_push_subscription_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_subscription_endpoint_hash")),
    )
    op.create_index(op.f("ix_push_subscription_person_id"), "push_subscription", ["person_id"], unique=False)
    op.create_table(
        "own_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "language",
            sa.Enum("fi", "sv", "en", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["staff_person.id"], name=op.f("fk_own_answer_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_answer")),
    )
    op.create_index(op.f("ix_own_answer_person_id"), "own_answer", ["person_id"], unique=False)
    op.create_table(
        "area",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("name", name=op.f("uq_area_name")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("assigns", sa.Boolean(), nullable=False),
        sa.Column("answer_minutes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["staff_person.id"], name=op.f("fk_team_member_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "person_id", name=op.f("pk_team_member")),
    )
    op.create_table(
        "officer_profile",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["staff_person.id"], name=op.f("fk_officer_profile_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_officer_profile")),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "language",
            sa.Enum("fi", "sv", "en", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "whatsapp", "messenger", "instagram", "web",
                name="channel_name",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("skill", sa.String(length=32), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("for_me", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["staff_person.id"], name=op.f("fk_saved_view_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_saved_view_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_saved_view_area_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_person_id"), "saved_view", ["person_id"], unique=False)
    op.create_table(
        "bulletin_follower",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("updates_sent", sa.Integer(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_follower_bulletin_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_bulletin_follower_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_bulletin_follower_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("bulletin_id", "contact_id", name=op.f("pk_bulletin_follower")),
    )
    op.create_index(
        op.f("ix_bulletin_follower_conversation_id"), "bulletin_follower", ["conversation_id"], unique=False
    )
    op.create_index(op.f("ix_bulletin_follower_contact_id"), "bulletin_follower", ["contact_id"], unique=False)
    op.create_table(
        "conversation_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "begun",
                "closed",
                "external_control_begun",
                "external_control_ended",
                "queued",
                "urgency_raised",
                "urgency_lowered",
                "escalated",
                "claimed",
                "taken_over",
                "handed_on",
                "assigned",
                "moved_to_team",
                "area_set",
                "released",
                "given_back",
                "snoozed",
                "snooze_ended",
                "follow_up_due",
                "left",
                "citizen_left",
                "request_cancelled",
                "waited_out",
                "human_stretch_ended",
                "platform_off",
                "waiting_line",
                "danger_line",
                "held_back",
                "told_corrected",
                "reply_failed",
                "template_queued",
                "invited",
                "blocked",
                "unblocked",
                "labelled",
                "unlabelled",
                "media_opened",
                "number_shown",
                "exported",
                "hold_placed",
                "hold_lifted",
                name="event_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_event_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_event")),
    )
    op.create_index(
        op.f("ix_conversation_event_conversation_id"), "conversation_event", ["conversation_id"], unique=False
    )
    op.create_table(
        "conversation_label",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_label_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "label", name=op.f("pk_conversation_label")),
    )
    op.create_index(op.f("ix_conversation_label_label"), "conversation_label", ["label"], unique=False)
    op.create_table(
        "approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "invite",
                "roles",
                "reset",
                "audit_export",
                "transcript",
                name="approval_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_approval_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["staff_person.id"], name=op.f("fk_approval_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_conversation_id"), "approval", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_approval_ends_at"), "approval", ["ends_at"], unique=False)
    op.create_index(op.f("ix_approval_person_id"), "approval", ["person_id"], unique=False)
    op.create_table(
        "conversation_opening",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "own",
                "answered",
                "waiting",
                "danger",
                "colleague",
                "same_citizen",
                "supervision",
                "complaint",
                "authority",
                name="opening_ground",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_opening_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["staff_session.id"], name=op.f("fk_conversation_opening_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "conversation_id", name=op.f("pk_conversation_opening")),
    )
    op.create_index(op.f("ix_conversation_opening_opened_at"), "conversation_opening", ["opened_at"], unique=False)
    op.create_table(
        "shown_list",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("shown_hash", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["staff_session.id"], name=op.f("fk_shown_list_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "name", name=op.f("pk_shown_list")),
    )
    op.create_table(
        "conversation_presence",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("officer_name", sa.String(length=120), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_to_citizen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_presence_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "officer_id", name=op.f("pk_conversation_presence")),
    )
    op.create_index(op.f("ix_conversation_presence_seen_at"), "conversation_presence", ["seen_at"], unique=False)
    op.create_table(
        "legal_hold",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_legal_hold_conversation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_legal_hold")),
    )
    op.create_table(
        "officer_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("officer_name", sa.String(length=120), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_officer_note_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_note")),
    )
    op.create_index("ix_officer_note_conversation", "officer_note", ["conversation_id", "created_at"], unique=False)
    op.create_table(
        "pending_data_request",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "request",
            sa.Enum("erase", "tell", name="data_request", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_pending_data_request_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_pending_data_request")),
    )
    op.create_table(
        "officer_alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "handed",
                "taken",
                "off_duty",
                "follow_up",
                "assigned",
                name="alert_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_officer_alert_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_alert")),
    )
    op.create_index(op.f("ix_officer_alert_conversation_id"), "officer_alert", ["conversation_id"], unique=False)
    op.create_index("ix_officer_alert_officer", "officer_alert", ["officer_id", "created_at"], unique=False)
    op.create_table(
        "queue_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "asked",
                "danger",
                "suspected",
                "possible_danger",
                "engine_failure",
                "window_closed",
                "platform_off",
                "too_late",
                "reply_failed",
                "officer",
                "integrator",
                name="handover_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "urgency",
            sa.Enum("emergency", "crisis", name="danger", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("rank", sa.Integer(), sa.CheckConstraint("rank IN (0, 1, 2, 3)", name="queue_rank"), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column(
            "language",
            sa.Enum("fi", "sv", "en", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("danger_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reassured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("area_read", sa.Integer(), nullable=True),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("assigned_name", sa.String(length=120), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_reply_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.Enum("helped", "not_helped", "wrong_guess", name="verdict", native_enum=False, create_constraint=True, length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_queue_entry_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_queue_entry_team_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_queue_entry_area_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_entry")),
    )
    op.create_index(op.f("ix_queue_entry_conversation_id"), "queue_entry", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_queue_entry_snoozed_until"), "queue_entry", ["snoozed_until"], unique=False)
    op.create_index(
        "ix_queue_entry_open",
        "queue_entry",
        ["rank", "waiting_since"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(
        "uq_queue_entry_open",
        "queue_entry",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "reply_draft",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("goes_when_open", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_reply_draft_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", "officer_id", name=op.f("pk_reply_draft")),
    )
    op.create_table(
        "turn",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "answered",
                "engine_failure",
                "window_closed",
                "platform_off",
                "too_late",
                "not_answered",
                "left",
                "slowed_down",
                "too_many",
                "privacy_asked",
                "privacy_told",
                "privacy_kept",
                name="turn_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("question", sa.String(length=64), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column(
            "language",
            sa.Enum("fi", "sv", "en", name="language", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "danger",
            sa.Enum("emergency", "crisis", name="danger", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("guesses", sa.JSON(), nullable=False),
        sa.Column("scam", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_turn_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
    )
    op.create_index(op.f("ix_turn_conversation_id"), "turn", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_turn_topic"), "turn", ["topic"], unique=False)
    op.create_index(
        "ix_turn_unjudged",
        "turn",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("outcome = 'engine_failure' AND topic IS NULL"),
        postgresql_where=sa.text("outcome = 'engine_failure' AND topic IS NULL"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "text",
                "choice",
                "picture",
                "video",
                "voice",
                "file",
                "sticker",
                "location",
                "contact_card",
                "reaction",
                "edit",
                "revoke",
                "system",
                "group",
                "unsupported",
                name="message_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("choice", sa.String(length=128), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("masked", sa.JSON(), nullable=False),
        sa.Column(
            "suspected",
            sa.Enum("emergency", "crisis", name="danger", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("external_id_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"], name=op.f("fk_message_turn_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "conversation_id", "external_fingerprint", name=op.f("uq_message_conversation_id_external_fingerprint")
        ),
    )
    op.create_index(op.f("ix_message_conversation_id"), "message", ["conversation_id"], unique=False)
    op.create_index("ix_message_pending", "message", ["turn_id", "conversation_id"], unique=False)
    op.create_table(
        "outbox_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_outbox_file_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_file")),
    )
    op.create_index(op.f("ix_outbox_file_conversation_id"), "outbox_file", ["conversation_id"], unique=False)
    op.create_table(
        "outbox_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=True),
        sa.Column(
            "reply_kind",
            sa.Enum(
                "answer",
                "officer",
                "erased",
                "danger_line",
                name="reply_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "unasked_kind",
            sa.Enum(
                "officer_joined",
                "officer_left",
                "given_back",
                "still_waiting",
                "nobody_came",
                "late_danger_line",
                "answer_waits",
                "invited",
                "officer_feedback",
                "bulletin_update",
                name="unasked_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "permission",
            sa.Enum("asked", "followed", name="permission", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "author",
            sa.Enum("bot", "officer", "system", name="author", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("template", sa.String(length=64), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("officer_name", sa.String(length=120), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reaction_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "unknown",
                "sent",
                "failed",
                "dropped",
                name="outbox_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "priority", sa.Integer(), sa.CheckConstraint("priority IN (0, 1, 2)", name="priority"), nullable=False
        ),
        sa.Column(
            "waits_for",
            sa.Enum(
                "number_rate",
                "pair_rate",
                "retry",
                "status",
                name="wait_reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(length=32), nullable=True),
        sa.Column("external_fingerprint", sa.LargeBinary(length=16), nullable=True),
        sa.Column("external_id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "delivery_rank",
            sa.Integer(),
            sa.CheckConstraint("delivery_rank IN (0, 1, 2, 3, 4)", name="delivery_rank"),
            nullable=False,
        ),
        sa.Column(
            "error_class",
            sa.Enum(
                "retry",
                "throttle_number",
                "throttle_pair",
                "window_closed",
                "undeliverable",
                "content",
                "auth",
                "policy",
                "unknown_outcome",
                "external_control",
                name="failure_class",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_outbox_item_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"], name=op.f("fk_outbox_item_turn_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_item")),
        # Nothing goes out unasked around the gate of the outbox.
        sa.CheckConstraint(
            "(reply_kind IS NULL) <> (unasked_kind IS NULL)", name=op.f("ck_outbox_item_reply_or_unasked")
        ),
        sa.CheckConstraint(
            "(unasked_kind IS NULL AND permission IS NULL) OR (unasked_kind IS NOT NULL AND permission IS NOT NULL AND "
            "(unasked_kind = 'bulletin_update') = (permission = 'followed'))",
            name=op.f("ck_outbox_item_unasked_is_permitted"),
        ),
        sa.CheckConstraint(
            "(turn_id IS NOT NULL) = (COALESCE(reply_kind, '') = 'answer')",
            name=op.f("ck_outbox_item_answer_has_turn"),
        ),
        sa.CheckConstraint(
            "COALESCE(reply_kind, '') <> 'officer' OR (author = 'officer' AND officer_id IS NOT NULL)",
            name=op.f("ck_outbox_item_officer_is_named"),
        ),
    )
    op.create_index(op.f("ix_outbox_item_conversation_id"), "outbox_item", ["conversation_id"], unique=False)
    op.create_index("ix_outbox_item_due", "outbox_item", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_outbox_item_external_fingerprint"), "outbox_item", ["external_fingerprint"], unique=False)
    op.create_index(op.f("ix_outbox_item_turn_id"), "outbox_item", ["turn_id"], unique=False)
    op.create_table(
        "web_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.Uuid(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox_item.id"], name=op.f("fk_web_message_outbox_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["web_session.id"], name=op.f("fk_web_message_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_message")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_web_message_outbox_id")),
        sa.UniqueConstraint("session_id", "number", name=op.f("uq_web_message_session_id_number")),
    )
    op.bulk_insert(
        sa.table(
            "audit_head",
            sa.column("id", sa.Integer),
            sa.column("number", sa.BigInteger),
            sa.column("hash", sa.LargeBinary),
        ),
        [{"id": 1, "number": 0, "hash": bytes(32)}],
    )
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("web_message")
    op.drop_index(op.f("ix_outbox_file_conversation_id"), table_name="outbox_file")
    op.drop_table("outbox_file")
    op.drop_index(op.f("ix_outbox_item_turn_id"), table_name="outbox_item")
    op.drop_index(op.f("ix_outbox_item_external_fingerprint"), table_name="outbox_item")
    op.drop_index("ix_outbox_item_due", table_name="outbox_item")
    op.drop_index(op.f("ix_outbox_item_conversation_id"), table_name="outbox_item")
    op.drop_table("outbox_item")
    op.drop_index("ix_message_pending", table_name="message")
    op.drop_index(op.f("ix_message_conversation_id"), table_name="message")
    op.drop_table("message")
    op.drop_index(
        "ix_turn_unjudged",
        table_name="turn",
        sqlite_where=sa.text("outcome = 'engine_failure' AND topic IS NULL"),
        postgresql_where=sa.text("outcome = 'engine_failure' AND topic IS NULL"),
    )
    op.drop_index(op.f("ix_turn_topic"), table_name="turn")
    op.drop_index(op.f("ix_turn_conversation_id"), table_name="turn")
    op.drop_table("turn")
    op.drop_table("reply_draft")
    op.drop_index(
        "uq_queue_entry_open",
        table_name="queue_entry",
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.drop_index(
        "ix_queue_entry_open",
        table_name="queue_entry",
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.drop_index(op.f("ix_queue_entry_snoozed_until"), table_name="queue_entry")
    op.drop_index(op.f("ix_queue_entry_conversation_id"), table_name="queue_entry")
    op.drop_table("queue_entry")
    op.drop_index("ix_officer_alert_officer", table_name="officer_alert")
    op.drop_index(op.f("ix_officer_alert_conversation_id"), table_name="officer_alert")
    op.drop_table("officer_alert")
    op.drop_table("pending_data_request")
    op.drop_index("ix_officer_note_conversation", table_name="officer_note")
    op.drop_table("officer_note")
    op.drop_table("legal_hold")
    op.drop_index(op.f("ix_conversation_presence_seen_at"), table_name="conversation_presence")
    op.drop_table("conversation_presence")
    op.drop_table("shown_list")
    op.drop_index(op.f("ix_conversation_opening_opened_at"), table_name="conversation_opening")
    op.drop_table("conversation_opening")
    op.drop_index(op.f("ix_approval_person_id"), table_name="approval")
    op.drop_index(op.f("ix_approval_ends_at"), table_name="approval")
    op.drop_index(op.f("ix_approval_conversation_id"), table_name="approval")
    op.drop_table("approval")
    op.drop_index(op.f("ix_conversation_label_label"), table_name="conversation_label")
    op.drop_table("conversation_label")
    op.drop_index(op.f("ix_conversation_event_conversation_id"), table_name="conversation_event")
    op.drop_table("conversation_event")
    op.drop_index(op.f("ix_bulletin_follower_contact_id"), table_name="bulletin_follower")
    op.drop_index(op.f("ix_bulletin_follower_conversation_id"), table_name="bulletin_follower")
    op.drop_table("bulletin_follower")
    op.drop_index(op.f("ix_saved_view_person_id"), table_name="saved_view")
    op.drop_table("saved_view")
    op.drop_table("officer_profile")
    op.drop_table("team_member")
    op.drop_table("team")
    op.drop_table("area")
    op.drop_index(op.f("ix_own_answer_person_id"), table_name="own_answer")
    op.drop_table("own_answer")
    op.drop_index(op.f("ix_push_subscription_person_id"), table_name="push_subscription")
    op.drop_table("push_subscription")
    op.drop_index(op.f("ix_staff_session_person_id"), table_name="staff_session")
    op.drop_index(op.f("ix_staff_session_ends_at"), table_name="staff_session")
    op.drop_table("staff_session")
    op.drop_index(op.f("ix_passkey_person_id"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_index(op.f("ix_login_flow_step_person_id"), table_name="login_flow_step")
    op.drop_index(op.f("ix_login_flow_step_expires_at"), table_name="login_flow_step")
    op.drop_table("login_flow_step")
    op.drop_index("ix_inbox_event_state_priority_id", table_name="inbox_event")
    op.drop_index(op.f("ix_inbox_event_received_at"), table_name="inbox_event")
    op.drop_index(op.f("ix_inbox_event_delivery_id"), table_name="inbox_event")
    op.drop_table("inbox_event")
    op.drop_index(op.f("ix_conversation_officer_id"), table_name="conversation")
    op.drop_index(op.f("ix_conversation_danger_asked_at"), table_name="conversation")
    op.drop_index("ix_conversation_contact_business", table_name="conversation")
    op.drop_table("conversation")
    op.drop_index(op.f("ix_contact_address_contact_id"), table_name="contact_address")
    op.drop_table("contact_address")
    op.drop_table("bulletin_version")
    op.drop_index(op.f("ix_bulletin_event_bulletin_id"), table_name="bulletin_event")
    op.drop_table("bulletin_event")
    op.drop_index(op.f("ix_webhook_delivery_received_at"), table_name="webhook_delivery")
    op.drop_table("webhook_delivery")
    op.drop_index(op.f("ix_web_session_network"), table_name="web_session")
    op.drop_index(op.f("ix_web_session_last_seen_at"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_table("topic_feedback")
    op.drop_table("token_bucket")
    op.drop_table("suspended_number")
    op.drop_table("staff_person")
    op.drop_index(op.f("ix_service_key_purpose"), table_name="service_key")
    op.drop_table("service_key")
    op.drop_table("saved_hours")
    op.drop_index(op.f("ix_retention_run_at"), table_name="retention_run")
    op.drop_table("retention_run")
    op.drop_table("published_record")
    op.drop_table("published_chunk")
    op.drop_index(
        "uq_officer_shift_open",
        table_name="officer_shift",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("officer_shift")
    op.drop_index(op.f("ix_missed_message_text_fingerprint"), table_name="missed_message")
    op.drop_index(op.f("ix_missed_message_day"), table_name="missed_message")
    op.drop_table("missed_message")
    op.drop_index(op.f("ix_login_limit_attempted_at"), table_name="login_limit")
    op.drop_table("login_limit")
    op.drop_table("gateway_process")
    op.drop_table("count_increment")
    op.drop_table("daily_count")
    op.drop_index(op.f("ix_erasure_erased_at"), table_name="erasure")
    op.drop_table("erasure")
    op.drop_index(op.f("ix_erased_address_before"), table_name="erased_address")
    op.drop_table("erased_address")
    op.drop_index(op.f("ix_blocked_address_until"), table_name="blocked_address")
    op.drop_table("blocked_address")
    op.drop_table("referral_link")
    op.drop_index(op.f("ix_conversation_lease_leased_by"), table_name="conversation_lease")
    op.drop_table("conversation_lease")
    op.drop_index(op.f("ix_content_unsaved_form_saved_at"), table_name="content_unsaved_form")
    op.drop_table("content_unsaved_form")
    op.drop_index(op.f("ix_content_schedule_at"), table_name="content_schedule")
    op.drop_table("content_schedule")
    op.drop_table("content_review")
    op.drop_index("uq_content_job_active", table_name="content_job")
    op.drop_index(op.f("ix_content_job_created_at"), table_name="content_job")
    op.drop_table("content_job")
    op.drop_index(op.f("ix_content_comment_said_at"), table_name="content_comment")
    op.drop_index(op.f("ix_content_comment_round"), table_name="content_comment")
    op.drop_table("content_comment")
    op.drop_table("content_approval")
    op.drop_table("contact")
    op.drop_index("ix_bulletin_state_ends_at", table_name="bulletin")
    op.drop_table("bulletin")
    op.drop_table("audit_head")
    op.drop_index(op.f("ix_audit_entry_at"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_actor"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_action"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_api_notification_webhook_id"), table_name="api_notification")
    op.drop_index(op.f("ix_api_notification_due_at"), table_name="api_notification")
    op.drop_table("api_notification")
    op.drop_table("api_webhook")
    op.drop_table("api_token")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entry_only_grows")
