"""How fast each number sends, which are stopped, and why a reply waits.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "send_limit",
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("full_at", sa.Double(), nullable=False),
        sa.Column("paused_until", sa.Double(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_send_limit")),
    )
    op.create_table(
        "stopped_number",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("business_number", sa.String(length=64), nullable=False),
        sa.Column("failure", sa.String(length=24), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "business_number", name=op.f("pk_stopped_number")),
    )
    # What waits already is a reply.
    op.add_column("outbox_item", sa.Column("priority", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("outbox_item", sa.Column("waits_for", sa.String(length=24), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.drop_column("waits_for")
        batch_op.drop_column("priority")
    op.drop_table("stopped_number")
    op.drop_table("send_limit")
