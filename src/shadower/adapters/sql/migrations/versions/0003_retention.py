"""Retention: the term of a workspace, what was removed from it, and the runs."""

from alembic import op

from shadower.adapters.sql.migrations.statements import execute

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and room for the term."""
    execute(__file__)


def downgrade() -> None:
    """Forget the terms and the runs, and what is sealed: answers then know nothing of removed events."""
    op.execute("DELETE FROM pages WHERE generation = 0")
    op.drop_table("retention_runs")
    op.drop_table("removed")
    op.drop_column("workspaces", "retention_days")
