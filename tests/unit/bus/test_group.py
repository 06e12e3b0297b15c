"""Which of two groups of one name has come further can be said only when they are the same."""

from dataclasses import replace

from shadower.domain.bus.group import GroupPlace
from shadower.domain.events.event import Position


def test_a_group_is_beyond_where_it_was_and_never_beyond_another_incarnation() -> None:
    before = GroupPlace(Position(3), incarnation=1)
    after = replace(before, acknowledged=Position(4))
    assert after.is_beyond(before)
    assert not before.is_beyond(before)
    assert not before.is_beyond(after)
    assert not after.is_beyond(replace(before, incarnation=2))
