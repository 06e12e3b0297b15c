"""How busy a company is at a given moment, and when its weakest model has a bad afternoon."""

from datetime import datetime
from math import cos, exp, pi
from zoneinfo import ZoneInfo

from shadower.domain.events.moments import DAY, datetime_of
from shadower.entrypoints.demo.cast import Company

MONTH = 33 * DAY
"""How far the demo's past reaches."""

_GROWTH_A_DAY = 0.028
_WEEKEND = 0.6
_NIGHT = 0.4
_BUSIEST_HOUR = 14
_BAD_AFTERNOON_EVERY = 11
_BAD_FROM, _BAD_TO = 13, 17


class Rhythm:
    """Depends on the moment and on when the demo was born, and on nothing else: the same every time it is asked."""

    def __init__(self, company: Company, born: int) -> None:
        """`born`: micros."""
        self._company = company
        self._born = born
        self._zone = ZoneInfo(company.zone)

    def runs_a_minute(self, moment: int) -> float:
        """Return how many runs to expect in the minute that begins at this moment (micros)."""
        local = datetime_of(moment).astimezone(self._zone)
        grown = exp(_GROWTH_A_DAY * min(moment - self._born, 0) / DAY)
        day = _WEEKEND if local.weekday() >= 5 else 1.0
        return self._company.runs_a_day / (24 * 60) * grown * day * _daylight(local)

    def trouble(self, moment: int, model: str) -> float:
        """Return by how much runs of the model fail more often and take longer: 0 on a normal day, up to 1."""
        local = datetime_of(moment).astimezone(self._zone)
        bad_day = (local.toordinal() + len(self._company.slug)) % _BAD_AFTERNOON_EVERY == 0
        if model != self._company.weakest_model or not bad_day or not _BAD_FROM <= local.hour < _BAD_TO:
            return 0.0
        through = (local.hour - _BAD_FROM + local.minute / 60) / (_BAD_TO - _BAD_FROM)
        return 4 * through * (1 - through)

    def adopted(self, moment: int) -> float:
        """Return how far the agents' second model has taken over from the first: 0 a month ago, 1 from the birth on."""
        return min(max(1 + (moment - self._born) / MONTH, 0.0), 1.0)


def _daylight(local: datetime) -> float:
    """Averages 1 over a day."""
    hour = local.hour + local.minute / 60
    wave = (1 + cos((hour - _BUSIEST_HOUR) / 24 * 2 * pi)) / 2
    return _NIGHT + (1 - _NIGHT) * 2 * wave
