"""Jobs done by this process."""

from collections.abc import Callable

from shadower.adapters.in_process.task_queue import InProcessTaskQueue
from shadower.application.take_job import TakeJob
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.wiring.bundle import QueueBundle


def queue_bundle(settings: Settings, take: Callable[[], TakeJob]) -> QueueBundle:  # noqa: ARG001 - nothing to choose
    """Return it."""
    queue = InProcessTaskQueue()
    return QueueBundle(queue, queue)
