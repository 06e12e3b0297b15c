"""
The tables.

Instants are microseconds since 1970 and amounts whole small units, as in the domain, so both dialects compute with the
same exact integers. `migrations` builds the tables; a test holds the two against each other.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine


class EventIdType(TypeDecorator[str]):
    """A UUID as canonical text in Python, `uuid` in PostgreSQL and 16 bytes in SQLite."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=False))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """To the driver."""
        if value is None or dialect.name == "postgresql":
            return value
        return bytes.fromhex(value.replace("-", ""))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """From the driver."""
        if value is None:
            return None
        return str(value) if dialect.name == "postgresql" else uuid_text(value)


def uuid_text(raw: bytes) -> str:
    """Return the canonical text of 16 bytes."""
    text_of = raw.hex()
    return f"{text_of[:8]}-{text_of[8:12]}-{text_of[12:16]}-{text_of[16:20]}-{text_of[20:]}"


metadata: Final = MetaData()

# SQLite makes a rowid alias, which costs no index, only of a column declared INTEGER.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

# SQLite compares text so by itself, PostgreSQL as the database's language has it.
_BY_CODE_POINT = Text().with_variant(Text(collation="C"), "postgresql")

log_head: Final = Table(
    "log_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
)

workspaces: Final = Table(
    "workspaces",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("first_weekday", SmallInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("retention_days", Integer),
    sqlite_autoincrement=True,
)

keys: Final = Table(
    "keys",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("workspace_id", BigInteger, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("prefix", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),
    sqlite_autoincrement=True,
)

sign_ins: Final = Table(
    "sign_ins",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("key_id", BigInteger, nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

EVENT_FIELDS: Final = (
    "type",
    "source",
    "occurred_at",
    "user_id",
    "agent_id",
    "session_id",
    "correlation_id",
    "parent_id",
    "status",
    "error_type",
    "duration_us",
    "credits",
    "cost",
    "tokens_in",
    "tokens_out",
    "model",
    "data",
)
"""The event's own columns, in the order of the domain's `Event` between `client_id` and `fingerprint`."""

_INTEGERS = {"occurred_at", "duration_us", "credits", "cost", "tokens_in", "tokens_out"}
_REQUIRED = {"type", "source", "occurred_at"}

events: Final = Table(
    "events",
    metadata,
    Column("position", _NUMBER, nullable=False, autoincrement=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("id", EventIdType, nullable=False),
    Column("client_id", Text),
    *(Column(name, BigInteger if name in _INTEGERS else Text, nullable=name not in _REQUIRED) for name in EVENT_FIELDS),
    Column("duration_bin", SmallInteger),
    # In PostgreSQL a plain index: a key of a partitioned table would have to hold `received_at` as well.
    PrimaryKeyConstraint("position"),
    postgresql_partition_by="RANGE (received_at)",
)

Index("events_by_time", events.c.workspace_id, events.c.occurred_at, events.c.position)
Index("events_by_type", events.c.workspace_id, events.c.type, events.c.occurred_at, events.c.position)
for _name in ("user_id", "agent_id", "session_id", "correlation_id"):
    Index(
        f"events_by_{_name.removesuffix('_id')}",
        events.c.workspace_id,
        events.c[_name],
        events.c.occurred_at,
        events.c.position,
        sqlite_where=text(f"{_name} IS NOT NULL"),
        postgresql_where=text(f"{_name} IS NOT NULL"),
    )

identities: Final = Table(
    "identities",
    metadata,
    Column("workspace_id", BigInteger, nullable=False),
    Column("id", EventIdType, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("client_id", Text),
    PrimaryKeyConstraint("workspace_id", "id"),
    sqlite_with_rowid=False,
)
Index(
    "identities_by_client_id",
    identities.c.workspace_id,
    identities.c.client_id,
    sqlite_where=text("client_id IS NOT NULL"),
    postgresql_where=text("client_id IS NOT NULL"),
)

quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("workspace_id", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("code", Text, nullable=False),
    Column("field", Text),
    Column("message", Text, nullable=False),
    Column("sent", LargeBinary, nullable=False),
    Column("source", Text),
    Column("count", BigInteger, nullable=False),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("replayed_at", BigInteger),
    Column("replayed_as", Text),
    Column("projection", Text),
    UniqueConstraint("workspace_id", "digest"),
    sqlite_autoincrement=True,
)
Index(
    "quarantine_by_projection",
    quarantine.c.projection,
    sqlite_where=text("projection IS NOT NULL"),
    postgresql_where=text("projection IS NOT NULL"),
)

quarantine_sizes: Final = Table(
    "quarantine_sizes",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True, autoincrement=False),
    Column("entries", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("overflowed", BigInteger, nullable=False),
)

intake: Final = Table(
    "intake",
    metadata,
    Column("workspace_id", BigInteger, nullable=False),
    Column("minute", BigInteger, nullable=False),
    Column("key_id", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "minute", "key_id", "source", "outcome", "code"),
    sqlite_with_rowid=False,
)
"""How many events of each kind came in each minute. Key 0 stands for no key."""

arrivals: Final = Table(
    "arrivals",
    metadata,
    Column("workspace_id", BigInteger, nullable=False),
    Column("key_id", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "key_id", "source"),
    sqlite_with_rowid=False,
)
"""The last stored event of each key and source, for as long as the workspace lives."""

projections: Final = Table(
    "projections",
    metadata,
    Column("name", Text, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("moved_at", BigInteger),
    Column("state", Text, nullable=False, server_default=text("'running'")),
    Column("owner", Text),
    Column("token", BigInteger, nullable=False, server_default=text("0")),
    Column("expires_at", BigInteger),
    Column("failures", BigInteger, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("last_error_at", BigInteger),
)
"""Cursors, and the leases of those who may move them. `expires_at` goes by the database's own clock."""

