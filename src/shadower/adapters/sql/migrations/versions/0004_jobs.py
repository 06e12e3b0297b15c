"""Jobs: work put off, as rows."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    dialect = op.get_bind().dialect.name
    for statement in Path(__file__).with_name(f"0004_jobs.{dialect}.sql").read_text().split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drop the table, and with it every job that waits."""
    op.drop_table("jobs")
