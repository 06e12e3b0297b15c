"""
Shadower records what AI agents do and answers questions about it, exactly.

    async with shadower.open("sqlite:///x.db", workspace="default") as sh:
        await sh.ingest([{"type": "agent.executed", "agent_id": "support-bot", "status": "success"}])
        answer = await sh.timeseries(metric="executions", interval="hour", timeframe="24h")

`shadower.connect(…)` is the same without `await`. Nothing is loaded before it is used (PEP 562).
"""

from importlib import import_module

_HOMES = {
    "open": "shadower.entrypoints.library.opening",
    "connect": "shadower.entrypoints.library.opening",
    "Shadower": "shadower.entrypoints.library.client",
    "BlockingShadower": "shadower.entrypoints.library.blocking",
    "SettingsInvalid": "shadower.entrypoints.settings_sources",
    "ShadowerError": "shadower.domain.errors",
}

__all__ = ["BlockingShadower", "SettingsInvalid", "Shadower", "ShadowerError", "connect", "open"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
