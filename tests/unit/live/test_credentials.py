import pytest

from shadower.application.authenticate import Credential, credential_of
from shadower.application.live import credentials as credentials_module
from shadower.application.live.messages import Ending
from shadower.domain.errors import StoreUnavailable
from shadower.domain.events.event import WorkspaceId
from shadower.domain.keys.key import Scope
from tests.unit.live.conftest import Scene


async def a_key(scene: Scene) -> tuple[int, Credential]:
    key, text = await scene.container.issue_key()(WorkspaceId(1), "one of many", [Scope.READ])
    return key.id, credential_of(text)


async def test_a_revoked_key_ends_its_connections_and_no_others(scene: Scene) -> None:
    number, credential = await a_key(scene)
    ended = [await scene.listen(credential=credential) for _ in range(2)]
    other = await scene.listen()
    await scene.container.revoke_key()(WorkspaceId(1), number)
    for ear in ended:
        with pytest.raises(EOFError):
            await ear.next()
        assert ear.listener.ending is Ending.REVOKED
    await scene.append("a")
    assert await other.until(1) == [1]


async def test_a_key_nobody_can_look_up_just_now_ends_nothing(scene: Scene) -> None:
    ear = await scene.listen()

    async def away(credential: Credential) -> None:
        raise StoreUnavailable("The store is away.")

    credentials = scene.live._credentials
    credentials._authenticate.holder = away
    await credentials.check()
    assert ear.listener.ending is None


async def test_of_many_credentials_each_is_looked_at_in_its_turn(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials_module, "MOST_A_ROUND", 2)
    looked_at: list[Credential] = []
    credentials = scene.live._credentials
    every = [(await a_key(scene))[1] for _ in range(5)]
    for credential in every:
        await scene.listen(credential=credential)

    async def holder(credential: Credential) -> None:
        looked_at.append(credential)

    credentials._authenticate.holder = holder
    for _ in range(5):
        await credentials.check()
    assert looked_at == every * 2


async def test_nothing_is_kept_of_those_who_left(scene: Scene) -> None:
    await scene.listen()
    await scene.stack.aclose()
    live = scene.live
    assert not live._listeners
    assert not live._credentials._listeners
    assert not live._hub._channels
