"""Results of τ-bench as events."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shadower.adapters.files.tau_bench import CLOCK, tau_bench_events
from shadower.application.ports.row_reader import FileUnreadable

START = datetime(2024, 5, 15, 20, tzinfo=UTC)
REAL = Path(__file__).parents[3].parent / "shared" / "data" / "tau_bench_airline_gpt4o.json"

RUN: dict[str, Any] = {
    "task_id": 7,
    "trial": 1,
    "reward": 1.0,
    "info": {"task": {"user_id": "mia_li_3668"}},
    "traj": [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "tool_calls": [{"id": "c", "function": {"name": "look_up", "arguments": '{"user": "mia"}'}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "found"},
        {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "book", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "Error: no seats"},
    ],
}


def converted(tmp_path: Path, *runs: object) -> list[dict[str, Any]]:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(runs))
    return [*tau_bench_events(path, START, "airline", "gpt-4o")]


def test_a_run_comes_behind_its_tool_calls_on_a_clock_that_says_it_is_made_up(tmp_path: Path) -> None:
    look_up, book, run = converted(tmp_path, RUN)

    assert [event["occurred_at"] for event in (look_up, book, run)] == [
        "2024-05-15T20:00:20Z",
        "2024-05-15T20:00:40Z",
        "2024-05-15T20:00:40Z",
    ]
    assert all(event["data"]["clock"] == CLOCK for event in (look_up, book, run))
    assert not any("duration_ms" in event for event in (look_up, book, run))


def test_tool_calls_belong_to_their_run(tmp_path: Path) -> None:
    look_up, book, run = converted(tmp_path, RUN)

    assert {look_up["parent_id"], book["parent_id"]} == {run["id"]} == {"airline/task-7-trial-1"}
    assert {event["session_id"] for event in (look_up, book, run)} == {run["id"]}
    assert (look_up["status"], look_up["data"]["arguments"]) == ("success", {"user": "mia"})
    assert (book["status"], book["error_type"], book["data"]["error"]) == ("failure", "tool error", "Error: no seats")


@pytest.mark.parametrize(("reward", "status"), [(1.0, "success"), (1, "success"), (0.0, "failure"), (0.5, "failure")])
def test_only_a_reward_of_one_is_a_success(tmp_path: Path, reward: float, status: str) -> None:
    *_, run = converted(tmp_path, {**RUN, "reward": reward})

    assert (run["type"], run["status"], run["user_id"]) == ("agent.executed", status, "mia_li_3668")


def test_runs_begin_a_quarter_of_an_hour_apart(tmp_path: Path) -> None:
    *_, last = converted(tmp_path, RUN, {**RUN, "trial": 2})

    assert last["occurred_at"] == "2024-05-15T20:15:40Z"


@pytest.mark.parametrize("element", [5, {}, {**RUN, "traj": [5]}, {**RUN, "info": None}])
def test_what_is_no_run_is_told_by_its_number(tmp_path: Path, element: object) -> None:
    with pytest.raises(FileUnreadable, match="element 2 is not a run"):
        converted(tmp_path, RUN, element)


if REAL.exists():

    def test_the_published_results_become_two_hundred_runs() -> None:
        events: list[dict[str, Any]] = [*tau_bench_events(REAL, START, "airline", "gpt-4o")]

        assert Counter((event["type"], event["status"]) for event in events) == {
            ("agent.executed", "success"): 84,
            ("agent.executed", "failure"): 116,
            ("tool.called", "success"): 1091,
            ("tool.called", "failure"): 73,
        }
        assert len({event["id"] for event in events}) == len(events)
