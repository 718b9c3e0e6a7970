"""Bulletins with their versions, events and followers, and service hours that were saved.

Revision ID: bulletins
Revises: 0005_handover
"""

import sqlalchemy as sa
from alembic import op

revision = "bulletins"
down_revision = "0005_handover"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "saved_hours",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_hours")),
    )
    op.create_table(
        "bulletin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("pending", sa.Integer(), nullable=True),
        sa.Column("news", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
    )
    op.create_index("ix_bulletin_state_ends_at", "bulletin", ["state", "ends_at"])
    _versions_and_events()
    op.create_table(
        "bulletin_follower",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
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
    op.create_index(op.f("ix_bulletin_follower_conversation_id"), "bulletin_follower", ["conversation_id"])


def _versions_and_events() -> None:
    op.create_table(
        "bulletin_version",
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
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
        "bulletin_event",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("bulletin_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_event_bulletin_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_event")),
    )
    op.create_index(op.f("ix_bulletin_event_bulletin_id"), "bulletin_event", ["bulletin_id"])


def downgrade() -> None:
    """Take back."""
    for table in ("bulletin_follower", "bulletin_event", "bulletin_version", "bulletin", "saved_hours"):
        op.drop_table(table)
