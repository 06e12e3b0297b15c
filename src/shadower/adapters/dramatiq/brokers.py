"""
The brokers that nudges go through.

A nudge is a message without content: the jobs are rows. So nothing is lost with the broker, and nothing of Dramatiq's
middleware (retries, time limits, results…) is needed.
"""

from abc import abstractmethod
from typing import Final, Protocol

from dramatiq import Broker, Message

ACTOR: Final = "take_job"


class Brokers(Protocol):
    """One kind of broker."""

    technology: str
    errors: tuple[type[Exception], ...]
    """What it raises when it cannot be reached."""

    @abstractmethod
    def connect(self) -> Broker:
        """Return a new broker, which connects when it is first used."""

    @abstractmethod
    def close(self, broker: Broker) -> None:
        """Let go of the broker's connections."""

    @abstractmethod
    def waiting(self, broker: Broker, queue: str) -> int:
        """Return how many nudges wait in the queue."""


def a_nudge(queue: str) -> "Message[None]":
    """Return the message that tells one worker of this queue to look."""
    return Message(queue_name=queue, actor_name=ACTOR, args=(), kwargs={}, options={})
