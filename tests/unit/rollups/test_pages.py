from dataclasses import replace

import numpy as np
import pytest

from shadower.adapters.rollups.collect import Selection, collect
from shadower.adapters.rollups.differences import Cell, cells_of, differences, totals_of
from shadower.adapters.rollups.fold import fold
from shadower.adapters.rollups.merge import merge
from shadower.adapters.rollups.pages import PageBlobs, PageKey, PageRow, RollupUnreadable
from shadower.domain.events.moments import DAY, HOUR
from shadower.domain.metrics.pages import Family, Level, plan
from shadower.domain.metrics.question import Dimension
from shadower.domain.metrics.tally import Needs
from shadower.testing import NOW, an_event
from tests.unit.rollups.numbered import Numbers

TODAY = NOW // DAY * DAY
DAY_PAGE = PageKey(1, Family.ALL, 0, Level.DAY, TODAY)
CELL = Cell(0, 1, 1, 1, 1)


def test_a_batch_without_events_touches_no_page() -> None:
    assert merge({}, fold(Numbers().columns([]))) == {}


def test_an_event_without_agent_and_user_has_pages_with_key_0() -> None:
    pages = merge({}, fold(Numbers().columns([an_event(agent_id=None, user_id=None)])))
    assert {(key.family, key.key) for key in pages} == {(Family.ALL, 0), (Family.AGENT, 0), (Family.USER, 0)}
    agent_day = PageKey(1, Family.AGENT, 0, Level.DAY, TODAY)
    assert totals_of(agent_day, pages[agent_day])[Cell(0, 0, 0, 0, 0)].agents is None


def test_sums_beyond_64_bits_are_exact() -> None:
    largest = {"cost": 2**62 - 1, "credits": 2**62 - 1, "duration_us": 2**52}
    batch = fold(Numbers().columns([an_event(**largest)] * 1000))
    pages: dict[PageKey, PageBlobs] = {}
    for _ in range(6):
        pages |= merge(pages, batch)
    (cell,) = cells_of(DAY_PAGE, pages[DAY_PAGE]).values()
    (total,) = totals_of(DAY_PAGE, pages[DAY_PAGE]).values()
    for tally in (cell, total):
        assert tally.cost == tally.credits == tally.execution_cost == 6000 * (2**62 - 1)
        assert (tally.duration_sum, tally.duration_max) == (6000 * 2**52, 2**52)
    doubled = merge({DAY_PAGE: pages[DAY_PAGE]}, batch)
    assert cells_of(DAY_PAGE, doubled[DAY_PAGE])[CELL].cost == 7000 * (2**62 - 1)


def test_a_thousand_million_of_the_costliest_events_are_counted_exactly() -> None:
    """Contributions of a hundred million events each, made from one of them."""
    batch = fold(Numbers().columns([an_event(cost=10**15)]))
    cells, totals = batch.cells, batch.totals
    many = replace(
        batch,
        cells=replace(cells, sums=np.column_stack([cells.sums[:, :2] * 10**8, *_halves(cells.sums[:, 2:], 10**8)])),
        totals=replace(totals, sums=np.column_stack([totals.sums[:, :7] * 10**8, *_halves(totals.sums[:, 7:], 10**8)])),
    )
    pages: dict[PageKey, PageBlobs] = {}
    for _ in range(10):
        pages |= merge(pages, many)
    (tally,) = cells_of(DAY_PAGE, pages[DAY_PAGE]).values()
    (total,) = totals_of(DAY_PAGE, pages[DAY_PAGE]).values()
    assert (tally.events, tally.cost, total.execution_cost) == (10**9, 10**24, 10**24)


def _halves(amounts: np.ndarray, times: int) -> list[np.ndarray]:
    lows, highs = np.hsplit(amounts, 2)
    whole = ((highs.astype(object) << 32) + lows.astype(object)) * times
    return [(whole & (2**32 - 1)).astype(np.int64), (whole >> 32).astype(np.int64)]


def test_hundreds_of_ids_in_a_cell_are_all_counted_across_merges() -> None:
    numbers = Numbers()
    pages: dict[PageKey, PageBlobs] = {}
    for first in (0, 100, 150):
        events = [an_event(user_id=f"user {number}") for number in range(first, first + 120)]
        pages |= merge(pages, fold(numbers.columns(events)))
    assert set(cells_of(DAY_PAGE, pages[DAY_PAGE])[CELL].users or ()) == set(range(1, 271))


def test_a_page_of_an_unknown_format_is_refused_when_merging_and_when_reading() -> None:
    batch = fold(Numbers().columns([an_event()]))
    pages = merge({}, batch)
    pages[DAY_PAGE] = pages[DAY_PAGE]._replace(total_sums=b"\x7f\x00\x01\x00")
    with pytest.raises(RollupUnreadable):
        merge(pages, batch)
    row = PageRow(Level.DAY, TODAY, 0, pages[DAY_PAGE].total_sums)
    with pytest.raises(RollupUnreadable):
        collect([row], Selection(plan(Family.ALL, [TODAY, TODAY + DAY]), Needs.SUMS))


