"""What has been told, counted for operators."""

from collections import Counter

from shadower.application.live.messages import Ending, Gap, Message


class Counts:
    """Of all connections of this process, since it started."""

    def __init__(self) -> None:
        self.messages = 0
        self.gaps = 0
        self.ended: Counter[Ending] = Counter()
        self.refused: Counter[str] = Counter()
        """By the code of the error."""

    def told(self, message: Message) -> None:
        """A message was taken in."""
        self.messages += 1
        self.gaps += isinstance(message, Gap)
