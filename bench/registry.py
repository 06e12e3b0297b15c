"""Every figure by name."""

from bench.figures import Figure
from bench.micro import admit, append_postgres, append_sqlite, project_postgres, project_sqlite
from bench.workload import LIVE, SPREAD

_WITHIN = {"live": LIVE, "spread": SPREAD}


def figures() -> list[Figure]:
    """Return those of the requirements first, then those that only help in finding out why."""
    return [*_micro()]


def _micro() -> list[Figure]:
    found = [
        Figure(
            f"{name}_{store}_{kind}",
            store,
            "events/s",
            about,
            measures[store](within),
        )
        for name, about, measures in (
            ("append", "EventLog.append in groups of 10,000", {"postgres": append_postgres, "sqlite": append_sqlite}),
            ("project", "Rollups.advance of 20,000", {"postgres": project_postgres, "sqlite": project_sqlite}),
        )
        for store in ("postgres", "sqlite")
        for kind, within in _WITHIN.items()
    ]
    return [*found, Figure("admit", None, "µs/event", "decode and admit, against decoding alone", admit)]
