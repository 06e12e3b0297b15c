"""What is written beside the events: quarantine and intake counts."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import arrivals, intake, log_head, quarantine, quarantine_sizes
from shadower.adapters.sql.sorting import IntakeKey
from shadower.adapters.sql.sorting import arrivals as stored_arrivals
from shadower.adapters.sql.upsert import later, upsert
from shadower.application.ports.event_log import Batch
from shadower.domain.quarantine.entry import EntryState, QuarantineFull, RefusedEvent

_CHUNK = 500


async def keep_refused(connection: AsyncConnection, refused: Sequence[tuple[Batch, RefusedEvent]], limit: int) -> None:
    """
    Put refused events into the quarantine: repeats collapse; past `limit` bytes a workspace's are only counted.

    Runs under the log's lock, so nobody else adds entries meanwhile.
    """
    by_workspace: dict[int, dict[bytes, tuple[int, int, RefusedEvent]]] = {}
    for batch, one in refused:
        entries = by_workspace.setdefault(batch.workspace, {})
        count, seen_at, _ = entries.get(one.digest, (0, batch.received_at, one))
        entries[one.digest] = (count + 1, max(seen_at, batch.received_at), one)
    for workspace, entries in by_workspace.items():
        repeated = await _count_repeats(connection, workspace, entries)
        fresh = {digest: entry for digest, entry in entries.items() if digest not in repeated}
        if fresh:
            await _add(connection, workspace, fresh, limit)


async def keep_set_aside(
    connection: AsyncConnection, workspace: int, refused: RefusedEvent, at: int, limit: int
) -> None:
    """Put one event of the log into the quarantine. Raises QuarantineFull past `limit` bytes."""
    # The log's lock, under which everybody adds entries.
    await connection.execute(select(log_head.c.position).with_for_update())
    entry = {refused.digest: (1, at, refused)}
    if await _count_repeats(connection, workspace, entry):
        return
    size = await connection.scalar(select(quarantine_sizes.c.bytes).where(quarantine_sizes.c.workspace_id == workspace))
    if (size or 0) + len(refused.sent) > limit:
        raise QuarantineFull("The quarantine has no room for an event that a projection cannot take.")
    await _add(connection, workspace, entry, limit)


async def _count_repeats(
    connection: AsyncConnection, workspace: int, entries: Mapping[bytes, tuple[int, int, RefusedEvent]]
) -> set[bytes]:
    found: set[bytes] = set()
    for chunk in _chunks(list(entries)):
        rows = await connection.execute(
            select(quarantine.c.id, quarantine.c.digest).where(
                quarantine.c.workspace_id == workspace, quarantine.c.digest.in_(chunk)
            )
        )
        for entry_id, digest in rows.all():
            count, seen_at, _ = entries[digest]
            found.add(digest)
            await connection.execute(
                update(quarantine)
                .where(quarantine.c.id == entry_id)
                .values(
                    state=EntryState.OPEN.value,
                    count=quarantine.c.count + count,
                    last_seen_at=later(quarantine.c.last_seen_at, seen_at),
                )
            )
    return found


async def _add(
    connection: AsyncConnection,
    workspace: int,
    fresh: Mapping[bytes, tuple[int, int, RefusedEvent]],
    limit: int,
) -> None:
    size = await connection.scalar(select(quarantine_sizes.c.bytes).where(quarantine_sizes.c.workspace_id == workspace))
    total = size or 0
    rows: list[dict[str, object]] = []
    overflowed = 0
    for digest, (count, seen_at, one) in fresh.items():
        if total + len(one.sent) > limit:
            overflowed += count
            continue
        total += len(one.sent)
        rows.append(_row(workspace, digest, count, seen_at, one))
    if rows:
        await connection.execute(quarantine.insert(), rows)
    await connection.execute(
        upsert(
            connection,
            quarantine_sizes,
            {"workspace_id": workspace, "entries": len(rows), "bytes": total - (size or 0), "overflowed": overflowed},
            adding=("entries", "bytes", "overflowed"),
        )
    )


def _row(workspace: int, digest: bytes, count: int, seen_at: int, one: RefusedEvent) -> dict[str, object]:
    return {
        "workspace_id": workspace,
        "digest": digest,
        "code": one.rejection.code,
        "field": one.rejection.field,
        "message": one.rejection.message,
        "sent": one.sent,
        "source": one.source,
        "count": count,
        "first_seen_at": seen_at,
        "last_seen_at": seen_at,
        "state": EntryState.OPEN.value,
        "projection": one.projection,
    }


async def count_intake(connection: AsyncConnection, counts: Mapping[IntakeKey, tuple[int, int]]) -> None:
    """Add to the intake counts and to the last arrival of each key and source."""
    minutes = [
        dict(zip(("workspace_id", "minute", "key_id", "source", "outcome", "code"), key, strict=True))
        | {"events": events, "last_at": last_at}
        for key, (events, last_at) in counts.items()
    ]
    last = [
        {"workspace_id": workspace, "key_id": key, "source": source, "events": events, "last_at": last_at}
        for (workspace, key, source), (events, last_at) in stored_arrivals(counts).items()
    ]
    for table, rows in ((intake, minutes), (arrivals, last)):
        if rows:
            await connection.execute(upsert(connection, table, rows, adding=("events",), latest=("last_at",)))


def _chunks(digests: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return (digests[start : start + _CHUNK] for start in range(0, len(digests), _CHUNK))
