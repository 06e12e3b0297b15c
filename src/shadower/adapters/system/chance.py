"""The machine's own dice."""

from random import random

from shadower.application.ports.chance import Chance


class SystemChance(Chance):
    """Good enough for whatever is no secret."""

    def fraction(self) -> float:
        return random()  # noqa: S311 - as said
