"""Cron expressions by the library cronsim, which does as the cron of Debian does."""

from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from shadower.application.ports.cron import Cron
from shadower.domain.events.moments import micros_of
from shadower.domain.metrics.zones import local_time
from shadower.domain.schedules.schedule import CronInvalid

_FIELDS: Final = 5
_MINUTES: Final = "0-59"
_HOURS: Final = "0-23"


class CronsimCron(Cron):
    """Five fields only: with seconds, cronsim goes by other rules."""

    def check(self, expression: str) -> None:
        self.after(expression, ZoneInfo("UTC"), 0)

    def after(self, expression: str, zone: ZoneInfo, instant: int) -> int:
        try:
            # It reckons in local time, where the second of two equal times looks like the first: then what it says
            # follows may lie before.
            for moment in CronSim(_spelt_out(expression), local_time(instant, zone)):
                slot = micros_of(moment)
                if slot > instant:
                    return slot
        except CronSimError as error:
            raise CronInvalid(f"{expression!r} is no cron expression: {error}.") from error
        raise CronInvalid(f"{expression!r} names no moment in the next fifty years.")


def _spelt_out(expression: str) -> str:
    """
    Return the expression as cronsim gets it right.

    Like Debian's cron it would let slots fall into the hour that is skipped, and run them twice in the one that comes
    twice, as soon as the minute or the hour begins with a star, be it `*/15 2 * * *`.
    """
    fields = expression.split()
    if len(fields) != _FIELDS:
        raise CronInvalid(f"{expression!r} must have five fields: minute, hour, day, month, weekday.")
    minute, hour, *rest = fields
    if hour == "*":
        return expression
    return " ".join((minute.replace("*", _MINUTES), hour.replace("*", _HOURS), *rest))
