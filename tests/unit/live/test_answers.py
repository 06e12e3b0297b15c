import asyncio

import pytest

from shadower.application.live import answers as answers_module
from shadower.application.live.messages import Answer, Refused
from shadower.domain.errors import Invalid, StoreUnavailable
from tests.unit.live.conftest import Ear, Scene, asking


class Oracle:
    """Answers with how often it was asked, or with what it was told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.at_once = 0
        self.most_at_once = 0
        self.takes = 0.0
        self.error: Exception | None = None
        self.data: bytes | None = None

    async def __call__(self) -> bytes:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.takes)
        self.at_once -= 1
        if self.error is not None:
            raise self.error
        return self.data or b"%d" % self.asked


async def answer(ear: Ear) -> bytes:
    message = await ear.next()
    assert isinstance(message, Answer), message
    return message.data


async def test_an_answer_comes_at_once_and_again_when_something_came_in(scene: Scene) -> None:
    oracle = Oracle()
    ear = await scene.listen(asking(oracle, moves_with=1))
    assert await answer(ear) == b"1"
    await scene.append("a")
    message = await ear.next()
    assert message == Answer(message.position, "numbers", "metrics", b"2")
    assert message.position == 1


async def test_it_is_not_asked_again_for_what_came_into_another_workspace(scene: Scene) -> None:
    oracle = Oracle()
    ear = await scene.listen(asking(oracle, moves_with=1))
    await answer(ear)
    await scene.append("theirs", workspace=2)
    with pytest.raises(TimeoutError):
        await ear.next(within=0.3)
    assert oracle.asked == 1


async def test_it_is_asked_no_more_often_than_wanted_however_much_comes_in(scene: Scene) -> None:
    oracle = Oracle()
    ear = await scene.listen(asking(oracle, every=0.2, moves_with=1))
    await answer(ear)
    began = asyncio.get_running_loop().time()
    for _ in range(40):
        await scene.append("a")
        await asyncio.sleep(0.01)
    passed = asyncio.get_running_loop().time() - began
    assert 2 <= oracle.asked <= 2 + passed / 0.2


async def test_what_may_change_at_any_time_is_asked_again_and_again(scene: Scene) -> None:
    oracle = Oracle()
    ear = await scene.listen(asking(oracle, every=0.05))
    assert [await answer(ear) for _ in range(3)] == [b"1", b"2", b"3"]


async def test_an_answer_that_is_what_it_was_is_not_told_again(scene: Scene) -> None:
    oracle = Oracle()
    oracle.data = b"same"
    ear = await scene.listen(asking(oracle, every=0.05))
    await answer(ear)
    with pytest.raises(TimeoutError):
        await ear.next(within=0.3)
    assert oracle.asked > 2
    oracle.data = b"other"


async def test_a_question_is_asked_once_for_everybody(scene: Scene) -> None:
    oracle = Oracle()
    ears = [await scene.listen(asking(oracle, name=name, moves_with=1)) for name in "abc"]
    assert [await answer(ear) for ear in ears] == [b"1", b"1", b"1"]
    late = await scene.listen(asking(oracle, moves_with=1))
    assert await answer(late) == b"1"
    await scene.append("a")
    assert [await answer(ear) for ear in (*ears, late)] == [b"2"] * 4


async def test_nobody_is_asked_for_nobody(scene: Scene) -> None:
    oracle = Oracle()
    ear = await scene.listen(asking(oracle, every=0.05))
    await answer(ear)
    ear.listener.unsubscribe("numbers")
    await asyncio.sleep(0.2)
    assert oracle.asked <= 2


async def test_a_question_that_takes_long_is_asked_less_often(scene: Scene) -> None:
    oracle = Oracle()
    oracle.takes = 0.1
    ear = await scene.listen(asking(oracle, every=0.01))
    await answer(ear)
    await asyncio.sleep(0.25)
    assert oracle.asked == 1


async def test_few_questions_are_asked_at_a_time(scene: Scene) -> None:
    oracles = [Oracle() for _ in range(6)]
    for oracle in oracles:
        oracle.takes = 0.02
    running = 0
    most = 0

    async def ask(oracle: Oracle) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await oracle()
        finally:
            running -= 1

    ear = await scene.listen(
        *(asking(lambda oracle=oracle: ask(oracle), name=str(number)) for number, oracle in enumerate(oracles))
    )
    for _ in oracles:
        await answer(ear)
    assert most == answers_module.MOST_AT_ONCE


async def test_a_question_that_cannot_be_right_is_refused_and_not_asked_again(scene: Scene) -> None:
    oracle = Oracle()
    oracle.error = Invalid("There is no metric 'executionz'.", field="metric")
    ear = await scene.listen(asking(oracle))
    refused = await ear.next()
    assert isinstance(refused, Refused)
    assert (refused.subscription, refused.error) == ("numbers", oracle.error)
    await asyncio.sleep(0.2)
    assert oracle.asked == 1
    oracle.error = None
    ear.listener.subscribe([asking(oracle)])
    assert await answer(ear) == b"2"


@pytest.mark.parametrize("error", [StoreUnavailable("The store is away."), ZeroDivisionError("a fault")])
async def test_an_answer_that_cannot_be_had_now_is_told_and_tried_again(scene: Scene, error: Exception) -> None:
    oracle = Oracle()
    oracle.data = b"same"
    ear = await scene.listen(asking(oracle))
    await answer(ear)
    oracle.error = error
    refused = await ear.next()
    assert isinstance(refused, Refused)
    assert refused.subscription == "numbers"
    oracle.error = None
    while isinstance(message := await ear.next(), Refused):
        pass
    assert isinstance(message, Answer)
    assert scene.reported.count(error) == (0 if isinstance(error, StoreUnavailable) else oracle.asked - 2)


async def test_a_slow_listener_is_told_only_the_newest_answer(scene: Scene) -> None:
    oracle = Oracle()
    ear = await scene.listen(asking(oracle, every=0.01))
    await answer(ear)
    await asyncio.sleep(0.3)
    assert oracle.asked > 4
    newest = oracle.asked
    assert int(await answer(ear)) >= newest - 1
