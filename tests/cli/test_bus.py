"""`shadower bus`: groups and dead letters, without a server and beside one."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redis import Redis, ResponseError

from shadower.adapters.redis.names import STREAM
from shadower.application.ports.work import Work
from shadower.domain.events.event import Position
from shadower.domain.projections.lease import LEASE_SECONDS
from shadower.entrypoints.cli import main
from shadower.entrypoints.container import Container
from shadower.entrypoints.lifecycle import opened
from shadower.entrypoints.settings_sources import settings_for
from shadower.testing import NOW, an_unhandled_event
from tests.servers import RedisServer


class Prompt:
    """The command on a store of its own, into which a test may put what it likes."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder / "data")
        self.redis_url: str | None = None

    def __call__(self, *words: str, answer: str | None = None) -> Result:
        env = {"SHADOWER_DATA_DIR": self._folder, "SHADOWER_REDIS_URL": self.redis_url}
        return CliRunner().invoke(main, ["bus", *words], env=env, input=answer)

    def put(self, change: Callable[[Work], Awaitable[object]]) -> None:
        async def work() -> None:
            async with opened(Container(settings=settings_for(data_dir=self._folder))) as container:
                await container.open_the_door().default_workspace()
                async with container.begin()() as work:
                    await change(work)
                    await work.commit()

        asyncio.run(work())


@pytest.fixture
def prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prompt:
    monkeypatch.chdir(tmp_path)
    return Prompt(tmp_path)


async def two_groups(work: Work) -> None:
    for name in ("web", "mail"):
        await work.bus_groups.join(name, Position(0), NOW)
    await work.bus_groups.acquire("web", "host/17/ab", LEASE_SECONDS * 100)
    for position in (1, 2, 3):
        await work.dead_letters.keep(an_unhandled_event(position), NOW)


def rows(told: Result) -> list[list[str]]:
    assert told.exit_code == 0, told.output
    return [line.split() for line in told.stdout.splitlines()[1:]]


def test_groups_are_listed_with_their_lag_their_server_and_their_dead_letters(prompt: Prompt) -> None:
    assert rows(prompt("groups")) == []
    prompt.put(two_groups)
    assert rows(prompt("groups")) == [["mail", "0", "0", "nobody", "3"], ["web", "0", "0", "host/17/ab", "0"]]


def test_dead_letters_are_listed_newest_first(prompt: Prompt) -> None:
    prompt.put(two_groups)
    found = rows(prompt("dead-letters"))
    assert [row[1:6] for row in found] == [
        ["mail", "default", str(position), "agent.executed", "open"] for position in (3, 2, 1)
    ]
    assert found[0][-4:] == ["LookupError:", "no", "such", "address"]
    assert rows(prompt("dead-letters", "--limit", "2")) == found[:2]
    assert rows(prompt("dead-letters", "--group", "web")) == []
    assert rows(prompt("dead-letters", "--workspace", "default")) == found
    assert prompt("dead-letters", "--workspace", "nobody").exit_code == 1


def test_one_dead_letter_or_all_of_a_group_is_replayed(prompt: Prompt) -> None:
    prompt.put(two_groups)
    newest = rows(prompt("dead-letters"))[0][0]
    assert prompt("replay", newest).stderr == "1 to be handled again.\n"
    assert [row[5] for row in rows(prompt("dead-letters"))] == ["replaying", "open", "open"]
    assert prompt("replay", "--group", "mail").stderr == "2 to be handled again.\n"
    assert [row[5] for row in rows(prompt("dead-letters"))] == ["replaying"] * 3
    assert (prompt("replay", "404").exit_code, prompt("replay").exit_code) == (1, 2)
    assert prompt("replay", newest, "--group", "mail").exit_code == 2


def test_a_group_is_removed_once_somebody_has_agreed(prompt: Prompt) -> None:
    prompt.put(two_groups)
    assert prompt("remove-group", "mail", answer="n\n").exit_code == 1
    assert len(rows(prompt("groups"))) == 2
    assert prompt("remove-group", "mail", answer="y\n").exit_code == 0
    assert [row[0] for row in rows(prompt("groups"))] == ["web"]
    assert rows(prompt("dead-letters")) == []


def test_a_group_that_is_served_or_not_there_is_not_removed(prompt: Prompt) -> None:
    prompt.put(two_groups)
    served = prompt("remove-group", "web", "--yes")
    assert (served.exit_code, served.stderr.count("\n")) == (1, 1)
    assert "host/17/ab" in served.stderr
    assert prompt("remove-group", "nobody", "--yes").exit_code == 1


def test_without_redis_no_group_is_added_for_a_program_outside(prompt: Prompt) -> None:
    refused = prompt("add-group", "billing")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "SHADOWER_REDIS_URL" in refused.stderr
    assert rows(prompt("groups")) == []


@pytest.mark.redis
def test_a_group_for_a_program_outside_is_there_at_once_and_until_it_is_removed(
    prompt: Prompt, redis_server: RedisServer
) -> None:
    prompt.put(two_groups)
    prompt.redis_url = redis_server.url()
    assert prompt("add-group", "mail").exit_code == 1
    for _ in range(2):
        assert prompt("add-group", "billing", "--from", "beginning").exit_code == 0
    assert rows(prompt("groups"))[0] == ["billing", "0", "0", "outside", "0"]
    with Redis(port=redis_server.port) as client:
        assert client.xreadgroup("shadower:billing", "me", {STREAM: ">"}) == []
        assert prompt("remove-group", "billing", "--yes").exit_code == 0
        with pytest.raises(ResponseError, match="NOGROUP"):
            client.xreadgroup("shadower:billing", "me", {STREAM: ">"})
