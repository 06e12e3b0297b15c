"""DeadLetters: one for each group and event, until somebody decides what becomes of it."""

import asyncio

import pytest

from shadower.domain.bus.dead_letter import (
    DeadLetter,
    DeadLetterId,
    DeadLetterNotFound,
    Failure,
    LetterState,
    UnhandledEvent,
)
from shadower.domain.events.event import WorkspaceId
from shadower.domain.events.moments import HOUR
from shadower.testing import NOW, an_unhandled_event
from tests.stores import OpenStore

WORKSPACE = WorkspaceId(1)


async def keep(store: OpenStore, *events: UnhandledEvent, at: int = NOW) -> None:
    async with store.begin() as work:
        for event in events:
            await work.dead_letters.keep(event, at)
        await work.commit()


async def listed(
    store: OpenStore,
    workspace: int | None = 1,
    *,
    group: str | None = None,
    state: LetterState | None = None,
    limit: int = 100,
    before: DeadLetterId | None = None,
) -> list[DeadLetter]:
    whose = None if workspace is None else WorkspaceId(workspace)
    async with store.begin(reading=True) as work:
        return list(await work.dead_letters.list(whose, group=group, state=state, limit=limit, before=before))


async def mark(store: OpenStore, letter: DeadLetter, state: LetterState) -> None:
    async with store.begin() as work:
        await work.dead_letters.mark(letter.id, state)
        await work.commit()


async def test_a_dead_letter_says_which_event_and_why(store: OpenStore) -> None:
    event = an_unhandled_event(7)
    await keep(store, event)
    (letter,) = await listed(store)
    assert letter == DeadLetter(
        letter.id, "mail", WORKSPACE, event.position, event.event_id, event.type, event.failure, 8, NOW, NOW
    )


async def test_what_an_error_quotes_is_storable_whatever_it_is(store: OpenStore) -> None:
    await keep(store, an_unhandled_event(message="\0\ud800" * 900))
    (letter,) = await listed(store)
    assert letter.failure.message == "\ufffd" * 1000


async def test_the_same_event_again_is_counted_on_and_open_again(store: OpenStore) -> None:
    event = an_unhandled_event(7)
    await keep(store, event)
    (letter,) = await listed(store)
    await mark(store, letter, LetterState.REPLAYING)
    await keep(store, an_unhandled_event(7, message="still not"), at=NOW + HOUR)
    await keep(store, an_unhandled_event(7, message="still not"), at=NOW - HOUR)
    (again,) = await listed(store)
    assert (again.id, again.event_id, again.state) == (letter.id, event.event_id, LetterState.OPEN)
    assert (again.attempts, again.first_failed_at, again.last_failed_at) == (24, NOW, NOW + HOUR)
    assert again.failure.message == "still not"


async def test_each_group_has_its_own_of_the_same_event(store: OpenStore) -> None:
    await keep(store, an_unhandled_event(7), an_unhandled_event(7, group="web"), an_unhandled_event(8))
    assert [(letter.group, letter.position) for letter in await listed(store)] == [("mail", 8), ("web", 7), ("mail", 7)]


async def test_one_kept_by_many_at_once_is_one(store: OpenStore) -> None:
    twin = await store.twin()
    await asyncio.gather(*(keep(each, an_unhandled_event(7, attempts=1)) for each in [store, twin] * 4))
    (letter,) = await listed(store)
    assert letter.attempts == 8


async def test_dead_letters_are_listed_newest_first_and_page_by_id(store: OpenStore) -> None:
    await keep(store, *(an_unhandled_event(position) for position in range(1, 8)))
    whole = await listed(store)
    assert [letter.position for letter in whole] == [7, 6, 5, 4, 3, 2, 1]
    paged = await listed(store, limit=3)
    while page := await listed(store, limit=3, before=paged[-1].id):
        paged += page
    assert paged == whole


async def test_dead_letters_are_found_by_workspace_group_and_state(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await keep(
        store,
        an_unhandled_event(1),
        an_unhandled_event(2, workspace=elsewhere),
        an_unhandled_event(3, group="web"),
    )
    third, second, first = await listed(store, None)
    await mark(store, first, LetterState.REPLAYING)
    assert [letter.id for letter in await listed(store)] == [third.id, first.id]
    assert [letter.id for letter in await listed(store, elsewhere)] == [second.id]
    assert [letter.id for letter in await listed(store, None, group="mail")] == [second.id, first.id]
    assert [letter.id for letter in await listed(store, None, state=LetterState.OPEN)] == [third.id, second.id]
    assert [letter.id for letter in await listed(store, state=LetterState.REPLAYING)] == [first.id]


async def test_a_dead_letter_of_another_workspace_is_not_found(store: OpenStore) -> None:
    elsewhere = await store.new_workspace("elsewhere")
    await keep(store, an_unhandled_event())
    (letter,) = await listed(store)
    async with store.begin() as work:
        assert await work.dead_letters.get(WORKSPACE, letter.id) == letter
        for workspace, number in ((elsewhere, letter.id), (WORKSPACE, DeadLetterId(letter.id + 1))):
            with pytest.raises(DeadLetterNotFound):
                await work.dead_letters.get(workspace, number)


async def test_those_to_replay_come_in_the_order_of_the_log(store: OpenStore) -> None:
    await keep(store, *(an_unhandled_event(position) for position in (3, 1, 2, 4)), an_unhandled_event(5, group="web"))
    for letter in await listed(store):
        if letter.position != 2:
            await mark(store, letter, LetterState.REPLAYING)
    async with store.begin(reading=True) as work:
        assert [letter.position for letter in await work.dead_letters.to_replay("mail", 9)] == [1, 3, 4]
        assert [letter.position for letter in await work.dead_letters.to_replay("mail", 2)] == [1, 3]
        assert [letter.position for letter in await work.dead_letters.to_replay("nobody", 9)] == []


async def test_a_replay_that_fails_opens_it_again_and_counts(store: OpenStore) -> None:
    await keep(store, an_unhandled_event())
    (letter,) = await listed(store)
    await mark(store, letter, LetterState.REPLAYING)
    async with store.begin() as work:
        await work.dead_letters.note_failure(letter.id, Failure("OSError", "gone"), 1, NOW + HOUR)
        await work.commit()
    (again,) = await listed(store, state=LetterState.OPEN)
    assert (again.failure, again.attempts, again.last_failed_at) == (Failure("OSError", "gone"), 9, NOW + HOUR)
    assert again.first_failed_at == NOW


async def test_a_removed_one_is_gone_and_stays_so(store: OpenStore) -> None:
    await keep(store, an_unhandled_event())
    (letter,) = await listed(store)
    async with store.begin() as work:
        await work.dead_letters.remove(letter.id)
        await work.dead_letters.remove(letter.id)
        await work.dead_letters.mark(letter.id, LetterState.REPLAYING)
        await work.dead_letters.note_failure(letter.id, Failure("OSError", "gone"), 1, NOW)
        await work.commit()
    assert await listed(store) == []
    await keep(store, an_unhandled_event())
    (new,) = await listed(store)
    assert new.id > letter.id