read_models: Final = Table(
    "read_models",
    metadata,
    Column("projection", Text, nullable=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("key", _BY_CODE_POINT, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("projection", "workspace_id", "key"),
    sqlite_with_rowid=False,
)
"""What projections keep of what they have seen, as JSON."""

bus_groups: Final = Table(
    "bus_groups",
    metadata,
    Column("name", Text, primary_key=True),
    Column("acknowledged", BigInteger, nullable=False),
    Column("moved_at", BigInteger),
    Column("owner", Text),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("outside", Boolean, nullable=False, server_default=false()),
    Column("incarnation", BigInteger, nullable=False, server_default=text("0")),
)
"""How far each consumer group has come, and the lease of who serves it. `expires_at` goes by the database's clock."""

dead_letters: Final = Table(
    "dead_letters",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("group_name", Text, nullable=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("event_id", EventIdType, nullable=False),
    Column("type", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("first_failed_at", BigInteger, nullable=False),
    Column("last_failed_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    UniqueConstraint("group_name", "position"),
    sqlite_autoincrement=True,
)
"""Which events a group's handler could not handle. The events themselves are in the log."""
Index("dead_letters_by_workspace", dead_letters.c.workspace_id, dead_letters.c.id)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("workspace_id", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
"""What the platform did, until the log holds it."""

names: Final = Table(
    "names",
    metadata,
    Column("workspace_id", BigInteger, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("value", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("mark", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "kind", "value"),
    UniqueConstraint("workspace_id", "kind", "number"),
    sqlite_with_rowid=False,
)
"""
Dense numbers (1, 2, 3…) of the values of each dimension: what bitmaps and pages hold instead of text.

`mark` is random, and the same for what is numbered together: two stores in which a number has the same mark agree in
all numbers up to it.
"""

jobs: Final = Table(
    "jobs",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("workspace_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("soft_limit", BigInteger, nullable=False),
    Column("hard_limit", BigInteger, nullable=False),
    Column("most_attempts", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("idempotency_key", Text),
    Column("run_after", BigInteger, nullable=False),
    Column("nudged_at", BigInteger),
    Column("heartbeat_at", BigInteger),
    Column("cancel_requested_at", BigInteger),
    Column("progress_done", BigInteger),
    Column("progress_total", BigInteger),
    Column("progress_note", Text),
    Column("result", Text),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    sqlite_autoincrement=True,
)
"""Workspace 0 stands for the system."""


def _index_where(name: str, where: str, *columns: Column[Any], unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


Index("jobs_by_workspace", jobs.c.workspace_id, jobs.c.id)
_index_where("jobs_due", "state = 'queued'", jobs.c.queue, jobs.c.priority, jobs.c.run_after, jobs.c.id)
_index_where("jobs_running", "state = 'running'", jobs.c.heartbeat_at)
_index_where("jobs_dead", "state = 'dead'", jobs.c.queue)
_index_where("jobs_ended", "finished_at IS NOT NULL", jobs.c.finished_at)
_index_where("jobs_by_key", "idempotency_key IS NOT NULL", jobs.c.workspace_id, jobs.c.idempotency_key, unique=True)

schedule_marks: Final = Table(
    "schedule_marks",
    metadata,
    Column("schedule", Text, nullable=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("decided_until", BigInteger, nullable=False),
    PrimaryKeyConstraint("schedule", "workspace_id"),
    sqlite_with_rowid=False,
)
"""Workspace 0 stands for the system, here and in the slots."""

schedule_slots: Final = Table(
    "schedule_slots",
    metadata,
    Column("schedule", Text, nullable=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("slot", BigInteger, nullable=False),
    Column("job_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("schedule", "workspace_id", "slot"),
    sqlite_with_rowid=False,
)

PAGE_BLOBS: Final = ("total_sums", "total_hist", "total_sets", "cell_sums", "cell_hist", "cell_sets")

pages: Final = Table(
    "pages",
    metadata,
    Column("generation", BigInteger, nullable=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("family", SmallInteger, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("key", BigInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
    *(Column(name, LargeBinary) for name in PAGE_BLOBS),
    PrimaryKeyConstraint("generation", "workspace_id", "family", "level", "key", "start"),
)
"""Rollups: what the events of one span of time add up to, packed."""

VIEW_BLOBS: Final = ("sums", "hist", "sets")

spans: Final = Table(
    "spans",
    metadata,
    Column("generation", BigInteger, nullable=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("width", SmallInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("generation", "workspace_id", "width", "start"),
    sqlite_with_rowid=False,
)
"""The days, weeks and months that have been added up; `made_at` is the cursor of that moment."""

span_views: Final = Table(
    "span_views",
    metadata,
    Column("generation", BigInteger, nullable=False),
    Column("workspace_id", BigInteger, nullable=False),
    Column("width", SmallInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("view", SmallInteger, nullable=False),
    Column("key", BigInteger, nullable=False),
    *(Column(name, LargeBinary, nullable=False) for name in VIEW_BLOBS),
    PrimaryKeyConstraint("generation", "workspace_id", "width", "start", "view", "key"),
)
"""What they add up to, by few dimensions; key 0 is everybody, others are agents."""

removed: Final = Table(
    "removed",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True, autoincrement=False),
    Column("events", BigInteger, nullable=False),
    Column("received_before", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
"""What retention has removed from each workspace, in all. Whoever moves `events` may write the sealed pages."""

retention_runs: Final = Table(
    "retention_runs",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("workspace_id", BigInteger),
    Column("before", BigInteger, nullable=False),
    Column("dry_run", SmallInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("touched_at", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("removed", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text),
    Column("finished_at", BigInteger),
    sqlite_autoincrement=True,
)
"""Each run of retention; without a workspace, over the store itself."""
Index("retention_runs_by_workspace", retention_runs.c.workspace_id, retention_runs.c.id)
