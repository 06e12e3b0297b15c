"""Replays: a handler gets once more what it could not handle, when somebody asks for it."""

import asyncio
from collections.abc import Sequence

import pytest

from shadower.domain.bus.dead_letter import DeadLetter, LetterState, UnhandledEvent
from shadower.domain.errors import QueryTimeout
from shadower.domain.events.event import Position, RecordedEvent
from shadower.testing import NOW, an_unhandled_event
from tests.bus_world import Recorder, Unwilling, World


async def ask(world: World, *letters: DeadLetter) -> None:
    async with world.store.begin() as work:
        for letter in letters:
            await work.dead_letters.mark(letter.id, LetterState.REPLAYING)
        await work.commit()


async def keep(world: World, event: UnhandledEvent) -> None:
    async with world.store.begin() as work:
        await work.dead_letters.keep(event, NOW)
        await work.commit()


async def no_letters(world: World) -> bool:
    return await world.letters() == []


async def test_what_a_replay_can_handle_is_no_dead_letter_any_more(world: World) -> None:
    unwilling = Unwilling(1, 2)
    handler = Recorder(act=unwilling)
    async with world.process(handler):
        await world.append(1, 1, 2)
        await world.until(lambda: world.acknowledged("mail", 3))
        unwilling.relent()
        assert len(await world.letters()) == 2
        await ask(world, *await world.letters())
        await world.until(lambda: no_letters(world))
    assert handler.handled == {1: [1, 2], 2: [3]}


async def test_a_replay_that_fails_is_told_and_open_again(world: World) -> None:
    handler = Recorder(act=Unwilling(1))
    async with world.process(handler):
        await world.append(1)
        await world.until(lambda: world.acknowledged("mail", 1))
        await ask(world, *await world.letters())

        async def is_open_again() -> bool:
            (letter,) = await world.letters()
            return letter.state is LetterState.OPEN

        await world.until(is_open_again)
    (letter,) = await world.letters()
    assert (letter.attempts, handler.tried) == (4, [1, 1, 1, 1])


async def test_a_replay_waits_for_a_process_with_the_handler(world: World) -> None:
    handler = Recorder(act=Unwilling(1))
    async with world.process(handler):
        await world.append(1)
        await world.until(lambda: world.acknowledged("mail", 1))
    await ask(world, *await world.letters())
    successor = Recorder()
    async with world.process(successor):
        await world.until(lambda: no_letters(world))
    assert successor.handled == {1: [1]}


async def test_an_event_that_is_gone_from_the_log_cannot_be_replayed_and_the_reason_is_told(world: World) -> None:
    handler = Recorder()
    async with world.process(handler):
        await keep(world, an_unhandled_event(7))
        await ask(world, *await world.letters())

        async def is_told() -> bool:
            (letter,) = await world.letters()
            return letter.failure.error == "event_gone" and letter.state is LetterState.OPEN

        await world.until(is_told)
    assert handler.tried == []


async def test_a_replay_for_which_the_store_is_too_slow_is_tried_again_and_ends_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, read = Recorder(), world.store.log.read
    slow = iter([QueryTimeout("It took too long.")])

    async def read_slowly(after: Position, limit: int) -> Sequence[RecordedEvent]:
        if limit == 1:
            for error in slow:
                raise error
        return await read(after, limit)

    monkeypatch.setattr(world.store.log, "read", read_slowly)
    async with world.process(handler):
        await keep(world, an_unhandled_event(7))
        await ask(world, *await world.letters())

        async def is_told() -> bool:
            return (await world.letters())[0].failure.error == "event_gone"

        await world.until(is_told)
    assert world.reports == []


async def test_a_dead_letter_dropped_while_it_is_replayed_stays_dropped(world: World) -> None:
    handler = Recorder()

    async def drop(_: object) -> None:
        async with world.store.begin() as work:
            await work.dead_letters.remove((await world.letters())[0].id)
            await work.commit()
        raise LookupError

    async with world.process(handler):
        await world.append(1)
        await world.until(lambda: world.acknowledged("mail", 1))
        handler.act = drop
        await keep(world, an_unhandled_event(1))
        await ask(world, *await world.letters())
        await world.until(lambda: no_letters(world))
    assert await no_letters(world)


async def test_a_replay_keeps_clear_of_what_is_handled_of_its_workspace(world: World) -> None:
    at_once: list[object] = []

    async def work(event: object) -> None:
        at_once.append(event)
        await asyncio.sleep(0.02)
        assert at_once == [event]
        at_once.clear()

    handler = Recorder(act=work)
    await world.append(1)
    await keep(world, an_unhandled_event(1))
    await ask(world, *await world.letters())
    async with world.process(handler):
        await world.append(*[1] * 60)
        await world.until(lambda: no_letters(world))
        await world.until(lambda: len(handler.everything) == 61)
    assert handler.everything == list(range(1, 62))
    assert await no_letters(world)
