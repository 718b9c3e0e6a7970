"""Questions before erasing, erasures, legal holds, and what each round of deleting did.

Revision ID: privacy
Revises: missed_messages
"""

import sqlalchemy as sa
from alembic import op

revision = "privacy"
down_revision = "missed_messages"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "privacy_question",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("wish", sa.String(length=8), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_privacy_question_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_privacy_question")),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("conversations", sa.JSON(), nullable=False),
        sa.Column("dialogues", sa.JSON(), nullable=False),
        sa.Column("farewell_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", _MOMENT, nullable=False),
        sa.Column("listed_at", _MOMENT, nullable=True),
        sa.Column("forgotten_at", _MOMENT, nullable=True),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_erased_at"), "erasure", ["erased_at"])
    op.create_table(
        "erased_address",
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("before", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_erased_address")),
    )
    op.create_index(op.f("ix_erased_address_before"), "erased_address", ["before"])
    op.create_table(
        "legal_hold",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_legal_hold_conversation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_legal_hold")),
    )
    op.create_table(
        "retention_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index(op.f("ix_retention_run_at"), "retention_run", ["at"])


def downgrade() -> None:
    """Take back."""
    for name in ("retention_run", "legal_hold", "erased_address", "erasure", "privacy_question"):
        op.drop_table(name)
