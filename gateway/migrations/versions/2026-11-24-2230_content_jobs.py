"""Jobs and approvals of the editors' workshop.

Revision ID: 0004_content
Revises: bulletins
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_content"
down_revision = "bulletins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "content_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(length=16), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("commit", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("log", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_job")),
    )
    with op.batch_alter_table("content_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_content_job_created_at"), ["created_at"], unique=False)
        batch_op.create_index("uq_content_job_active", ["active"], unique=True)
    op.create_table(
        "content_approval",
        sa.Column("commit", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("commit", "account", name=op.f("pk_content_approval")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("content_approval")
    with op.batch_alter_table("content_job", schema=None) as batch_op:
        batch_op.drop_index("uq_content_job_active")
        batch_op.drop_index(batch_op.f("ix_content_job_created_at"))
    op.drop_table("content_job")
