"""An index by which dead jobs are counted."""

from alembic import op

from shadower.adapters.sql.migrations.statements import execute

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    execute(__file__)


def downgrade() -> None:
    """Drop it."""
    op.drop_index("jobs_dead")
