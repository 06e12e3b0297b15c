"""The migrations make the schema the code works with, and can be taken back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, text

from shadower.adapters.postgres.database import PostgresDatabase
from shadower.adapters.sql import migrate
from shadower.adapters.sql.database import Database
from shadower.adapters.sql.schema import metadata, names, projections
from shadower.adapters.sqlite.database import SqliteDatabase


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    made: Database
    if request.param == "sqlite":
        made = SqliteDatabase(tmp_path / "shadower.sqlite3")
    else:
        made = PostgresDatabase(request.getfixturevalue("postgres_url"))
    yield made
    await made.dispose()


def test_the_wanted_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.WANTED


async def test_the_migrations_make_exactly_the_tables_the_code_reads(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        migrate.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"include_name": _ours, "include_object": _comparable})
        return list(compare_metadata(context, metadata))

    async with database.writing() as connection:
        assert await connection.run_sync(differences) == []


def _ours(name: str | None, kind: str, parents: object) -> bool:
    del parents
    return kind != "table" or name in metadata.tables


def _comparable(element: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:  # noqa: FBT001 - Alembic's signature
    del element, reflected, other
    # In PostgreSQL the log has a plain index where SQLite has its key.
    return not (kind == "index" and name == "events_by_position")


async def test_up_down_and_up_again_ends_where_it_began(database: Database) -> None:
    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names()) & set(metadata.tables)

    async with database.writing() as connection:
        await connection.run_sync(migrate.upgrade)
        assert await connection.run_sync(tables) == set(metadata.tables)
        await connection.run_sync(migrate.downgrade)
        assert await connection.run_sync(tables) == set()
        assert await connection.run_sync(migrate.current_version) is None
        await connection.run_sync(migrate.upgrade)
        assert await connection.run_sync(tables) == set(metadata.tables)
        assert await connection.run_sync(migrate.current_version) == migrate.WANTED
        await connection.commit()


async def test_cursors_and_quarantine_of_the_first_schema_are_taken_over(database: Database) -> None:
    async with database.writing() as connection:
        await connection.run_sync(lambda synchronous: migrate.upgrade(synchronous, "0001"))
        await connection.execute(text("UPDATE projections SET cursor = 42 WHERE name = 'rollups'"))
        await connection.run_sync(migrate.upgrade)
        row = (await connection.execute(select(projections).where(projections.c.name == "rollups"))).one()
        assert (row.cursor, row.state, row.token, row.failures, row.owner) == (42, "running", 0, 0, None)
        await connection.execute(projections.insert().values(name="mails", generation=1, cursor=7))
        await connection.run_sync(lambda synchronous: migrate.downgrade(synchronous, "0001"))
        rows = (await connection.execute(text("SELECT name, generation, cursor FROM projections"))).all()
        assert [tuple(row) for row in rows] == [("rollups", 1, 42)]


async def test_numbers_that_were_given_before_they_had_marks_are_marked_in_each_store_anew(database: Database) -> None:
    marks = []
    async with database.writing() as connection:
        for _ in range(2):
            await connection.run_sync(lambda synchronous: migrate.upgrade(synchronous, "0007"))
            given = "INSERT INTO names (workspace_id, kind, value, number) VALUES (1, 5, 'ada', 1)"
            await connection.execute(text(given))
            await connection.run_sync(migrate.upgrade)
            marks.append(await connection.scalar(select(names.c.mark)))
            await connection.run_sync(migrate.downgrade)
    assert len(set(marks)) == 2


async def test_a_migration_left_without_commit_never_happened(database: Database) -> None:
    async with database.writing() as connection:
        await connection.run_sync(migrate.upgrade)
    async with database.reading() as connection:
        assert await connection.run_sync(migrate.current_version) is None
