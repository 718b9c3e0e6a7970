"""Which gateway process lives, and what it holds.

Revision ID: 0004
Revises: 0004_content
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0004_content"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "gateway_process",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_process")),
    )
    op.create_table(
        "conversation_claim",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conversation_claim")),
    )
    op.create_index(op.f("ix_conversation_claim_claimed_by"), "conversation_claim", ["claimed_by"])
    op.add_column("outbox_item", sa.Column("claimed_by", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.drop_column("claimed_by")
    op.drop_table("conversation_claim")
    op.drop_table("gateway_process")
