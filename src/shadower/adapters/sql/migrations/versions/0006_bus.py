"""Consumer groups of the event bus, dead letters, and what the platform did until the log holds it."""

from alembic import op

from shadower.adapters.sql.migrations.statements import execute

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    execute(__file__)


def downgrade() -> None:
    """Drop them, and with them acts of the platform that the log does not hold yet."""
    for table in ("outbox", "dead_letters", "bus_groups"):
        op.drop_table(table)
