"""The quarantine is bounded, and says so when it is full."""

import httpx
import pytest

from tests.http.conftest import Service
from tests.http.test_quarantine import entries, refuse


@pytest.fixture
def overrides() -> dict[str, str]:
    return {"quarantine_limit_bytes": "100"}


async def test_a_full_quarantine_is_measured_and_noticed_once_until_somebody_knows(
    api: httpx.AsyncClient, service: Service
) -> None:
    here = await service.caller(None, peer="127.0.0.1")
    watch = service.container.watch_quarantine()
    first, second = (b'{"type":"%s"}' % (letter * 50) for letter in (b"X", b"Y"))
    await refuse(api, first)
    assert await watch() == []
    await refuse(api, second)
    measured = (await here.get("/metrics")).text
    assert "shadower_quarantine_entries 1.0" in measured
    assert "shadower_quarantine_overflowed_workspaces 1.0" in measured
    assert [workspace.slug for workspace in await watch()] == ["default"]
    assert await watch() == []
    await api.post("/api/v1/quarantine/acknowledge")
    assert "shadower_quarantine_overflowed_workspaces 0.0" in (await here.get("/metrics")).text
    assert await watch() == []
    await refuse(api, second)
    assert [workspace.slug for workspace in await watch()] == ["default"]


async def test_a_full_quarantine_raises_an_alarm_until_somebody_knows(api: httpx.AsyncClient) -> None:
    await refuse(api, *[b'{"type":"X%03d"}' % number for number in range(20)])
    assert 0 < len(await entries(api)) < 20
    size = (await api.get("/api/v1/health/data")).json()["quarantine"]
    assert size["bytes"] <= size["limit"] == 100
    assert (size["alarm"], size["overflowed"]) == (True, 20 - size["entries"])
    acknowledged = (await api.post("/api/v1/quarantine/acknowledge")).json()
    assert (acknowledged["alarm"], acknowledged["entries"]) == (False, size["entries"])
    assert (await api.get("/api/v1/health/data")).json()["quarantine"]["alarm"] is False
