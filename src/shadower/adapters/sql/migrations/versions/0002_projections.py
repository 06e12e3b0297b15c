"""Leases, states and failures of projections; documents they keep; events of the log in the quarantine."""

from alembic import op

from shadower.adapters.sql.migrations.statements import execute

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = ("state", "owner", "token", "expires_at", "failures", "last_error", "last_error_at")


def upgrade() -> None:
    """Add what is new; cursors stay where they are."""
    execute(__file__)


def downgrade() -> None:
    """Forget what was new, events that were set aside included."""
    op.drop_table("read_models")
    op.execute("DELETE FROM projections WHERE name NOT IN ('rollups', 'rollups.rebuild')")
    for column in _COLUMNS:
        op.drop_column("projections", column)
    op.drop_index("quarantine_by_projection", "quarantine")
    op.execute("DELETE FROM quarantine WHERE projection IS NOT NULL")
    op.drop_column("quarantine", "projection")
