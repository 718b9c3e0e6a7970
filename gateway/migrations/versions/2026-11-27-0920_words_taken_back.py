"""Editors' copies are found by a keyed hash of their words.

Revision ID: words_taken_back
Revises: doors
"""

import sqlalchemy as sa
from alembic import op

revision = "words_taken_back"
down_revision = "doors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("missed_message") as table:
        table.add_column(sa.Column("text_fingerprint", sa.LargeBinary(length=32), nullable=True))
        table.create_index(op.f("ix_missed_message_text_fingerprint"), ["text_fingerprint"])


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("missed_message") as table:
        table.drop_index(op.f("ix_missed_message_text_fingerprint"))
        table.drop_column("text_fingerprint")
