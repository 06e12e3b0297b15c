"""API keys and browser sessions in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shadower.adapters.sql.schema import keys, sign_ins
from shadower.adapters.sql.upsert import insert_into
from shadower.application.ports.work import Keys, SignIn, SignIns
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import ApiKey, KeyId, KeyNotFound, Scope


class SqlKeys(Keys):
    """Rows of `keys`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, workspace: WorkspaceId, name: str, digest: bytes, prefix: str, scopes: frozenset[Scope], created_at: int
    ) -> ApiKey:
        """See the port."""
        statement = insert_into(self._connection, keys).values(
            workspace_id=workspace,
            name=name,
            digest=digest,
            prefix=prefix,
            scopes=" ".join(sorted(scopes)),
            created_at=created_at,
        )
        await self._connection.execute(statement.on_conflict_do_nothing())
        row = (await self._connection.execute(select(keys).where(keys.c.digest == digest))).one()
        return _key(row)

    async def find_by_digest(self, digest: bytes) -> ApiKey | None:
        """See the port."""
        row = (await self._connection.execute(select(keys).where(keys.c.digest == digest))).one_or_none()
        return None if row is None else _key(row)

    async def get(self, workspace: WorkspaceId, key: KeyId) -> ApiKey:
        """See the port."""
        statement = select(keys).where(keys.c.id == key, keys.c.workspace_id == workspace)
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            raise KeyNotFound("This workspace has no such key.")
        return _key(row)

    async def list(self, workspace: WorkspaceId, limit: int, after: KeyId | None = None) -> Sequence[ApiKey]:
        """See the port."""
        statement = select(keys).where(keys.c.workspace_id == workspace).order_by(keys.c.id).limit(limit)
        if after is not None:
            statement = statement.where(keys.c.id > after)
        return [_key(row) for row in (await self._connection.execute(statement)).all()]

    async def revoke(self, key: KeyId, at: int) -> None:
        """See the port."""
        await self._connection.execute(
            update(keys).where(keys.c.id == key, keys.c.revoked_at.is_(None)).values(revoked_at=at)
        )
        await self._connection.execute(delete(sign_ins).where(sign_ins.c.key_id == key))

    async def touch(self, used: dict[KeyId, int]) -> None:
        """See the port."""
        if not used:
            return
        statement = (
            update(keys)
            .where(
                keys.c.id == bindparam("key"),
                or_(keys.c.last_used_at.is_(None), keys.c.last_used_at < bindparam("used_at")),
            )
            .values(last_used_at=bindparam("used_at"))
        )
        # In one order everywhere, so that two processes cannot wait for each other.
        await self._connection.execute(statement, [{"key": key, "used_at": at} for key, at in sorted(used.items())])


class SqlSignIns(SignIns):
    """Rows of `sign_ins`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, sign_in: SignIn) -> None:
        """See the port."""
        await self._connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= sign_in.created_at))
        await self._connection.execute(
            insert(sign_ins).values(
                digest=sign_in.digest,
                key_id=sign_in.key,
                created_at=sign_in.created_at,
                expires_at=sign_in.expires_at,
            )
        )

    async def find(self, digest: bytes) -> tuple[SignIn, ApiKey] | None:
        """See the port."""
        statement = (
            select(keys, sign_ins.c.created_at.label("opened_at"), sign_ins.c.expires_at)
            .join(sign_ins, sign_ins.c.key_id == keys.c.id)
            .where(sign_ins.c.digest == digest)
        )
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            return None
        return SignIn(digest, KeyId(row.id), row.opened_at, row.expires_at), _key(row)

    async def remove(self, digest: bytes) -> None:
        """See the port."""
        await self._connection.execute(delete(sign_ins).where(sign_ins.c.digest == digest))


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        KeyId(row.id),
        WorkspaceId(row.workspace_id),
        row.name,
        row.digest,
        row.prefix,
        frozenset(Scope(scope) for scope in row.scopes.split()),
        row.created_at,
        row.last_used_at,
        row.revoked_at,
    )
