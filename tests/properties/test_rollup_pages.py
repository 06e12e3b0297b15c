"""Pages folded and merged in any way hold what the plain reference says, and answer as the events themselves would."""

from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shadower.adapters.rollups.collect import Selection, collect
from shadower.adapters.rollups.differences import Cell, differences, totals_of
from shadower.adapters.rollups.fold import fold
from shadower.adapters.rollups.merge import merge
from shadower.adapters.rollups.pages import EVERYBODY, PageBlobs, PageKey, PageRow
from shadower.adapters.rollups.parts import Parts
from shadower.adapters.rollups.views import PagesOfSpan, ViewKey, Views, added_up, views_of_pages
from shadower.domain.events.event import Event
from shadower.domain.metrics.pages import QUARTER, Family, Level, Plan, family_for, fold_plain, plan, slot_width
from shadower.domain.metrics.question import Dimension
from shadower.domain.metrics.spans import Span, Width, fewest, spans_over, view_for
from shadower.domain.metrics.tally import Needs, Tally, merged
from shadower.testing import NOW, an_event
from tests.unit.rollups.numbered import Numbers, all_cells, plainly

FIRST = NOW - 3 * 86_400_000_000
moments = st.builds(
    lambda quarter, inside: FIRST + quarter * QUARTER + inside,
    st.integers(0, 400),
    st.sampled_from([0, 1, QUARTER - 1]) | st.integers(0, QUARTER - 1),
)
events = st.builds(
    an_event,
    occurred_at=moments,
    type=st.sampled_from(["agent.executed", "agent.failed", "user.login", "credit.consumed"]),
    source=st.sampled_from(["api", "cron", "shadower"]),
    status=st.sampled_from([None, "success", "failure", "cancelled"]),
    duration_us=st.none() | st.integers(0, 200) | st.integers(0, 10**13),
    credits=st.none() | st.integers(0, 10**12),
    cost=st.none() | st.integers(0, 10**15),
    tokens_in=st.none() | st.integers(0, 10**12),
    tokens_out=st.none() | st.integers(0, 10**12),
    model=st.sampled_from([None, "small-1", "large-2"]),
    user_id=st.none() | st.sampled_from("abc"),
    agent_id=st.none() | st.sampled_from("xyz"),
    session_id=st.none() | st.sampled_from("stuvw"),
)
zones = st.sampled_from(["UTC", "Asia/Kathmandu", "America/Havana"])
logs = st.lists(events, max_size=15)
Question = tuple[dict[Dimension, set[str | None]], Dimension | None]
"""Any of these values of each dimension filtered by, and the one to group by."""
needs = st.sampled_from([Needs.SUMS, Needs.HISTOGRAM, Needs.USERS, Needs.AGENTS | Needs.SESSIONS, Needs.ALL])


@settings(deadline=None)
@given(logs)
def test_folding_fast_gives_what_folding_plainly_gives(log: list[Event]) -> None:
    numbers = Numbers()
    pages = merge({}, fold(numbers.columns(log)))
    assert all_cells(pages) == numbers.pages(fold_plain(log))


@settings(deadline=None)
@given(logs)
def test_the_totals_of_a_slot_are_its_cells_together(log: list[Event]) -> None:
    for key, blobs in merge({}, fold(Numbers().columns(log))).items():
        cells = all_cells({key: blobs})[key]
        slots = {cell.slot for cell in cells} if key.family != Family.USER else set()
        together = {
            Cell(slot, 0, 0, 0, 0): merged(tally for cell, tally in cells.items() if cell.slot == slot)
            for slot in slots
        }
        assert {cell: plainly(tally) for cell, tally in totals_of(key, blobs).items()} == together


@settings(deadline=None)
@given(logs, st.data())
def test_any_split_and_order_of_the_events_gives_the_same_pages(log: list[Event], data: st.DataObject) -> None:
    numbers = Numbers()
    whole = merge({}, fold(numbers.columns(log)))
    parts: list[list[Event]] = [[] for _ in range(3)]
    for event in data.draw(st.permutations(log)):
        parts[data.draw(st.integers(0, 2))].append(event)
    pages: dict[PageKey, PageBlobs] = {}
    for part in parts:
        pages |= merge(pages, fold(numbers.columns(part)))
    assert pages == whole
    assert list(differences(whole, pages)) == []


