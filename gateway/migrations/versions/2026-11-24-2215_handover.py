"""Who owns a conversation, the order of the queue, shifts, presence, drafts, labels, notes, blocked contacts.

Revision ID: 0005_handover
Revises: accounts
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_handover"
down_revision = "accounts"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("resolved_at IS NULL")
ON_DUTY = sa.text("ended_at IS NULL")


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["conversation_id"], ["conversation.id"], name=op.f(f"fk_{table}_conversation_id"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("blocked_at", MOMENT, nullable=True))
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("officer_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("officer_name", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("owner_changed_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("said_under_18", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index(batch_op.f("ix_conversation_officer_id"), ["officer_id"], unique=False)
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guesses", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.create_index(batch_op.f("ix_turn_topic"), ["topic"], unique=False)
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("officer_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("officer_name", sa.String(length=120), nullable=True))
    _queue()
    _tables()


def _queue() -> None:
    op.drop_index("ix_queue_entry_open", table_name="queue_entry")
    with op.batch_alter_table("queue_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rank", sa.Integer(), nullable=False, server_default="3"))
        batch_op.add_column(sa.Column("queued_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("waiting_since", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("danger_at", MOMENT, nullable=True))
        batch_op.add_column(sa.Column("comforted_at", MOMENT, nullable=True))
    # Those who wait already have waited since their request.
    op.execute("UPDATE queue_entry SET queued_at = created_at, waiting_since = created_at")
    op.execute("UPDATE queue_entry SET rank = 0 WHERE urgency = 'emergency'")
    op.execute("UPDATE queue_entry SET rank = 1 WHERE urgency = 'crisis'")
    with op.batch_alter_table("queue_entry", schema=None) as batch_op:
        batch_op.alter_column("queued_at", existing_type=MOMENT, nullable=False)
    for name, columns, unique in (
        ("ix_queue_entry_open", ["rank", "waiting_since"], False),
        ("uq_queue_entry_open", ["conversation_id"], True),
    ):
        op.create_index(name, "queue_entry", columns, unique=unique, sqlite_where=OPEN, postgresql_where=OPEN)


def _tables() -> None:
    op.create_table(
        "officer_shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("officer_name", sa.String(length=120), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("end_reason", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_shift")),
    )
    op.create_index(
        "uq_officer_shift_open", "officer_shift", ["officer_id"],
        unique=True, sqlite_where=ON_DUTY, postgresql_where=ON_DUTY,
    )  # fmt: skip
    op.create_table(
        "conversation_presence",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("officer_name", sa.String(length=120), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("typing_at", MOMENT, nullable=True),
        sa.Column("shown_to_citizen_at", MOMENT, nullable=True),
        _of_conversation("conversation_presence"),
        sa.PrimaryKeyConstraint("conversation_id", "officer_id", name=op.f("pk_conversation_presence")),
    )
    op.create_index(op.f("ix_conversation_presence_seen_at"), "conversation_presence", ["seen_at"])
    op.create_table(
        "reply_draft",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        _of_conversation("reply_draft"),
        sa.PrimaryKeyConstraint("conversation_id", "officer_id", name=op.f("pk_reply_draft")),
    )
    op.create_table(
        "conversation_label",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        _of_conversation("conversation_label"),
        sa.PrimaryKeyConstraint("conversation_id", "label", name=op.f("pk_conversation_label")),
    )
    op.create_index(op.f("ix_conversation_label_label"), "conversation_label", ["label"])
    op.create_table(
        "officer_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("officer_name", sa.String(length=120), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        _of_conversation("officer_note"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_note")),
    )
    op.create_index("ix_officer_note_conversation", "officer_note", ["conversation_id", "created_at"])


def downgrade() -> None:
    """Take back."""
    for table in ("officer_note", "conversation_label", "reply_draft", "conversation_presence", "officer_shift"):
        op.drop_table(table)
    for name in ("uq_queue_entry_open", "ix_queue_entry_open"):
        op.drop_index(name, table_name="queue_entry")
    with op.batch_alter_table("queue_entry", schema=None) as batch_op:
        for column in ("comforted_at", "danger_at", "waiting_since", "queued_at", "rank"):
            batch_op.drop_column(column)
    op.create_index("ix_queue_entry_open", "queue_entry", ["resolved_at", "urgency", "created_at"])
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.drop_column("officer_name")
        batch_op.drop_column("officer_id")
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_turn_topic"))
        batch_op.drop_column("guesses")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_officer_id"))
        for column in ("said_under_18", "owner_changed_at", "officer_name", "officer_id"):
            batch_op.drop_column(column)
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_column("blocked_at")
