"""
Results of τ-bench (sierra-research/tau-bench, `historical_trajectories`) as events.

A result file is an array of runs: `task_id`, `trial`, `reward` (1.0 when solved), `info.task.user_id`, and the messages
`traj` with their tool calls. Nothing in it says when anything happened. So the clock is made up, and every event says
so in `data.clock`: run n begins n quarter-hours after the first, and each message takes ten seconds. Durations would be
made up too, so there are none.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from shadower.adapters.files.json_rows import JsonRows
from shadower.adapters.files.opened import OpenedFile
from shadower.application.ports.row_reader import FileUnreadable, Row
from shadower.domain.events.moments import micros_of, rfc3339

BETWEEN_RUNS = timedelta(minutes=15)
PER_MESSAGE = timedelta(seconds=10)
CLOCK = "made up: tau-bench records no times; 15 minutes between runs, 10 seconds a message"

SOURCE = "tau-bench"
_SOLVED = 1


def tau_bench_events(path: Path, start: datetime, agent: str, model: str) -> Iterator[dict[str, object]]:
    """
    Yield each run's tool calls and then the run, in the order of the file.

    A run is `agent.executed`, with success if and only if its reward is 1.0; a tool call is `tool.called`, with failure
    when the tool answered with an error. `start` needs an offset; ids begin with `agent`, so that files can be told
    apart. Raises FileUnreadable.
    """
    file = OpenedFile(path, None)
    try:
        for row in JsonRows(file, None):
            try:
                yield from _Run(row, start + (row.number - 1) * BETWEEN_RUNS, agent, model).events()
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                raise FileUnreadable(f"{path}: element {row.number} is not a run of tau-bench ({error!r}).") from error
    finally:
        file.close()


class _Run:
    def __init__(self, row: Row, start: datetime, agent: str, model: str) -> None:
        self._values = cast("Mapping[str, Any]", row.values)
        self._start = start
        self._messages: list[dict[str, Any]] = self._values["traj"]
        self._task = f"task-{self._values['task_id']}"
        self._name = f"{agent}/{self._task}-trial-{self._values['trial']}"
        self._told = {
            "source": SOURCE,
            "user_id": self._values["info"]["task"]["user_id"],
            "agent_id": agent,
            "session_id": self._name,
            "correlation_id": f"{agent}/{self._task}",
            "model": model,
        }

    def events(self) -> Iterator[dict[str, object]]:
        tools: list[str] = []
        for place, message in enumerate(self._messages):
            for call in message.get("tool_calls") or ():
                tools.append(call["function"]["name"])
                yield self._call(len(tools), call, self._answer(call, place))
        yield self._run(tools)

    def _answer(self, call: Mapping[str, Any], place: int) -> int | None:
        """The first one behind the call: ids of calls come again within a run."""
        behind = range(place + 1, len(self._messages))
        return next((at for at in behind if self._messages[at].get("tool_call_id") == call["id"]), None)

    def _call(self, number: int, call: Mapping[str, Any], answered: int | None) -> dict[str, object]:
        answer = "" if answered is None else str(self._messages[answered]["content"])
        failed = answered is None or answer.startswith("Error")
        return {
            "id": f"{self._name}-call-{number}",
            "type": "tool.called",
            "occurred_at": self._at(answered if answered is not None else len(self._messages) - 1),
            **self._told,
            "parent_id": self._name,
            "status": "failure" if failed else "success",
            **({"error_type": "no answer" if answered is None else "tool error"} if failed else {}),
            "data": {
                "tool": call["function"]["name"],
                "arguments": json.loads(call["function"]["arguments"]),
                **({"error": answer[:500]} if failed and answer else {}),
                "clock": CLOCK,
            },
        }

    def _run(self, tools: list[str]) -> dict[str, object]:
        reward = self._values["reward"]
        solved = reward == _SOLVED
        return {
            "id": self._name,
            "type": "agent.executed",
            "occurred_at": self._at(len(self._messages) - 1),
            **self._told,
            "status": "success" if solved else "failure",
            **({} if solved else {"error_type": "not solved"}),
            "data": {
                "task": self._task,
                "trial": self._values["trial"],
                "reward": reward,
                "messages": len(self._messages),
                "tool_calls": len(tools),
                "tools": sorted(set(tools)),
                "clock": CLOCK,
            },
        }

    def _at(self, place: int) -> str:
        return rfc3339(micros_of(self._start + place * PER_MESSAGE))
