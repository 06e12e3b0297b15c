import asyncio
import random

import pytest

from shadower.application.live import hub as hub_module
from shadower.application.live.live import LiveClosing, PositionUnknown
from shadower.application.live.messages import Ending, Events, Gap, Heartbeat, Refused, Subscribed, Welcome
from shadower.application.live.subscriptions import (
    MOST_SUBSCRIPTIONS,
    SubscriptionNameTaken,
    TooManySubscriptions,
    told,
)
from shadower.domain.errors import QueryTimeout, ShadowerError, StoreUnavailable
from shadower.domain.events.event import Position
from shadower.domain.live.pulse import HEARTBEAT, LONGEST_SEND
from shadower.domain.live.seats import LiveFull, TooManyConnections
from tests.unit.live.conftest import Ear, Scene, events
from tests.unit.live.telling import an_arrival, positions_in


async def test_who_listens_is_told_what_comes_in_from_then_on(scene: Scene) -> None:
    await scene.append("before")
    ear = await scene.listen()
    await scene.append("first", "second")
    assert await ear.until(3) == [2, 3]


async def test_the_first_messages_say_where_it_begins(scene: Scene) -> None:
    head = await scene.append("before")
    ear = await scene.listen(events("a"), events("b"))
    first = [await anext(ear._messages) for _ in range(3)]
    assert first == [Welcome(head), Subscribed(head, "a", "events"), Subscribed(head, "b", "events")]


async def test_an_event_is_told_once_with_every_subscription_it_belongs_to(scene: Scene) -> None:
    ear = await scene.listen(events("mine", agent_id="a"), events("all"), events("other", agent_id="b"))
    await scene.append("a", "c")
    await ear.until(2)
    items = [item for each in ear.heard if isinstance(each, Events) for item in each.items]
    assert [item.subscriptions for item in items] == [("mine", "all"), ("all",)]


async def test_what_comes_into_another_workspace_is_not_told(scene: Scene) -> None:
    ear, neighbour = await scene.listen(), await scene.listen(workspace=2)
    await scene.append("theirs", workspace=2)
    await scene.append("ours")
    assert await ear.until(2) == [2]
    assert await neighbour.until(1) == [1]


async def test_all_who_want_the_same_are_handed_the_same_message(scene: Scene) -> None:
    ears = [await scene.listen(events(agent_id="a")) for _ in range(3)]
    await scene.append("a")
    first, second, third = [await ear.next() for ear in ears]
    assert first is second is third


async def test_who_comes_back_goes_on_after_the_last_position(scene: Scene) -> None:
    await scene.append(*"abcde")
    ear = await scene.listen(after=2)
    await scene.append("f")
    assert await ear.until(6) == [3, 4, 5, 6]


async def test_who_was_away_for_long_is_told_from_the_store(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "REMEMBERED", 10)
    for _ in range(5):
        await scene.append(*("a" if number % 7 else "b" for number in range(100)))
        await scene.append("theirs", workspace=2)
    everything = await scene.listen(after=0)
    some = await scene.listen(events(agent_id="b"), after=0)
    head = await scene.append("b")
    assert await everything.until(head) == [each for each in range(1, head + 1) if each % 101]
    expected = [number + 1 + block * 101 for block in range(5) for number in range(0, 100, 7)]
    assert await some.until(head) == [*expected, head]


async def test_under_load_nothing_is_missed_or_repeated_however_often_somebody_comes_back(scene: Scene) -> None:
    chance = random.Random(3)
    writing = asyncio.create_task(write(scene, chance, batches=150))
    seen: list[int] = []
    position = 0
    while not writing.done() or position < await scene.container.log().head():
        ear = await scene.listen(after=position)
        for _ in range(chance.randrange(1, 6)):
            message = await ear.next()
            assert not isinstance(message, Gap)
            position = message.position
            if writing.done() and position == await scene.container.log().head():
                break
        seen += positions_in(ear.heard)
        ear.listener.end(Ending.GONE)
    assert seen == list(range(1, position + 1))


async def write(scene: Scene, chance: random.Random, batches: int) -> None:
    for _ in range(batches):
        await asyncio.sleep(chance.random() * 0.01)
        await scene.append(*["a"] * chance.randrange(1, 20))


async def test_a_position_the_log_never_had_is_said_to_be_unknown(scene: Scene) -> None:
    await scene.append("a")
    ear = await scene.listen(after=50)
    refused = await ear.next()
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, PositionUnknown)
    assert refused.position == 1
    await scene.append("b")
    assert await ear.until(2) == [2]


