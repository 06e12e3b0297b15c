"""A job that takes some seconds, asked for over HTTP."""

from typing import Any

from tests.cli.conftest import Running


def ask_for_a_long_job(server: Running, key: str) -> int:
    """Return its number: events that are refused are tried again, and refused again."""
    for batch in range(6):
        refused = [{"type": "Wrong", "id": f"{batch}-{number}"} for number in range(500)]
        assert server.ask("/api/v1/events", key, refused)[1]["rejected"] == 500
    status, job = server.ask("/api/v1/jobs", key, {"kind": "quarantine.replay"})
    assert status == 201, job
    return int(job["id"])


def is_under_way(job: dict[str, Any]) -> bool:
    return bool(job["state"] == "running" and job["progress"] and job["progress"]["done"])


def is_done(job: dict[str, Any]) -> bool:
    return bool(job["state"] == "succeeded")
