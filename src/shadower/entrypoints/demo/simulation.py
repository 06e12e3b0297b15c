"""
What happens in a company, minute by minute.

A minute's sessions depend only on the company, the demo's birth and the minute, ids included. So the past can be told
at once and the present as it happens, and whatever is told twice is recognised as the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from math import exp
from random import Random
from typing import Any

from shadower.domain.events.event import Status
from shadower.domain.events.moments import MINUTE, SECOND, rfc3339
from shadower.entrypoints.demo.cast import MODELS, Agent, Company, Model
from shadower.entrypoints.demo.rhythm import Rhythm
from shadower.entrypoints.reading.sent import EventIn

LONGEST_SESSION = 90 * MINUTE
RUNS_A_SESSION = 3.2
TRIAL_EVERY = 6 * SECOND

_ERRORS = {"TimeoutError": 5, "RateLimitError": 4, "ToolError": 3, "InvalidOutput": 2, "ContextTooLong": 1}
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, order=True)
class Happening:
    """An event and its moment (micros)."""

    at: int
    event: EventIn = field(compare=False)


class Simulation:
    """One company since `born` (micros), and for as long before as one likes."""

    def __init__(self, company: Company, born: int) -> None:
        self.company = company
        self._rhythm = Rhythm(company, born)
        # A few people do most of the work.
        self._eagerness = [1 / (rank + 4) for rank in range(len(company.people))]
        self._shares = [agent.share for agent in company.agents]

    def minute(self, start: int, *, live: bool) -> Iterator[Happening]:
        """
        Yield what comes of the sessions that begin in the minute from `start` (micros), in no particular order.

        What happens `live` is told in more detail, with each step within a run, and with the runs of an agent that is
        on trial around the clock, so that there is something to see at night too.
        """
        # Chance in a demo needs no cryptography, and must fall the same way each time.
        chance = Random(f"{self.company.slug} {start}")  # noqa: S311
        expected = self._rhythm.runs_a_minute(start) / RUNS_A_SESSION
        for number in range(_poisson(chance, expected)):
            begins = start + chance.randrange(MINUTE)
            yield from self._session(chance, begins, f"{start // MINUTE}-{number}", steps=live)
        if live:
            yield from self._trial(chance, start)

    def _trial(self, chance: Random, start: int) -> Iterator[Happening]:
        about = _About(f"trial-{start // (60 * MINUTE)}", None, self.company.source)
        for number in range(MINUTE // TRIAL_EVERY):
            at = start + number * TRIAL_EVERY + chance.randrange(TRIAL_EVERY)
            run = _Run(self._rhythm, chance, at, self.company.on_trial)
            yield about.happening(at, f"{start // MINUTE}-{number}", **run.end())

    def _session(self, chance: Random, begins: int, session: str, *, steps: bool) -> Iterator[Happening]:
        user = chance.choices(self.company.people, self._eagerness)[0]
        about = _About(session, user, self.company.source)
        at, number = begins, 0
        if chance.random() < 0.35:
            yield about.happening(at, "in", type="user.login", data={"method": "sso"})
        while at < begins + LONGEST_SESSION:
            at += round(chance.expovariate(1 / 25) * SECOND) + SECOND
            agent = chance.choices(self.company.agents, self._shares)[0]
            run = _Run(self._rhythm, chance, at, agent)
            for step, tool in enumerate(run.tools if steps else ()):
                moment = at + run.duration * (step + 1) // (len(run.tools) + 1)
                data = {"tool": tool}
                yield about.happening(moment, f"{number}-{step}", type="tool.called", agent_id=agent.id, data=data)
            at += run.duration
            yield about.happening(at, f"{number}", **run.end())
            if agent.id == "report-builder" and run.status == "success":
                data = {"format": "pdf"}
                yield about.happening(
                    at + SECOND, f"{number}-report", type="report.generated", agent_id=agent.id, data=data
                )
            number += 1
            if chance.random() < 1 / RUNS_A_SESSION:
                break


@dataclass(frozen=True, slots=True)
class _About:
    """What the events of a session have in common."""

    session: str
    user: str | None
    source: str

    def happening(self, at: int, number: str, **told: Any) -> Happening:  # noqa: ANN401 - fields
        event = EventIn(
            id=f"demo-{self.session}-{number}",
            occurred_at=rfc3339(at),
            session_id=f"s-{self.session}",
            user_id=self.user,
            source=self.source,
            **told,
        )
        return Happening(at, event)


class _Run:
    """One run of an agent."""

    def __init__(self, rhythm: Rhythm, chance: Random, at: int, agent: Agent) -> None:
        self._agent = agent
        self._model = _chosen(chance, agent, rhythm.adopted(at))
        trouble = rhythm.trouble(at, self._model.name)
        milliseconds = agent.typical_ms * self._model.pace * chance.lognormvariate(0, 0.55) * (1 + 2.5 * trouble)
        self.duration = round(milliseconds * 1000)
        """Microseconds."""
        self.status = _ended(chance, agent.failing + 0.45 * trouble)
        self.tools = [tool for tool in agent.tools if chance.random() < 0.75]
        self._task = chance.choice(agent.tasks)
        self._error = chance.choices(list(_ERRORS), list(_ERRORS.values()))[0]
        self._tokens_in = round(agent.tokens_in * chance.lognormvariate(0, 0.5))
        self._tokens_out = round(agent.tokens_out * chance.lognormvariate(0, 0.6))

    def end(self) -> dict[str, Any]:
        """Return the fields of the event that says how it ended."""
        failed = self.status == Status.FAILURE
        cost = self._tokens_in * self._model.price_in + self._tokens_out * self._model.price_out
        return {
            "type": "agent.failed" if failed else "agent.executed",
            "agent_id": self._agent.id,
            "status": self.status,
            "error_type": self._error if failed else None,
            "duration_ms": Decimal(self.duration) / 1000,
            "credits": Decimal(0) if failed else self._agent.credits,
            "cost": cost / _MILLION,
            "tokens_in": self._tokens_in,
            "tokens_out": self._tokens_out,
            "model": self._model.name,
            "data": {"task": self._task, "tools": self.tools},
        }


def _chosen(chance: Random, agent: Agent, adopted: float) -> Model:
    (old, share), (new, _) = agent.models
    return MODELS[old if chance.random() < share * (1.3 - adopted) else new]


def _ended(chance: Random, failing: float) -> str:
    dice = chance.random()
    if dice < failing:
        return Status.FAILURE
    return Status.CANCELLED if dice > 0.985 else Status.SUCCESS


def _poisson(chance: Random, expected: float) -> int:
    """Knuth, The Art of Computer Programming, volume 2, section 3.4.1; for small expectations."""
    limit, product, number = exp(-expected), chance.random(), 0
    while product > limit:
        product *= chance.random()
        number += 1
    return number
