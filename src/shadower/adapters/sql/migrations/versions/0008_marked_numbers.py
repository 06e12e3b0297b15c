"""Marks of numbers, by which stores that have parted are told apart."""

from secrets import randbits

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark what has a number already as numbered together: all of it was, before this store parted from others."""
    # A constant default is the one way that does not write every row anew. It stays; new rows bring marks of their own.
    op.add_column("names", sa.Column("mark", sa.BigInteger, nullable=False, server_default=sa.text(f"{randbits(63)}")))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("names", "mark")
