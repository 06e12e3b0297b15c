"""A Shadower server of a test's own, on SQLite, and its API."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import httpx

from shadower.entrypoints.settings_sources import settings_for
from shadower.entrypoints.wiring.choice import chosen_store
from shadower.testing import HandClock, a_refused_event
from tests.servers.server import Server

Asked = str | int | list[str]

ADMIN_KEY = "browser-tests-admin-key-0123456789abcdef"


class ShadowerServer(Server):
    """`shadower serve` in a process of its own; its one key may do everything."""

    name: ClassVar[str] = "shadower"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **parameters: Asked) -> Any:  # noqa: ANN401 - JSON
        """Ask the API, as a program would."""
        with self._client() as client:
            return client.get(path, params=parameters).raise_for_status().json()

    def send(self, *events: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Send events; returns what became of them."""
        with self._client() as client:
            return client.post("/events", json={"events": list(events)}).raise_for_status().json()

    def set_aside(self, event_id: str, projection: str) -> None:
        """Put an event of the default workspace into the quarantine, as a projection that cannot take it does."""
        settings = settings_for(database_url=f"sqlite:///{self.data_dir}/shadower.sqlite3")
        bundle = chosen_store(settings, HandClock(time.time_ns() // 1000))

        async def keep() -> None:
            refused = a_refused_event(
                json.dumps({"id": event_id}).encode(), code="projection_failed", field=None, projection=projection
            )
            async with bundle.begin() as work:
                workspace = await work.workspaces.find("default")
                assert workspace is not None
                await work.quarantine.set_aside(workspace.id, refused, time.time_ns() // 1000)
                await work.commit()
            await bundle.store.close()

        # While a browser is open, no other event loop can run in this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, keep()).result()

    def key(self, *scopes: str) -> str:
        """Make a key."""
        with self._client() as client:
            made = client.post("/keys", json={"name": "a test", "scopes": list(scopes)})
        return str(made.raise_for_status().json()["key"])

    def post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Ask the API to change something."""
        with self._client() as client:
            return client.post(path, json=body).raise_for_status().json()

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=f"{self.url}/api/v1", headers={"Authorization": f"Bearer {ADMIN_KEY}"}, timeout=30)

    def _command(self) -> Sequence[str | Path]:
        settings = {
            "SHADOWER_DATA_DIR": str(self.data_dir),
            "SHADOWER_BOOTSTRAP_KEY": ADMIN_KEY,
            "SHADOWER_PORT": str(self.port),
            "SHADOWER_LOG_LEVEL": "warning",
        }
        return [
            "env",
            *(f"{name}={value}" for name, value in settings.items()),
            sys.executable,
            "-m",
            "shadower",
            "serve",
        ]

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ready", timeout=2).is_success
        except httpx.HTTPError:
            return False
