"""The quarantine is bounded, and says so when it is full."""

import httpx
import pytest

from tests.http.test_quarantine import entries, refuse


@pytest.fixture
def overrides() -> dict[str, str]:
    return {"quarantine_limit_bytes": "100"}


async def test_a_full_quarantine_raises_an_alarm_until_somebody_knows(api: httpx.AsyncClient) -> None:
    await refuse(api, *[b'{"type":"X%03d"}' % number for number in range(20)])
    assert 0 < len(await entries(api)) < 20
    size = (await api.get("/api/v1/health/data")).json()["quarantine"]
    assert size["bytes"] <= size["limit"] == 100
    assert (size["alarm"], size["overflowed"]) == (True, 20 - size["entries"])
    acknowledged = (await api.post("/api/v1/quarantine/acknowledge")).json()
    assert (acknowledged["alarm"], acknowledged["entries"]) == (False, size["entries"])
    assert (await api.get("/api/v1/health/data")).json()["quarantine"]["alarm"] is False
