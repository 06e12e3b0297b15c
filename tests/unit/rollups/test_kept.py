"""Tallies as bytes: what comes back is what was written, and nothing of another version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from shadower.adapters.rollups.kept import MsgspecTallyCodec
from shadower.application.ports.snapshot import Numbered
from shadower.application.ports.tally_codec import KeptHead
from shadower.domain.events.event import Position
from shadower.domain.metrics.histogram import PlainHistogram
from shadower.domain.metrics.question import Tallies
from shadower.domain.metrics.tally import Tally

CODEC = MsgspecTallyCodec()
HEAD = KeptHead(Position(7), "mark")

numbers = st.integers(0, 2**32 - 1)
sums = st.one_of(st.integers(0, 2**40), st.sampled_from([2**63 - 1, 2**63, 2**80]))
sets = st.one_of(st.none(), st.sets(numbers).map(BitMap))
histograms = st.dictionaries(st.integers(0, 4_000), st.integers(1, 2**40)).map(PlainHistogram)
tallies = st.builds(
    Tally,
    events=sums,
    duration_min=st.none() | sums,
    credits=sums,
    cost=sums,
    histogram=histograms,
    users=sets,
    agents=sets,
    sessions=sets,
)
answers = st.dictionaries(st.none() | st.text(max_size=5), st.dictionaries(st.integers(0, 400), tallies, max_size=3))


@given(answers)
def test_what_is_written_comes_back(told: Tallies) -> None:
    assert CODEC.decode(CODEC.encode(told, HEAD)) == told


def test_ids_that_are_no_numbers_come_back() -> None:
    told: Tallies = {None: {3: Tally(events=2, users={"ada", "grace"}, sessions=set())}}
    assert CODEC.decode(CODEC.encode(told, HEAD)) == told
    assert CODEC.numbers(told) is None


def test_what_comes_back_can_be_added_to_and_is_shared_with_nobody() -> None:
    tally = Tally(events=1, histogram=PlainHistogram({5: 1}), users=BitMap([1]))
    kept = CODEC.encode({None: {0: tally}}, HEAD)
    first, second = (CODEC.decode(kept)[None][0] for _ in range(2))
    first.add(second)
    first.add(Tally(events=1, histogram=PlainHistogram({7: 2}), users=BitMap([2])))
    assert (first.events, dict(first.histogram.items()), list(first.users or ())) == (3, {5: 2, 7: 2}, [1, 2])
    assert (second.events, dict(second.histogram.items()), list(second.users or ())) == (1, {5: 1}, [1])


@pytest.mark.parametrize("head", [HEAD, KeptHead(Position(0), "", Numbered(9, 0, 2**32 - 1), "a mark")], ids=str)
def test_the_head_comes_back_alone(head: KeptHead) -> None:
    assert CODEC.head(CODEC.encode({None: {0: Tally(events=1)}}, head)) == head


def test_the_largest_numbers_are_those_of_any_set() -> None:
    told: Tallies = {
        "a": {0: Tally(users=BitMap([4, 9]), agents=BitMap())},
        "b": {0: Tally(users=BitMap([5])), 1: Tally(sessions=BitMap([2**32 - 1]))},
    }
    assert CODEC.numbers(told) == Numbered(9, 0, 2**32 - 1)


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"\x00",
        b"\xff" * 10,
        b"\x00\x04\x95\x02\x07\xa0" + b"\xc0" * 9,
        CODEC.encode({}, HEAD).replace(b"\x95\x02", b"\x95\x03", 1),
    ],
    ids=["nothing", "half a length", "garbage", "too short", "another version"],
)
def test_what_another_version_wrote_is_not_there(kept: bytes) -> None:
    assert CODEC.head(kept) is None


def test_a_body_that_cannot_be_read_is_an_error() -> None:
    kept = CODEC.encode({None: {0: Tally(events=1)}}, HEAD)
    with pytest.raises(ValueError, match="cannot be read"):
        CODEC.decode(kept[:-3])
