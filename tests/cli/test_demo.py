"""The demo as a newcomer meets it."""

import json
import shlex
import stat

from shadower.entrypoints.demo.cast import FINANCE, SUPPORT
from tests.cli.conftest import Running, Shadower, eventually

NEWEST = "/api/v1/events?limit=1"
A_DAY = "/api/v1/metrics/summary?metric=executions&timeframe=24h"


def keys_of(demo: Running) -> dict[str, str]:
    return {company.slug: demo.line(company.name).split()[0] for company in (SUPPORT, FINANCE)}


def send_as_the_curl_line_says(demo: Running) -> dict[str, object]:
    words = shlex.split(f"{demo.line('curl ').rstrip(chr(92))} {demo.line('')}")
    url, headers, body = words[0], words[2:5:2], words[-1]
    path = url.removeprefix(demo.url)
    authorization, content_type = headers
    assert content_type == "Content-Type: application/json"
    status, receipt = demo.ask(path, authorization.removeprefix("Authorization: Bearer "), json.loads(body))
    assert status == 200
    return dict(receipt)


def test_the_demo_invites_moves_and_comes_back_as_it_was(shadower: Shadower) -> None:
    with shadower.running("demo") as demo:
        assert demo.line("Starting the Shadower demo") == ". Ctrl+C stops it."
        assert demo.line("Shadower is at ") == shadower.url
        keys = keys_of(demo)
        for name, key in keys.items():
            assert demo.ask("/api/v1/workspaces/current", key)[1]["slug"] == name
            assert demo.ask(A_DAY, key)[1]["metrics"]["executions"]["value"] > 500
        key = keys[SUPPORT.slug]
        position = demo.ask(NEWEST, key)[1]["items"][0]["position"]
        assert send_as_the_curl_line_says(demo)["stored"] == 1
        assert demo.ask("/api/v1/events?agent_id=my-agent", key)[1]["items"] != []
        watched = f"/api/v1/events?agent_id={SUPPORT.on_trial.id}"
        eventually(lambda: any(item["position"] > position for item in demo.ask(watched, key)[1]["items"]))
        assert demo.stop() == 0
    kept = shadower.folder / "data" / "demo" / "keys.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with shadower.running("demo") as demo:
        demo.line("Shadower is at ")
        assert keys_of(demo) == keys
        assert demo.stop() == 0
    store = f"sqlite:///{shadower.folder}/data/demo/shadower.sqlite3"
    assert shadower("verify", DATABASE_URL=store).returncode == 0
    assert "default" not in shadower("workspaces", "list", DATABASE_URL=store).stdout
    assert shadower("workspaces", "list").stdout == "", "the demo touched the real store"
