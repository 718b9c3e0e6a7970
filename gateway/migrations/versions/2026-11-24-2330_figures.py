"""Figures: counts of days.

Revision ID: figures
Revises: privacy
"""

import sqlalchemy as sa
from alembic import op

revision = "figures"
down_revision = "privacy"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "figure_tally",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_tally")),
    )
    op.create_table(
        "figure_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "measure", "part", name=op.f("pk_figure_count")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("figure_count")
    op.drop_table("figure_tally")
