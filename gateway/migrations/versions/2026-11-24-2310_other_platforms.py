"""Talks led elsewhere on their platform, and the links that brought citizens.

Revision ID: 0005_other_platforms
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_other_platforms"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("conversation", sa.Column("silenced_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("conversation", sa.Column("referral", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_column("referral")
        batch_op.drop_column("silenced_until")
