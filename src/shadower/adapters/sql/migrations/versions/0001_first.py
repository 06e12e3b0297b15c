"""The first schema: log, identities, quarantine, workspaces and keys, rollups."""

from alembic import op

from shadower.adapters.sql.migrations.statements import execute

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    "arrivals",
    "events",
    "identities",
    "intake",
    "keys",
    "log_head",
    "names",
    "pages",
    "projections",
    "quarantine",
    "quarantine_sizes",
    "sign_ins",
    "span_views",
    "spans",
    "workspaces",
)


def upgrade() -> None:
    """Make every table."""
    execute(__file__)


def downgrade() -> None:
    """Drop every table, and with them every event."""
    for table in _TABLES:
        op.drop_table(table)