def test_durations_of_a_cell_the_page_does_not_have_are_refused() -> None:
    pages = merge({}, fold(Numbers().columns([an_event(model=model) for model in ("a", "b")])))
    few, many = merge({}, fold(Numbers().columns([an_event()])))[DAY_PAGE], pages[DAY_PAGE]
    with pytest.raises(RollupUnreadable, match="does not have"):
        cells_of(DAY_PAGE, few._replace(cell_hist=many.cell_hist))


def test_pages_cannot_answer_by_a_dimension_they_do_not_know() -> None:
    pages = merge({}, fold(Numbers().columns([an_event()])))
    row = PageRow(Level.DAY, TODAY, 0, *pages[DAY_PAGE][3:])
    days = plan(Family.ALL, [TODAY, TODAY + DAY])
    with pytest.raises(ValueError, match="cannot be told apart"):
        collect([row], Selection(days, Needs.SUMS, group_by=Dimension.AGENT))


def test_only_what_is_needed_is_to_be_read() -> None:
    agents = plan(Family.AGENT, [TODAY, TODAY + DAY])
    users = plan(Family.USER, [TODAY, TODAY + DAY])
    assert Selection(agents, Needs.ALL, {Dimension.AGENT: 1}).wanted.totals
    assert not Selection(agents, Needs.ALL, {Dimension.AGENT: 1}, Dimension.MODEL).wanted.totals
    assert not Selection(users, Needs.ALL, {Dimension.USER: 1}).wanted.totals
    assert not Selection(agents, Needs.AGENTS).wanted.sets
    assert Selection(agents, Needs.USERS).wanted.sets
    assert not Selection(agents, Needs.USERS).wanted.hist


def test_nothing_differs_between_equal_pages() -> None:
    pages = merge({}, fold(Numbers().columns([an_event()])))
    assert list(differences(pages, dict(pages))) == []


def test_differences_say_what_is_wrong_and_where() -> None:
    numbers = Numbers()
    once = merge({}, fold(numbers.columns([an_event()])))
    twice = merge(once, fold(numbers.columns([an_event(user_id="grace", duration_us=64)])))
    lines = list(differences({DAY_PAGE: once[DAY_PAGE]}, {DAY_PAGE: twice[DAY_PAGE]}))
    place = "workspace 1, all, day page of 2026-01-31T00:00Z, cell of slot 0, type 1, source 1, model 1, status success"
    assert f"{place}: events 2, expected 1" in lines
    assert f"{place}: users too many: 2" in lines
    assert f"{place}: 1 counts of durations differ, from bin 64 on" in lines
    assert f"{place}: duration_min 64, expected 1200000" in lines
    assert list(differences({DAY_PAGE: twice[DAY_PAGE]}, {DAY_PAGE: once[DAY_PAGE]}))[-1].endswith("users missing: 2")


def test_missing_superfluous_and_damaged_pages_are_differences() -> None:
    pages = merge({}, fold(Numbers().columns([an_event()])))
    page = "workspace 1, all, day page of 2026-01-31T00:00Z"
    assert list(differences({DAY_PAGE: pages[DAY_PAGE]}, {})) == [f"{page}: the page is missing"]
    assert list(differences({}, {DAY_PAGE: pages[DAY_PAGE]})) == [f"{page}: there should be no such page"]
    damaged = pages[DAY_PAGE]._replace(cell_hist=b"\x01\x80what")
    (line,) = differences({DAY_PAGE: pages[DAY_PAGE]}, {DAY_PAGE: damaged})
    assert line.startswith(f"{page}: A rollup page does not decompress")


def test_a_days_total_comes_from_its_day_page() -> None:
    assert plan(Family.ALL, [TODAY, TODAY + DAY]).pages() == [(Level.DAY, (TODAY, TODAY + DAY))]


def test_a_day_in_kathmandu_takes_hours_and_quarters_from_pages_on_both_sides() -> None:
    midnight = TODAY - 5 * HOUR - 3 * HOUR // 4
    found = plan(Family.ALL, [midnight, midnight + DAY])
    assert found.raw == []
    assert found.runs == {
        Level.HOUR: [(TODAY - 5 * HOUR, TODAY + 18 * HOUR)],
        Level.QUARTER: [(midnight, TODAY - 5 * HOUR), (TODAY + 18 * HOUR, midnight + DAY)],
    }
    assert (Level.QUARTER, (TODAY - 6 * HOUR, TODAY - 5 * HOUR)) in found.pages()


def test_what_no_quarter_hour_fits_is_read_from_the_events() -> None:
    found = plan(Family.USER, [NOW + 1, NOW + 2, NOW + HOUR + 5])
    assert found.raw == [(0, NOW + 1, NOW + 2), (1, NOW + 2, NOW + HOUR // 4), (1, NOW + HOUR, NOW + HOUR + 5)]
    assert found.runs == {Level.QUARTER: [(NOW + HOUR // 4, NOW + HOUR)]}
    assert found.pages() == [(Level.QUARTER, (TODAY, NOW + HOUR))]
