"""Messages that editors should look at.

Revision ID: missed_messages
Revises: 0005_other_platforms
"""

import sqlalchemy as sa
from alembic import op

revision = "missed_messages"
down_revision = "0005_other_platforms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "missed_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_message")),
    )
    with op.batch_alter_table("missed_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_missed_message_day"), ["day"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("missed_message")
