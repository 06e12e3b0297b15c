"""Answers about metrics as bytes."""

from abc import abstractmethod
from typing import Protocol, TypeVar

from shadower.domain.metrics.answer import Answer

AnswerT = TypeVar("AnswerT", bound=Answer)


class AnswerCodec(Protocol):
    """What one version writes, no other reads: to that it is not there."""

    @abstractmethod
    def encode(self, answer: Answer) -> bytes | None:
        """Return the bytes, None for an answer that cannot be written."""

    @abstractmethod
    def decode(self, kept: bytes, kind: type[AnswerT]) -> AnswerT | None:
        """Return the answer, None when it cannot be read as one of this kind."""