async def test_a_position_the_hub_has_not_come_to_yet_is_waited_for(scene: Scene) -> None:
    await scene.listen()
    append, held = scene.container.log().append, scene.container.log().read

    async def slowly(after: Position, limit: int) -> object:
        await asyncio.sleep(0.1)
        return await held(after, limit)

    scene.container.log().read = slowly
    assert append
    head = await scene.append(*"abc")
    ear = await scene.listen(after=head)
    await scene.append("d")
    assert await ear.until(4) == [4]


async def test_a_subscription_made_later_begins_where_its_acknowledgement_says(scene: Scene) -> None:
    ear = await scene.listen(events("a", agent_id="a"))
    await scene.append("a", "b")
    await ear.until(1)
    ear.listener.subscribe([events("b", agent_id="b")])
    assert await anext(ear._messages) == Subscribed(Position(2), "b", "events")
    await scene.append("b", "a")
    assert await ear.until(4) == [1, 3, 4]


async def test_a_subscription_given_up_is_told_nothing_more(scene: Scene) -> None:
    ear = await scene.listen(events("a", agent_id="a"), events("b", agent_id="b"))
    ear.listener.unsubscribe("a")
    ear.listener.unsubscribe("never there")
    await scene.append("a", "b")
    assert await ear.until(2) == [2]


async def test_names_are_taken_once_and_not_too_many(scene: Scene) -> None:
    ear = await scene.listen(events("a"))
    with pytest.raises(SubscriptionNameTaken):
        ear.listener.subscribe([events("a")])
    with pytest.raises(TooManySubscriptions):
        ear.listener.subscribe(events(str(number)) for number in range(MOST_SUBSCRIPTIONS))


async def test_who_takes_in_nothing_is_told_of_the_gap_and_costs_no_more_than_its_room(
    scene: Scene,
) -> None:
    ear = await scene.listen()
    await scene.append("a")
    await ear.until(1)
    for _ in range(200):
        await scene.append(*["a"] * 20)
        await asyncio.sleep(0)
    head = await scene.append("last")
    other = await scene.listen(after=head - 1)
    await other.until(head)
    assert ear.listener.outbox.queued <= 1024 * 1024
    while not isinstance(ear.heard[-1], Gap):
        await ear.next()
    gap = ear.heard[-1]
    assert isinstance(gap, Gap)
    told_before = positions_in(ear.heard)
    assert told_before == list(range(1, gap.after + 1))
    caught_up = await scene.listen(after=gap.after)
    assert (await caught_up.until(head))[0] == gap.after + 1
    after_it = await scene.append("on and on")
    await ear.until(after_it)
    assert scene.live.counts.gaps == 1


async def test_when_the_hub_cannot_keep_up_everybody_is_told_of_the_gap(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "MOST_BEHIND", 50)
    ear = await scene.listen()
    await scene.append(*["a"] * 51)
    assert await ear.next() == Gap(Position(51), after=Position(0))
    await scene.append("b")
    assert await ear.until(52) == [52]


async def test_silence_is_broken_by_a_heartbeat_with_the_position(scene: Scene) -> None:
    ear = await scene.listen(events(agent_id="nobody"))
    head = await scene.append("somebody")
    waiting = asyncio.create_task(ear.next())
    await (await scene.listen(after=head - 1)).until(head)  # by then it was dealt out
    ear.listener.beat(asyncio.get_running_loop().time() + HEARTBEAT + 1)
    assert await waiting == Heartbeat(head)


async def test_a_listener_that_does_not_take_in_a_message_is_ended(scene: Scene) -> None:
    ear = await scene.listen()
    aborted: list[str] = []
    ear.listener.abort = lambda: aborted.append("now")
    await anext(ear._messages)
    await anext(ear._messages)
    now = asyncio.get_running_loop().time()
    ear.listener.beat(now + LONGEST_SEND - 1)
    assert ear.listener.ending is None
    ear.listener.beat(now + LONGEST_SEND + 1)
    assert (ear.listener.ending, aborted) == (Ending.STUCK, ["now"])


async def test_a_connection_that_asks_for_nothing_is_ended(scene: Scene) -> None:
    ear = await scene.listen(events("a"))
    now = asyncio.get_running_loop().time()
    ear.listener.beat(now + 3_600)
    assert ear.listener.ending is None
    ear.listener.unsubscribe("a")
    ear.listener.beat(now + 3_600)
    assert ear.listener.ending is Ending.IDLE
    with pytest.raises(EOFError):
        await ear.next()


