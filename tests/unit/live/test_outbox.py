from dataclasses import dataclass, field
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from shadower.application.live.messages import Answer, Events, Gap, Message, Subscribed
from shadower.application.live.outbox import FAIR, Outbox
from shadower.domain.events.event import Position
from tests.unit.live.telling import an_events_message, positions_in


@dataclass
class Box:
    """An outbox, and how far events were dealt out to it."""

    most: int = 3
    most_weight: int = 1_000_000
    reached: int = 0
    outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.outbox = Outbox(lambda: Position(self.reached), self.most, self.most_weight)

    def deal(self, *positions: int, until: int | None = None) -> None:
        if positions:
            self.outbox.put(an_events_message(*positions), Position(self.reached))
        self.reached = until or positions[-1]

    def show(self, data: bytes, subscription: str = "numbers") -> None:
        self.outbox.show(subscription, partial(Answer, subscription=subscription, topic="metrics", data=data))

    def taken(self) -> list[Message]:
        found: list[Message] = []
        while (message := self.outbox.take()) is not None:
            found.append(message)
        return found


def test_messages_come_out_as_they_went_in() -> None:
    box = Box()
    box.deal(1, 2)
    box.outbox.say(partial(Subscribed, subscription="a", topic="events"))
    box.deal(3)
    first, second, third = box.taken()
    assert positions_in([first, third]) == [1, 2, 3]
    assert second == Subscribed(Position(2), "a", "events")


def test_a_listener_that_is_too_slow_is_told_of_the_gap_after_what_it_had_room_for() -> None:
    box = Box(most=2)
    for position in (1, 2, 3, 4):
        box.deal(position)
    assert [type(each) for each in box.taken()] == [Events, Events, Gap]
    box = Box(most=2)
    for position in (1, 2, 3, 4):
        box.deal(position, until=position)
    first, second, gap = box.taken()
    assert positions_in([first, second]) == [1, 2]
    assert gap == Gap(Position(4), after=Position(2))


def test_after_a_gap_events_are_told_again() -> None:
    box = Box(most=1)
    box.deal(1)
    box.deal(2)
    box.outbox.take()
    box.deal(3)
    assert box.taken() == [Gap(Position(3), after=Position(1))]
    box.deal(4)
    assert positions_in(box.taken()) == [4]


def test_room_is_bounded_in_bytes_too_but_one_message_always_fits() -> None:
    box = Box(most=100, most_weight=1)
    box.deal(1)
    box.deal(2)
    events, gap = box.taken()
    assert positions_in([events]) == [1]
    assert gap == Gap(Position(2), after=Position(1))
    assert box.outbox.queued == 0


def test_while_there_is_a_gap_nothing_says_that_everything_was_told() -> None:
    box = Box(most=1)
    box.deal(1)
    box.deal(2)
    box.outbox.say(partial(Subscribed, subscription="b", topic="health"))
    assert box.taken()[1:] == [Subscribed(Position(1), "b", "health"), Gap(Position(2), after=Position(1))]


def test_of_each_subscription_only_the_newest_answer_is_told() -> None:
    box = Box()
    for data in (b"1", b"2", b"3"):
        box.show(data)
        box.show(data, "others")
    assert [each.data for each in box.taken() if isinstance(each, Answer)] == [b"3", b"3"]


def test_an_answer_has_the_position_up_to_which_events_were_told_before_it() -> None:
    box = Box(most=100)
    box.deal(5, until=9)
    box.show(b"{}")
    events, answer = box.taken()
    assert (events.position, answer.position) == (5, 9)


def test_answers_are_told_between_events_that_never_cease() -> None:
    box = Box(most=100)
    for position in range(1, 31):
        box.deal(position)
    box.show(b"{}")
    told = box.taken()
    assert isinstance(told[FAIR], Answer)
    assert told[FAIR].position == told[FAIR - 1].position == FAIR
    assert positions_in(told) == list(range(1, 31))


def test_an_answer_nobody_wants_any_more_is_not_told() -> None:
    box = Box()
    box.show(b"{}")
    box.outbox.forget("numbers")
    assert box.taken() == []


STEPS = st.lists(st.sampled_from(["deal", "pass by", "say", "show", "take", "skip"]), max_size=60)


@given(STEPS, st.integers(1, 4))
def test_whoever_goes_on_from_any_message_misses_nothing_that_no_gap_tells_of(steps: list[str], most: int) -> None:
    box = Box(most=most)
    dealt: list[int] = []
    told: list[Message] = []
    for step in steps:
        if step == "deal":
            dealt.append(box.reached + 1)
            box.deal(box.reached + 1)
        elif step == "pass by":
            box.reached += 1
        elif step == "say":
            box.outbox.say(partial(Subscribed, subscription="s", topic="events"))
        elif step == "show":
            box.show(b"{}")
        elif step == "skip":
            box.outbox.skip(Position(box.reached))
            dealt.append(box.reached + 1)
            box.reached += 1
        elif (message := box.outbox.take()) is not None:
            told.append(message)
    told += box.taken()
    positions = [each.position for each in told]
    assert positions == sorted(positions)
    left_out: set[int] = set()
    seen: list[int] = []
    for message in told:
        seen += positions_in([message])
        if isinstance(message, Gap):
            left_out |= set(range(message.after + 1, message.position + 1))
        assert [each for each in dealt if each <= message.position and each not in left_out] == seen
    assert box.outbox.queued == 0
