"""The first schema: log, identities, quarantine, workspaces and keys, rollups."""

from pathlib import Path

from alembic import op

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
    dialect = op.get_bind().dialect.name
    for statement in Path(__file__).with_name(f"0001_first.{dialect}.sql").read_text().split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drop every table, and with them every event."""
    for table in _TABLES:
        op.drop_table(table)
