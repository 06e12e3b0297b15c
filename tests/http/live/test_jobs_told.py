"""Jobs, told as they go, to those who may see them."""

from typing import Any

import pytest

from shadower.domain.keys.key import Scope
from shadower.testing import a_job
from tests.http.live.conftest import LIVE, Socket, poll, socket, stream
from tests.http.served import Listening

MUCH_LATER = {"kind": "rollups.verify", "run_after": "2100-01-01T00:00:00Z"}


async def ask(listening: Listening, key: str | None = None) -> dict[str, Any]:
    headers = {} if key is None else {"x-api-key": key}
    answer = await listening.api.post("/api/v1/jobs", json=MUCH_LATER, headers=headers)
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def put_one_of_the_system(listening: Listening) -> int:
    async with listening.container.begin()() as work:
        job, _ = await work.jobs.add(a_job(workspace=None))
        await work.commit()
    return job.id


async def listed(told: Socket, *jobs: int) -> None:
    """Wait until exactly these jobs are told."""
    while [job["id"] for job in (await told.next())["data"]["items"]] != list(jobs):
        pass


@pytest.mark.parametrize("way", [socket, stream])
async def test_what_becomes_of_a_job_is_told_without_asking(listening: Listening, way: Any) -> None:  # noqa: ANN401 - either
    async with way(listening, topic="jobs", every=1) as told:
        first = await told.next()
        assert (first["type"], first["data"]) == ("jobs", {"items": [], "next_cursor": None})
        job = await ask(listening)
        assert (await told.next())["data"]["items"] == [job]
        await listening.api.post(f"/api/v1/jobs/{job['id']}/cancel")
        last = await told.next()
        assert last["data"]["items"][0]["state"] == "cancelled"
        assert last["data"] == (await listening.api.get("/api/v1/jobs")).json()


async def test_only_those_jobs_are_told_that_were_asked_for(listening: Listening) -> None:
    cancelled, queued = [(await ask(listening))["id"] for _ in range(2)]
    await listening.api.post(f"/api/v1/jobs/{cancelled}/cancel")
    for asked, jobs in (
        ({"state": "cancelled"}, [cancelled]),
        ({"queue": "report-generator"}, []),
        ({"kind": "rollups.rebuild"}, []),
        ({"kind": "rollups.verify", "queue": "data-aggregator"}, [queued, cancelled]),
        ({"limit": 1}, [queued]),
    ):
        answer = await poll(listening, topic="jobs", **asked)
        assert [job["id"] for job in answer["messages"][0]["data"]["items"]] == jobs, asked


async def test_jobs_of_others_are_not_told_and_those_of_the_system_only_to_admins(listening: Listening) -> None:
    theirs = await listening.key(Scope.ADMIN, workspace="elsewhere")
    reader = await listening.key(Scope.READ)
    system = await put_one_of_the_system(listening)
    our, their = (await ask(listening))["id"], (await ask(listening, theirs))["id"]
    async with (
        socket(listening, topic="jobs") as admin,
        socket(listening, {"x-api-key": reader}, topic="jobs") as reading,
        socket(listening, {"x-api-key": theirs}, topic="jobs") as elsewhere,
    ):
        await listed(admin, our, system)
        await listed(reading, our)
        await listed(elsewhere, their, system)


@pytest.mark.parametrize("asked", ["state=done", "queue=nowhere", "limit=1001", "limit=0", "every=0.5", "colour=red"])
async def test_what_jobs_cannot_be_asked_by_is_refused(listening: Listening, asked: str) -> None:
    answer = await listening.api.get(f"{LIVE}/poll?topic=jobs&{asked}")
    assert answer.status_code == 400
    assert answer.json()["code"] in {"parameter_invalid", "unknown_parameter"}
