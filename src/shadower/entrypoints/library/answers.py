"""What the library answers: the values of an answer and what they hold for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from shadower.application.charts.of_answer import HEIGHT, WIDTH, chart_of
from shadower.domain.metrics import answer as core
from shadower.domain.metrics.calendar import Range, local_time
from shadower.domain.metrics.decimals import Value
from shadower.entrypoints.library.tables import Row, Table, needed

_Answer = TypeVar("_Answer", bound=core.Answer)


class Answer(Table, Generic[_Answer]):
    """A table that says what it holds for. Times are datetimes in the workspace's time zone."""

    def __init__(self, answer: _Answer, rows: list[Row]) -> None:
        super().__init__(rows)
        self._answer = answer

    @property
    def start(self) -> datetime:
        """Of the range; included."""
        return local_time(self._answer.range.start, self._answer.zone)

    @property
    def end(self) -> datetime:
        """Of the range; excluded."""
        return local_time(self._answer.range.end, self._answer.zone)

    @property
    def time_zone(self) -> str:
        """Of the workspace."""
        return self._answer.zone.key

    @property
    def fresh_to(self) -> datetime:
        """Everything acknowledged before this is counted."""
        return local_time(self._answer.fresh_to, self._answer.zone)

    @property
    def exact(self) -> bool:
        """Whether every event of the range is counted."""
        return self._answer.exact

    @property
    def reason(self) -> str | None:
        """Why the answer is not exact; None when it is."""
        return None if self._answer.shortfall is None else str(self._answer.shortfall)

    @property
    def degraded(self) -> bool:
        """Whether something needed for the whole answer was away."""
        return self._answer.degraded

    def _previous(self, period: Range | None) -> tuple[datetime, datetime] | None:
        if period is None:
            return None
        return local_time(period.start, self._answer.zone), local_time(period.end, self._answer.zone)


class Summary(Answer[core.Summary]):
    """Metrics of a range: a row each, and by name: `summary["executions"]`."""

    def __init__(self, answer: core.Summary) -> None:
        super().__init__(answer, [_figure_row(name, figure) for name, figure in answer.metrics.items()])

    def __getitem__(self, metric: str) -> Value:
        return self._answer.metrics[metric].value

    @property
    def previous(self) -> tuple[datetime, datetime] | None:
        """The period compared with, from and to."""
        return self._previous(self._answer.previous)


class Timeseries(Answer[core.Timeseries]):
    """Metrics over time: a row for each start, metric and group."""

    def __init__(self, answer: core.Timeseries) -> None:
        grouped = any(series.group is not None for series in answer.series)
        rows = _series_rows(answer, answer.buckets, answer.series, grouped=grouped)
        if answer.previous is not None:
            rows = [{**row, "period": "current"} for row in rows]
            earlier = _series_rows(answer, answer.previous.buckets, answer.previous.series, grouped=grouped)
            rows += [{**row, "period": "previous"} for row in earlier]
        super().__init__(answer, rows)

    @property
    def interval(self) -> str:
        """The width of a bucket."""
        return self._answer.interval.value

    @property
    def totals(self) -> list[Row]:
        """Each series over the whole range: computed from its events, not from its points."""
        grouped = any(series.group is not None for series in self._answer.series)
        return [{**_series_head(series, grouped=grouped), "total": series.total} for series in self._answer.series]

    @property
    def previous(self) -> tuple[datetime, datetime] | None:
        """The period compared with, from and to."""
        earlier = self._answer.previous
        return self._previous(None if earlier is None else earlier.range)

    def spec(self, *, width: int = WIDTH, height: int = HEIGHT) -> dict[str, Any]:
        """Return the chart as a Vega-Lite specification with its data. Raises MixedUnits."""
        return chart_of(self._answer, width=width, height=height)

    def chart(self, *, width: int = WIDTH, height: int = HEIGHT) -> Any:  # noqa: ANN401 - known only with Altair
        """Return the chart for Altair, which shows in notebooks, offline too. Raises ExtraMissing, MixedUnits."""
        needed("altair", "charts")
        from shadower.entrypoints.library.notebook_chart import NotebookChart  # noqa: PLC0415 - it needs Altair

        return NotebookChart.from_dict(self.spec(width=width, height=height))


class Breakdown(Answer[core.Breakdown]):
    """
    Metrics by the values of a dimension: a row each, in the order asked for.

    Compared, `executions` is followed by `executions_previous` and `executions_change`.
    """

    def __init__(self, answer: core.Breakdown) -> None:
        self._compared = answer.previous is not None
        rows = [{answer.by.value: row.key, **self._values(row.metrics)} for row in answer.rows]
        super().__init__(answer, rows)

    @property
    def by(self) -> str:
        """The dimension."""
        return self._answer.by.value

    @property
    def other(self) -> Row | None:
        """All events beyond the rows together, None when there are none."""
        return None if self._answer.other is None else self._values(self._answer.other)

    @property
    def previous(self) -> tuple[datetime, datetime] | None:
        """The period compared with, from and to."""
        return self._previous(self._answer.previous)

    def _values(self, metrics: Mapping[str, core.Figure]) -> Row:
        row: Row = {}
        for name, figure in metrics.items():
            row[name] = figure.value
            if self._compared:
                row |= {f"{name}_previous": figure.previous, f"{name}_change": figure.change}
        return row


def _figure_row(name: str, figure: core.Figure) -> Row:
    return {"metric": name, "value": figure.value, "previous": figure.previous, "change": figure.change}


def _series_rows(
    answer: core.Timeseries, buckets: Sequence[Any], series: Sequence[core.Series], *, grouped: bool
) -> list[Row]:
    starts = [local_time(bucket.label, answer.zone) for bucket in buckets]
    return [
        {"start": start, **_series_head(one, grouped=grouped), "value": value}
        for one in series
        for start, value in zip(starts, one.values, strict=True)
    ]


def _series_head(series: core.Series, *, grouped: bool) -> Row:
    head: Row = {"metric": series.metric}
    if grouped and series.group is not None:
        head[series.group.dimension.value] = series.group.value
        head["rest"] = series.group.is_rest
    return head
