"""Schedules: how far each is decided, and which of its slots were run."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    dialect = op.get_bind().dialect.name
    for statement in Path(__file__).with_name(f"0005_schedules.{dialect}.sql").read_text().split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drop the tables; schedules begin anew then."""
    for table in ("schedule_marks", "schedule_slots"):
        op.drop_table(table)
