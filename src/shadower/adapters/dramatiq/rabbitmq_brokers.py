"""Nudges through RabbitMQ."""

import pika.exceptions  # type: ignore[import-untyped]
from dramatiq import Broker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.errors import BrokerConnectionError

from shadower.adapters.dramatiq.brokers import Brokers


class RabbitmqBrokers(Brokers):
    """On one virtual host."""

    technology = "rabbitmq"
    errors = (pika.exceptions.AMQPError, BrokerConnectionError, OSError)

    def __init__(self, url: str) -> None:
        self._url = url

    def connect(self) -> Broker:
        return RabbitmqBroker(url=self._url, confirm_delivery=True, middleware=[])

    def close(self, broker: Broker) -> None:
        broker.close()

    def waiting(self, broker: Broker, queue: str) -> int:
        if not isinstance(broker, RabbitmqBroker):
            raise TypeError(f"{broker!r} is none of ours.")
        broker.declare_queue(queue, ensure=True)
        return int(broker.get_queue_message_counts(queue)[0])
