"""What is published, where the database holds it for all machines.

Revision ID: published_7c1a
Revises: first_da30e000
"""

import sqlalchemy as sa
from alembic import op

revision = "published_7c1a"
down_revision = "first_da30e000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "published_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_record")),
    )
    op.create_table(
        "published_chunk",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "position", name=op.f("pk_published_chunk")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("published_chunk")
    op.drop_table("published_record")
