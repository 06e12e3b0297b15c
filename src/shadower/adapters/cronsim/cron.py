"""Cron expressions by the library cronsim, which does as the cron of Debian does."""

from datetime import timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from shadower.application.ports.cron import Cron
from shadower.domain.events.moments import MINUTE, datetime_of, micros_of
from shadower.domain.metrics.zones import local_time, offset_at
from shadower.domain.schedules.schedule import CronInvalid

_FIELDS: Final = 5
_MINUTES: Final = "0-59"
_HOURS: Final = "0-23"


class CronsimCron(Cron):
    """Five fields only: with seconds, cronsim goes by other rules."""

    def check(self, expression: str) -> None:
        self.after(expression, ZoneInfo("UTC"), 0)

    def after(self, expression: str, zone: ZoneInfo, instant: int) -> int:
        fields = expression.split()
        if len(fields) != _FIELDS:
            raise CronInvalid(f"{expression!r} must have five fields: minute, hour, day, month, weekday.")
        try:
            slot = _as_time_goes(expression, zone, instant) if fields[1] == "*" else _as_shown(fields, zone, instant)
        except CronSimError as error:
            raise CronInvalid(f"{expression!r} is no cron expression: {error}.") from error
        if slot is None:
            raise CronInvalid(f"{expression!r} names no moment in the next fifty years.")
        return slot


def _as_shown(fields: list[str], zone: ZoneInfo, instant: int) -> int | None:
    """
    Go by what a clock would show, had it not been changed.

    Like Debian's cron, cronsim would let slots fall into the hour that is skipped, and run them twice in the one that
    comes twice, as soon as the minute or the hour begins with a star, be it `*/15 2 * * *`: so stars are spelt out.
    """
    minute, hour, *rest = fields
    spelt_out = " ".join((minute.replace("*", _MINUTES), hour.replace("*", _HOURS), *rest))
    # It reckons in local time, where the second of two equal times looks like the first: then what it says follows may
    # lie before.
    slots = (micros_of(moment) for moment in CronSim(spelt_out, local_time(instant, zone)))
    return next((slot for slot in slots if slot > instant), None)


def _as_time_goes(expression: str, zone: ZoneInfo, instant: int) -> int | None:
    """
    Go by the time that passes: what is due in every hour is due in both of a doubled one, in the local time of each.

    Cronsim would leave out the slots of a doubled half-hour (Lord Howe). So it is asked with an offset that does not
    change, and from the next change of the clock on with the new one.
    """
    offset = offset_at(instant, zone)
    while True:
        fixed = timezone(timedelta(microseconds=offset))
        moment = next(CronSim(expression, datetime_of(instant).astimezone(fixed)), None)
        slot = None if moment is None else micros_of(moment)
        if slot is None or offset_at(slot, zone) == offset:
            return slot
        change = _change(zone, instant, slot)
        instant, offset = change - MINUTE, offset_at(change, zone)


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the whole minute, after `before` and up to `after`, from which on the clock is another."""
    before -= before % MINUTE
    offset = offset_at(before, zone)
    while after - before > MINUTE:
        middle = before + (after - before) // (2 * MINUTE) * MINUTE
        if offset_at(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after
