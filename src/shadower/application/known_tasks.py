"""Every task there is, by its kind."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from shadower.application.ports.task import Task
from shadower.domain.jobs.errors import JobKindUnknown
from shadower.domain.jobs.job import Queue


class KnownTasks:
    """What the container lists as `tasks`. Two of one kind are a fault of the wiring."""

    def __init__(self, tasks: Callable[[], Sequence[Task]]) -> None:
        """`tasks` is asked when first needed: a task may itself put work off, for which every task must be known."""
        self._listed = tasks

    def of_kind(self, kind: str) -> Task:
        """Raises JobKindUnknown."""
        if kind not in self._tasks:
            raise JobKindUnknown(f"There is no task {kind!r}.", field="kind")
        return self._tasks[kind]

    def kinds_of(self, queue: Queue) -> frozenset[str]:
        """Return the kinds that wait in this queue."""
        return frozenset(task.kind for task in self._tasks.values() if task.queue is queue)

    def on_request(self) -> Sequence[Task]:
        """Return those an administrator may ask for, by kind."""
        return [task for _, task in sorted(self._tasks.items()) if task.on_request]

    @cached_property
    def _tasks(self) -> Mapping[str, Task]:
        tasks = self._listed()
        twice = [kind for kind, many in Counter(task.kind for task in tasks).items() if many > 1]
        if twice:
            raise ValueError(f"several tasks are of the kind {', '.join(twice)}")
        return {task.kind: task for task in tasks}
