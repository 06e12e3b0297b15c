"""Randomness, from outside."""

from abc import abstractmethod
from typing import Protocol


class Secrets(Protocol):
    """Makes what nobody can guess."""

    @abstractmethod
    def event_id(self, now: int) -> str:
        """Return a new UUIDv7 (canonical text) for this moment (micros)."""

    @abstractmethod
    def token(self) -> str:
        """Return 256 random bits as 43 URL-safe characters."""