@settings(deadline=None)
@given(logs, logs)
def test_workspaces_folded_in_one_batch_stay_apart(log: list[Event], other: list[Event]) -> None:
    numbers = Numbers()
    mine, theirs = numbers.columns(log, workspace=1), numbers.columns(other, workspace=2)
    both = merge({}, fold(type(mine).of([*numbers.rows(log, 1), *numbers.rows(other, 2)])))
    assert both == merge({}, fold(mine)) | merge({}, fold(theirs))


@st.composite
def cut_ranges(draw: st.DrawFn) -> list[int]:
    aligned = moments.map(lambda moment: moment // QUARTER * QUARTER)
    days = moments.map(lambda moment: moment // 86_400_000_000 * 86_400_000_000)
    return sorted(draw(st.sets(moments | aligned | days, min_size=2, max_size=8)))


@settings(deadline=None)
@given(cut_ranges(), st.sampled_from(Family))
def test_a_plan_covers_every_instant_of_every_bucket_once(cuts: list[int], family: Family) -> None:
    found = plan(family, cuts)
    pieces = [(start, end) for _, start, end in found.raw]
    for level, runs in found.runs.items():
        for start, end in runs:
            assert start % slot_width(level) == end % slot_width(level) == 0
            pieces += [(time, time + slot_width(level)) for time in range(start, end, slot_width(level))]
    pieces.sort()
    assert [pieces[0][0], pieces[-1][1]] == [cuts[0], cuts[-1]]
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    assert not any(start < cut < end for start, end in pieces for cut in cuts)


@given(cut_ranges(), st.sampled_from(Family), st.lists(st.tuples(st.integers(0, 400), st.integers(1, 96)), max_size=6))
def test_a_plan_leaves_out_the_spans_that_others_answer_for(
    cuts: list[int], family: Family, drawn: list[tuple[int, int]]
) -> None:
    spans = [Span(Width.DAY, FIRST + first * QUARTER, FIRST + (first + size) * QUARTER) for first, size in drawn]
    seen = [(span.start, span.end) for span in fewest(spans, cuts)]
    found = plan(family, cuts, seen)
    pieces = [(start, end) for _, start, end in found.raw] + seen
    for level, runs in found.runs.items():
        for start, end in runs:
            pieces += [(time, time + slot_width(level)) for time in range(start, end, slot_width(level))]
    pieces.sort()
    assert [pieces[0][0], pieces[-1][1]] == [cuts[0], cuts[-1]]
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    assert all(any(first <= start and end <= last for first, last in pairwise(cuts)) for start, end in pieces)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    values = {
        Dimension.TYPE: ["agent.executed", "agent.failed", "user.login"],
        Dimension.SOURCE: ["api", "shadower"],
        Dimension.MODEL: ["small-1", "large-2", None],
        Dimension.STATUS: ["success", "failure", None],
        Dimension.AGENT: ["x", "y", None],
        Dimension.USER: ["a", "b", None],
    }
    filters = {
        dimension: draw(st.sets(st.sampled_from(values[dimension]), min_size=1, max_size=2))
        for dimension in draw(st.sets(st.sampled_from([*values]), max_size=2))
    }
    group_by = draw(st.none() | st.sampled_from([*values]))
    assume(not {Dimension.AGENT, Dimension.USER} <= {*filters, group_by})
    return filters, group_by


@settings(deadline=None)
@given(logs, cut_ranges(), questions(), needs, st.sampled_from(["what is planned", "everything"]))
def test_an_answer_from_pages_is_that_of_the_events(
    log: list[Event],
    cuts: list[int],
    question: Question,
    wanted: Needs,
    reading: str,
) -> None:
    filters, group_by = question
    family = family_for({*filters, *([group_by] if group_by else [])})
    assert family is not None
    found = plan(family, cuts)
    numbers = Numbers()
    pages = merge({}, fold(numbers.columns(log)))
    numbered = {
        dimension: [numbers.of_dimension(dimension, value) for value in values] for dimension, values in filters.items()
    }
    selection = Selection(found, wanted, numbered, group_by)
    answer = collect(rows(pages, found, everything=reading == "everything", totals=selection.wanted.totals), selection)
    plain = {
        None if group is None or group_by is None else numbers.of_dimension(group_by, group): {
            bucket: numbers.tally(tally) for bucket, tally in buckets.items()
        }
        for group, buckets in tallied(covered(log, found), cuts, question, wanted).items()
    }
    assert {g: {b: plainly(tally) for b, tally in buckets.items()} for g, buckets in answer.items()} == plain


@settings(deadline=None)
@given(
    logs,
    questions(),
    needs,
    st.sampled_from(["UTC", "Asia/Kathmandu", "America/Havana"]),
    st.sampled_from([Width.DAY, Width.WEEK]),
)
def test_an_answer_from_views_is_that_of_the_events(
    log: list[Event],
    question: Question,
    wanted: Needs,
    zone: str,
    width: Width,
) -> None:
    filters, group_by = question
    view = view_for(filters, group_by)
    family = family_for({*filters, *([group_by] if group_by else [])})
    agents = filters.get(Dimension.AGENT, {"any"})
    assume(view is not None and family is not None and len(agents) == 1 and None not in agents)
    numbers = Numbers()
    pages = merge({}, fold(numbers.columns(log)))
    utc_days = {key.start for key in pages if (key.family, key.level) == (Family.ALL, Level.DAY)}
    spans = spans_over(utc_days, ZoneInfo(zone), 0, FIRST + 90 * 86_400_000_000)
    days = [span for span in spans if span.width is Width.DAY]
    made = {day: views_made(pages, day) for day in days}
    if width is Width.WEEK:
        weeks = [span for span in spans if span.width is Width.WEEK]
        made = {week: week_of([made[day] for day in days if week.start <= day.start < week.end]) for week in weeks}
    numbered = {
        dimension: [numbers.of_dimension(dimension, value) for value in values] for dimension, values in filters.items()
    }
    (key,) = numbered.get(Dimension.AGENT, [EVERYBODY])
    found = [
        PageRow(Level.DAY, span.start, key, *views[ViewKey(view, key)])
        for span, views in made.items()
        if ViewKey(view, key) in views
    ]
    cuts = sorted({cut for span in made for cut in (span.start, span.end)}) or [FIRST, FIRST + QUARTER]
    answer = collect(found, Selection(Plan(family, cuts, {}, []), wanted, numbered, group_by, view))
    plain = {
        None if group is None or group_by is None else numbers.of_dimension(group_by, group): {
            bucket: numbers.tally(tally) for bucket, tally in buckets.items()
        }
        for group, buckets in tallied(log, cuts, question, wanted).items()
    }
    assert {g: {b: plainly(tally) for b, tally in buckets.items()} for g, buckets in answer.items()} == plain


def views_made(pages: dict[PageKey, PageBlobs], span: Span) -> Views:
    parts = []
    for family in (Family.ALL, Family.AGENT):
        planned = plan(family, (span.start, span.end))
        parts.append(PagesOfSpan(planned, rows(pages, planned, everything=False, totals=False)))
    return views_of_pages(*parts)


def week_of(days: list[Views]) -> Views:
    together: dict[ViewKey, list[Parts]] = {}
    for views in days:
        for which, parts in views.items():
            together.setdefault(which, []).append(parts)
    found: Views = {}
    for view in {which.view for which in together}:
        by_key = {which.key: parts for which, parts in together.items() if which.view == view}
        found |= {ViewKey(view, key): parts for key, parts in added_up(by_key).items()}
    return found


def rows(pages: dict[PageKey, PageBlobs], found: Plan, *, everything: bool, totals: bool) -> list[PageRow]:
    """What a store reads for the plan, or all there is."""
    return [
        PageRow(key.level, key.start, key.key, *(blobs[:3] if totals else blobs[3:]))
        for key, blobs in pages.items()
        if key.family == found.family
        and (
            everything or any(key.level == level and start <= key.start < end for level, (start, end) in found.pages())
        )
    ]


def covered(log: list[Event], found: Plan) -> list[Event]:
    """The events that pages answer for: all but those in the ragged edges."""
    return [event for event in log if not any(start <= event.occurred_at < end for _, start, end in found.raw)]


def tallied(
    log: list[Event],
    cuts: list[int],
    question: Question,
    wanted: Needs,
) -> dict[str | None, dict[int, Tally]]:
    """Loop over everything."""
    filters, group_by = question
    found: dict[str | None, dict[int, Tally]] = {}
    for event in log:
        if all(getattr(event, dimension) in values for dimension, values in filters.items()):
            for bucket, (start, end) in enumerate(pairwise(cuts)):
                if start <= event.occurred_at < end:
                    group = getattr(event, group_by) if group_by else None
                    found.setdefault(group, {}).setdefault(bucket, Tally()).count(event, wanted)
    return found
