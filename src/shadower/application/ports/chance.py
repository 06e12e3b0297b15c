"""Chance, from outside. Nothing secret comes from it."""

from abc import abstractmethod
from typing import Protocol


class Chance(Protocol):
    """Throws dice."""

    @abstractmethod
    def fraction(self) -> float:
        """Return a number from [0, 1), each as likely as any other."""
