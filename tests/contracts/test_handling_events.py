"""Handlers: each is given every event at least once and in order, and what it cannot handle is kept."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from shadower.application.bus.attempts import USUAL, HandlerFailed
from shadower.application.bus.group_session import WINDOW
from shadower.domain.bus.dead_letter import LetterState
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import Position, RecordedEvent
from tests.bus_world import Recorder, Unwilling, World


async def test_every_handler_is_given_every_event_in_order(world: World) -> None:
    mail, web = Recorder("mail"), Recorder("web")
    async with world.process(mail, web):
        await world.append(1, 2, 1, 1, 2)
        for each in (mail, web):
            await world.until(lambda each=each: len(each.everything) == 5)
        await world.until(lambda: world.acknowledged("mail", 5))
    assert mail.handled == web.handled == {1: [1, 3, 4], 2: [2, 5]}
    assert world.reports == []


async def test_what_is_handled_is_the_event_as_it_is_in_the_log(world: World) -> None:
    seen: list[RecordedEvent] = []

    async def see(event: RecordedEvent) -> None:
        seen.append(event)

    handler = Recorder(act=see)
    async with world.process(handler):
        await world.append(2, data='{"a":0.10}', source="Ä b", cost=1, client_id="x y")
        await world.until(lambda: bool(seen))
    (recorded,) = await world.store.log.read(Position(0), 9)
    assert seen == [recorded._replace(event=recorded.event._replace(fingerprint=seen[0].event.fingerprint))]


async def test_a_handler_is_given_the_types_it_wants_and_the_rest_is_passed_by(world: World) -> None:
    handler = Recorder(types=frozenset({"user.login"}))
    async with world.process(handler):
        await world.append(1, 1)
        await world.append(1, type="user.login")
        await world.append(1)
        await world.until(lambda: world.acknowledged("mail", 4))
    assert handler.handled == {1: [3]}


async def test_a_new_group_begins_with_what_is_recorded_from_then_on(world: World) -> None:
    await world.append(1, 1)
    handler = Recorder()
    async with world.process(handler):
        assert await world.acknowledged("mail", 2)
        await world.append(1)
        await world.until(lambda: world.acknowledged("mail", 3))
    assert handler.handled == {1: [3]}


async def test_a_group_goes_on_where_it_was(world: World) -> None:
    first, second = Recorder(), Recorder()
    async with world.process(first):
        await world.append(1, 1)
        await world.until(lambda: len(first.everything) == 2)
    await world.append(1, 1)
    async with world.process(second):
        await world.until(lambda: world.acknowledged("mail", 4))
    assert (first.handled, second.handled) == ({1: [1, 2]}, {1: [3, 4]})


async def test_a_workspace_does_not_wait_for_another(world: World) -> None:
    gate = asyncio.Event()

    async def wait(event: RecordedEvent) -> None:
        if event.workspace == 1:
            await gate.wait()

    handler = Recorder(act=wait)
    async with world.process(handler, leniency=USUAL):
        await world.append(1, 2, 1, 2)
        await world.until(lambda: handler.handled[2] == [2, 4])
        assert handler.tried == [1, 2, 4]
        assert await world.acknowledged("mail", 0)
        gate.set()
        await world.until(lambda: world.acknowledged("mail", 4))
    assert handler.handled == {1: [1, 3], 2: [2, 4]}


async def test_what_fails_is_tried_again_while_those_behind_it_wait(world: World) -> None:
    handler = Recorder(act=Unwilling(1, times=2))
    async with world.process(handler):
        await world.append(1, 1, 2)
        await world.until(lambda: world.acknowledged("mail", 3))
    assert handler.handled == {1: [1, 2], 2: [3]}
    assert handler.tried.count(1) == 3
    assert await world.letters() == []
    (report,) = world.reports
    assert isinstance(report, HandlerFailed)
    assert "mail failed" in str(report)
    assert isinstance(report.__cause__, LookupError)


async def test_what_fails_too_often_becomes_a_dead_letter_and_the_next_has_its_turn(world: World) -> None:
    handler = Recorder(act=Unwilling(1))
    async with world.process(handler):
        await world.append(1, 1, 2)
        await world.until(lambda: world.acknowledged("mail", 3))
    assert handler.handled == {1: [2], 2: [3]}
    (letter,) = await world.letters()
    (event, *_) = await world.store.log.read(Position(0), 9)
    assert (letter.group, letter.workspace, letter.position) == ("mail", 1, 1)
    assert (letter.event_id, letter.type, letter.state) == (event.event.id, event.event.type, LetterState.OPEN)
    assert (letter.failure.error, letter.attempts) == ("LookupError", 3)
    assert "bus_world.py" in letter.failure.message
    assert [str(report).split(" ")[-5:-3] for report in world.reports] == [["tried", "again,"], ["given", "up"]]


async def test_right_behind_one_that_was_given_up_an_event_has_one_try_until_one_succeeds(world: World) -> None:
    handler = Recorder(act=Unwilling(1, 2, 4))
    async with world.process(handler):
        await world.append(1, 1, 1, 1)
        await world.until(lambda: world.acknowledged("mail", 4))
    assert handler.tried == [1, 1, 1, 2, 3, 4, 4, 4]
    assert [letter.position for letter in await world.letters()] == [4, 2, 1]


async def test_a_store_that_is_away_is_nobodys_fault(world: World) -> None:
    handler = Recorder(act=Unwilling(1, times=5, error=StoreUnavailable("gone for a moment")))
    async with world.process(handler):
        await world.append(1)
        await world.until(lambda: world.acknowledged("mail", 1))
    assert (handler.handled, len(handler.tried), await world.letters()) == ({1: [1]}, 6, [])


async def test_a_handler_that_takes_too_long_is_cancelled_and_that_counts(world: World) -> None:
    async def sleep(event: RecordedEvent) -> None:
        if event.position == 1:
            await asyncio.sleep(60)

    handler = Recorder(act=sleep)
    async with world.process(handler):
        await world.append(1, 1)
        await world.until(lambda: world.acknowledged("mail", 2))
    (letter,) = await world.letters()
    assert (letter.position, letter.failure.error, letter.attempts) == (1, "handler_too_slow", 3)
    assert handler.handled == {1: [2]}


async def test_a_timeout_of_the_handlers_own_is_like_any_other_failure(world: World) -> None:
    handler = Recorder(act=Unwilling(1, error=TimeoutError("its own")))
    async with world.process(handler):
        await world.append(1)
        await world.until(lambda: world.acknowledged("mail", 1))
    assert (await world.letters())[0].failure.error == "TimeoutError"


async def test_what_is_under_way_is_finished_and_acknowledged_when_a_process_stops(world: World) -> None:
    entered = asyncio.Event()

    async def work(_: RecordedEvent) -> None:
        entered.set()
        await asyncio.sleep(0.3)

    handler = Recorder(act=work)
    async with world.process(handler):
        await world.append(1, 1, 1)
        await entered.wait()
    assert handler.handled == {1: [1]}
    assert await world.acknowledged("mail", 1)
    assert (await world.groups())["mail"].owner is None
    successor = Recorder()
    async with world.process(successor):
        await world.until(lambda: world.acknowledged("mail", 3))
    assert successor.handled == {1: [2, 3]}


async def test_of_two_processes_one_serves_a_group_and_the_other_takes_over(world: World) -> None:
    first, second = Recorder(), Recorder()
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(AsyncExitStack())
        await running.enter_async_context(world.process(first, name="a"))
        await stack.enter_async_context(world.process(second, name="b"))
        await world.append(1, 1)
        await world.until(lambda: world.acknowledged("mail", 2))
        assert (await world.groups())["mail"].owner == "a"
        await running.aclose()
        await world.append(1, 1)
        await world.until(lambda: world.acknowledged("mail", 4))
        assert (await world.groups())["mail"].owner == "b"
    assert (first.handled, second.handled) == ({1: [1, 2]}, {1: [3, 4]})


async def test_more_events_than_the_window_holds_are_all_handled_in_order(world: World) -> None:
    handler = Recorder()
    async with world.process(handler):
        for _ in range(3):
            await world.append_many(WINDOW // 2)
        await world.until(lambda: world.acknowledged("mail", 3 * WINDOW // 2))
    assert handler.handled == {1: list(range(1, 3 * WINDOW // 2 + 1))}


async def test_handlers_that_share_a_group_are_refused(world: World) -> None:
    with pytest.raises(ValueError, match="mail"):
        async with world.process(Recorder(), Recorder()):
            pass
