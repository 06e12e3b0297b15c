"""Consumer groups that programs read for which are not ours."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room to tell them from those of handlers, and from others that have had their names."""
    op.add_column("bus_groups", sa.Column("outside", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("bus_groups", sa.Column("incarnation", sa.BigInteger, nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    """Drop them: they would be taken for groups of handlers, and nobody would note how far they come."""
    op.execute("DELETE FROM bus_groups WHERE outside")
    op.drop_column("bus_groups", "incarnation")
    op.drop_column("bus_groups", "outside")
