"""The library without `await`."""

import asyncio
import threading
from pathlib import Path

import pytest

import shadower

RUN = {"type": "agent.executed", "status": "success", "id": "a", "session_id": "s", "agent_id": "bot"}


def test_everything_can_be_done_without_await(tmp_path: Path) -> None:
    with shadower.connect(f"sqlite:///{tmp_path}/x.db") as sh:
        assert sh.ingest([RUN]).stored == 1
        assert sh.summary("executions")["executions"] == 1
        assert sum(row["value"] for row in sh.timeseries("executions", timeframe="24h")) == 1
        assert sh.breakdown("agent_id", "executions").to_dicts() == [{"agent_id": "bot", "executions": 1}]
        assert len(sh.events()) == len(sh.sessions()) == 1
        assert sh.event("a")["client_id"] == sh.session("s").timeline.to_dicts()[0]["client_id"]
        assert sh.workspace().slug == sh.slug == "default"
        sh.rebuild()
        assert sh.verify() == []
    sh.close()


async def test_it_works_where_a_loop_is_running_already() -> None:
    with shadower.connect("memory://") as sh:
        assert sh.ingest([RUN]).stored == 1


def test_several_threads_may_use_one_connection() -> None:
    with shadower.connect("memory://") as sh:
        threads = [threading.Thread(target=sh.ingest, args=([RUN | {"id": str(n)}],)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sh.summary("executions")["executions"] == 8


def test_a_failed_opening_leaves_no_thread_behind(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with pytest.raises(shadower.ShadowerError, match="nobody"):
        shadower.connect(f"sqlite:///{tmp_path}/x.db", workspace="nobody")
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()


def test_closing_ends_its_thread() -> None:
    before = threading.active_count()
    with shadower.connect("memory://"):
        assert threading.active_count() > before
    assert threading.active_count() == before


def test_every_method_has_its_twin() -> None:
    def methods(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert methods(shadower.Shadower) == methods(shadower.BlockingShadower)
    assert all(
        not asyncio.iscoroutinefunction(getattr(shadower.BlockingShadower, name)) for name in methods(shadower.Shadower)
    )
