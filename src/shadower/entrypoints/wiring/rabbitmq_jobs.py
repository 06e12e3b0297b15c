"""Jobs done by any process that is told through RabbitMQ."""

from collections.abc import Callable

from shadower.adapters.dramatiq.rabbitmq_brokers import RabbitmqBrokers
from shadower.adapters.dramatiq.task_queue import DramatiqTaskQueue
from shadower.adapters.dramatiq.workers import DramatiqWorkers
from shadower.application.take_job import TakeJob
from shadower.entrypoints.settings import Settings
from shadower.entrypoints.wiring.bundle import QueueBundle


def queue_bundle(settings: Settings, take: Callable[[], TakeJob]) -> QueueBundle:  # noqa: ARG001 - workers are given it
    """Return it, on the server that the settings name."""
    brokers = RabbitmqBrokers(settings.broker_url or "")
    return QueueBundle(DramatiqTaskQueue(brokers), DramatiqWorkers(brokers))
