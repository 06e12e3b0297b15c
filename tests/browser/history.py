"""A week of agents at work, the same for every test: enough of everything a page shows."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

AGENTS = ("refund-desk", "invoice-reader", "ticket-triage", "release-notes")
MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4")
USERS = tuple(f"{name}@acme.example" for name in ("amara", "ben", "chiara", "dmitri", "elena", "farid"))
SESSION = "session-with-a-tree"
TREE_ROOT = "root-run"


def a_week(now: datetime, runs: int = 400) -> Iterator[dict[str, Any]]:
    """Runs over the last six days, with failures, cancellations and credits between them."""
    chance = random.Random(7)
    for number in range(runs):
        at = now - timedelta(minutes=5 + chance.randrange(6 * 24 * 60))
        status = chance.choices(["success", "failure", "cancelled"], [90, 7, 3])[0]
        yield {
            "id": f"run-{number}",
            "type": "agent.failed" if status == "failure" and number % 2 else "agent.executed",
            "occurred_at": rfc3339(at),
            "source": "orchestrator",
            "agent_id": chance.choice(AGENTS),
            "user_id": chance.choice(USERS),
            "session_id": f"session-{number // 4}",
            "model": chance.choice(MODELS),
            "status": status,
            "error_type": "timeout" if status == "failure" else None,
            "duration_ms": f"{chance.lognormvariate(7.5, 0.8):.3f}",
            "tokens_in": chance.randrange(200, 4000),
            "tokens_out": chance.randrange(20, 900),
            "cost": f"0.00{chance.randrange(100, 999)}",
        }
        if number % 5 == 0:
            consumed = {
                "type": "credit.consumed",
                "source": "billing",
                "user_id": chance.choice(USERS),
                "credits": "2.25",
            }
            yield {**consumed, "id": f"credit-{number}", "occurred_at": rfc3339(at)}


def a_session_tree(now: datetime) -> Iterator[dict[str, Any]]:
    """One run that caused two others, one of which failed."""
    began = now - timedelta(minutes=30)
    base = {"type": "agent.executed", "source": "orchestrator", "session_id": SESSION, "user_id": USERS[0]}
    yield {
        **base,
        "id": TREE_ROOT,
        "agent_id": "planner",
        "status": "success",
        "duration_ms": "9000",
        "occurred_at": rfc3339(began),
    }
    for name, status, seconds in (("search", "success", 4), ("book", "failure", 8)):
        child = {"id": f"{name}-run", "agent_id": name, "status": status, "duration_ms": "3000", "parent_id": TREE_ROOT}
        yield {
            **base,
            **child,
            "occurred_at": rfc3339(began - timedelta(seconds=9 - seconds)),
            "data": {"tool": name, "exact": 1.50},
        }


def rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
