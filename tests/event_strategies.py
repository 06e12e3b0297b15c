"""Events for Hypothesis: of few values each, so that they meet, with amounts from nothing to the most."""

from hypothesis import strategies as st

from shadower.domain.events.event import Event
from shadower.domain.events.filters import Filters, OneOf, Present, Wanted
from shadower.domain.events.moments import DAY, HOUR, MINUTE
from shadower.domain.metrics.question import Aggregation, Dimension
from shadower.domain.metrics.tally import Needs
from shadower.testing import NOW, an_event

MIDNIGHT = NOW - NOW % DAY

VALUES: dict[Dimension, list[str | None]] = {
    Dimension.TYPE: ["agent.executed", "agent.failed", "user.login"],
    Dimension.SOURCE: ["api", "excel", "shadower"],
    Dimension.AGENT: ["pricing", "audit", None],
    Dimension.USER: ["ada", "grace", "Ada", None],
    Dimension.SESSION: ["s1", "s2", None],
    Dimension.MODEL: ["small-1", "large-2", None],
    Dimension.STATUS: ["success", "failure", "cancelled", None],
}

moments = st.one_of(
    st.integers(-3 * 96, 96).map(lambda quarters: MIDNIGHT + quarters * 15 * MINUTE),
    st.integers(MIDNIGHT - 3 * DAY, MIDNIGHT + DAY),
    st.sampled_from([MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + 1]),
)


def amounts(most: int) -> st.SearchStrategy[int | None]:
    """Nothing, little, or the most that is admitted."""
    return st.sampled_from([None, 0, 1, most // 3, most])


@st.composite
def events(draw: st.DrawFn, event_id: str | None = None) -> Event:
    """An event; its id is random unless given."""
    said = {str(dimension): draw(st.sampled_from(values)) for dimension, values in VALUES.items()}
    if said["type"] == "agent.failed":
        said["status"] = "failure"
    return an_event(
        id=event_id or str(draw(st.uuids())),
        **said,
        client_id=draw(st.sampled_from([None, None, "run-1", "run-2"])),
        correlation_id=draw(st.sampled_from([None, "c1"])),
        occurred_at=draw(moments),
        duration_us=draw(amounts(10**13)),
        credits=draw(amounts(10**12)),
        cost=draw(amounts(10**15)),
        tokens_in=draw(amounts(10**12)),
        tokens_out=draw(amounts(10**12)),
    )


@st.composite
def aggregations(draw: st.DrawFn) -> Aggregation:
    """A question about the days in which events happen: cuts of one width or of any."""
    group_by = draw(st.none() | st.sampled_from(Dimension))
    return Aggregation(draw(st.one_of(even_cuts(), uneven_cuts)), Needs.ALL, draw(filters()), group_by)


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    """What is asked of up to two fields: values, none of them, or any of them."""
    choices: dict[str, list[str | None]] = {**VALUES, "correlation_id": ["c1", None]}
    found: dict[str, Wanted] = {}
    for field in draw(st.lists(st.sampled_from([*choices, "credits", "duration_us"]), max_size=2, unique=True)):
        among = st.sets(st.sampled_from(choices.get(field, [None])), min_size=1, max_size=3)
        found[field] = draw(st.builds(Present) | among.map(lambda values: OneOf(frozenset(values))))
    return found


@st.composite
def even_cuts(draw: st.DrawFn) -> list[int]:
    """Buckets of one width from some start, the last one perhaps shorter."""
    width = draw(st.sampled_from([15 * MINUTE, HOUR, DAY, 23 * HOUR]))
    start = draw(moments)
    end = start + draw(st.integers(1, min(40 * width, 4 * DAY)))
    return [*range(start, end, width), end]


uneven_cuts = st.lists(moments, min_size=2, max_size=6, unique=True).map(sorted)
