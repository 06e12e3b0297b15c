"""The arithmetic of cron expressions."""

from abc import abstractmethod
from typing import Protocol
from zoneinfo import ZoneInfo


class Cron(Protocol):
    """
    Says at which instants an expression is due by a zone's clock.

    An expression has five fields: minute, hour, day of the month, month, day of the week. Where its minute and its hour
    are fixed, the day the clock changes is no exception: a moment that the clock skips is made up for when it goes on,
    and one that it shows twice is due at the first. Where one of them begins with `*`, time goes by as it does: every
    quarter of an hour is every quarter of an hour. (The cron of Debian does the same.)
    """

    @abstractmethod
    def check(self, expression: str) -> None:
        """Raise CronInvalid unless there are such moments."""

    @abstractmethod
    def after(self, expression: str, zone: ZoneInfo, instant: int) -> int:
        """Return the first slot (micros) after the instant. Raises CronInvalid."""
