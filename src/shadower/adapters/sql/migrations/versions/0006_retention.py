"""Retention: the term of a workspace, what was removed from it, and the runs."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and room for the term."""
    dialect = op.get_bind().dialect.name
    for statement in Path(__file__).with_name(f"0006_retention.{dialect}.sql").read_text().split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Forget the terms and the runs, and what is sealed: answers then know nothing of removed events."""
    op.execute("DELETE FROM pages WHERE generation = 0")
    op.drop_table("retention_runs")
    op.drop_table("removed")
    op.drop_column("workspaces", "retention_days")
