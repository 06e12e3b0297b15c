"""The arithmetic of cron expressions."""

from abc import abstractmethod
from typing import Protocol
from zoneinfo import ZoneInfo


class Cron(Protocol):
    """
    Says at which instants an expression is due by a zone's clock.

    An expression has five fields: minute, hour, day of the month, month, day of the week. Moments of certain hours come
    once on the day the clock changes, as on any other: one that the clock skips is made up for at once when it goes on
    (several of them together), and one that it shows twice is due at the first. Where the hour is `*`, time goes by as
    it does: every quarter of an hour is every quarter of an hour.
    """

    @abstractmethod
    def check(self, expression: str) -> None:
        """Raise CronInvalid unless there are such moments."""

    @abstractmethod
    def after(self, expression: str, zone: ZoneInfo, instant: int) -> int:
        """Return the first slot (micros) after the instant. Raises CronInvalid."""