async def test_an_outage_is_told_and_so_is_its_end(scene: Scene) -> None:
    ear = await scene.listen()
    log = scene.container.log()
    wait = log.wait

    async def away(after: Position, within: float) -> Position:
        raise StoreUnavailable("The store is away.")

    log.wait = away
    await scene.append("a")
    await ear.until(1)
    refused = await ear.next()
    assert isinstance(refused, Refused)
    assert refused.error.code == "store_unavailable"
    silent = asyncio.create_task(ear.next())
    await asyncio.sleep(0)
    ear.listener.beat(asyncio.get_running_loop().time() + HEARTBEAT + 1)
    assert isinstance(await silent, Refused)
    await scene.append("b")
    log.wait = wait
    while not isinstance(await ear.next(), Heartbeat):
        pass
    assert await ear.until(2) == [1, 2]
    assert all(isinstance(error, StoreUnavailable) for error in scene.reported)


async def test_an_outage_is_told_once_however_often_the_log_is_tried(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "_PAUSE", 0.001)
    hub, log = scene.live._hub, scene.container.log()
    await scene.listen()
    told: list[ShadowerError | None] = []
    often, over = asyncio.Event(), asyncio.Event()
    wait, failures = log.wait, []

    def tell() -> None:
        told.append(hub.trouble)
        if hub.trouble is None:
            over.set()

    async def away(after: Position, within: float) -> Position:
        failures.append(hub._failures)
        if len(failures) == 5:
            often.set()
        raise QueryTimeout("The store is busy.")

    hub.on_change, log.wait = tell, away
    await scene.append("a")  # the hub was waiting for it
    await often.wait()
    assert failures == [0, 1, 2, 3, 4], "each pause is longer than the one before"
    assert [error and error.code for error in told] == ["query_timeout"]
    log.wait = wait
    await over.wait()
    assert told[1:] == [None]


async def test_after_a_pause_nobody_listened_in_the_hub_begins_anew(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LINGER", 0.0)
    monkeypatch.setattr(hub_module, "LONGEST_WAIT", 0.05)
    await scene.listen()
    await scene.append("a")
    await scene.stack.aclose()
    await asyncio.sleep(0.2)
    assert not scene.live._hub._following.is_set()
    await scene.append(*"bcd")
    ear = await scene.listen(after=1)
    assert await ear.until(4) == [2, 3, 4]


@pytest.mark.parametrize("overrides", [{"live_connections": "2", "live_connections_per_key": "1"}])
async def test_caps_hold_at_their_edge(scene: Scene, overrides: dict[str, str]) -> None:
    await scene.listen(key=1)
    with pytest.raises(TooManyConnections):
        await scene.listen(key=1)
    await scene.listen(key=2)
    with pytest.raises(LiveFull):
        await scene.listen(key=3)
    await scene.stack.aclose()
    await scene.listen(key=3)
    assert scene.live.counts.refused == {"too_many_connections": 1, "live_full": 1}


async def test_while_too_much_waits_to_be_sent_nobody_new_is_taken(scene: Scene) -> None:
    await scene.listen()
    scene.live._pressed = True
    with pytest.raises(LiveFull, match="live/poll"):
        await scene.listen()


async def test_when_the_process_stops_everybody_is_told_and_nobody_new_is_taken(scene: Scene) -> None:
    ears = [await scene.listen() for _ in range(3)]
    stuck = ears.pop()
    aborted = asyncio.Event()
    stuck.listener.abort = aborted.set

    async def leave(ear: Ear) -> None:
        with pytest.raises(EOFError):
            await ear.next()

    leaving = [asyncio.create_task(leave(ear)) for ear in ears]
    await asyncio.sleep(0)
    await scene.live.close()
    await asyncio.gather(*leaving)
    assert {ear.listener.ending for ear in ears} == {Ending.RESTARTING}
    assert aborted.is_set()
    with pytest.raises(LiveClosing):
        await scene.listen()


def test_messages_are_bounded_in_number_and_weight() -> None:
    light = list(told([an_arrival(position) for position in range(1, 251)], (events(),)))
    assert [len(each.items) for each in light] == [100, 100, 50]
    heavy = list(told([an_arrival(position, data="x" * 30_000) for position in range(1, 6)], (events(),)))
    assert [len(each.items) for each in heavy] == [2, 2, 1]
    assert [each.position for each in heavy] == [2, 4, 5]
