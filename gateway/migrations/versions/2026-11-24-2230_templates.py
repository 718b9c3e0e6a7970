"""Which replies are templates, that may go out after the 24 hours.

Revision ID: 0004_templates
Revises: 0004_web_chat
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_templates"
down_revision = "0004_web_chat"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("outbox_item") as table:
        table.add_column(sa.Column("template", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("outbox_item") as table:
        table.drop_column("template")
