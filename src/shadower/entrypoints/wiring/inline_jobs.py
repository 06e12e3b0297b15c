"""Jobs done there and then by whoever puts them off."""

from collections.abc import Callable

from shadower.adapters.memory.task_queues import InlineTaskQueue
from shadower.application.take_job import TakeJob
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.wiring.bundle import QueueBundle


def queue_bundle(settings: Settings, take: Callable[[], TakeJob]) -> QueueBundle:  # noqa: ARG001 - nothing to choose
    """Return it."""
    queue = InlineTaskQueue(take)
    return QueueBundle(queue, queue)
