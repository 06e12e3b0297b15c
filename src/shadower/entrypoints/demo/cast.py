"""Who appears in the demo. All of it is made up; prices are of the order that such models cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shadower.domain.workspaces.workspace import Weekday


@dataclass(frozen=True, slots=True)
class Model:
    """A language model."""

    name: str
    price_in: Decimal
    """Per million tokens, as is `price_out`."""
    price_out: Decimal
    pace: float
    """How long a run takes, relative to the others."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent and how its runs usually go."""

    id: str
    share: float
    """Of all runs, relative to the others."""
    models: Sequence[tuple[str, float]]
    """Model and share. The first is giving way to the second while the demo's month passes."""
    typical_ms: float
    failing: float
    """The share of runs that fail on a normal day."""
    tokens_in: int
    tokens_out: int
    credits: Decimal
    tasks: Sequence[str]
    tools: Sequence[str]


@dataclass(frozen=True, slots=True)
class Company:
    """A workspace of the demo."""

    slug: str
    name: str
    zone: str
    first_weekday: Weekday
    source: str
    agents: Sequence[Agent]
    on_trial: Agent
    """Runs around the clock, for as long as the demo does."""
    people: Sequence[str]
    runs_a_day: float
    """On a weekday at the end of the month before the demo began; fewer earlier on."""
    weakest_model: str
    """The one that has a bad afternoon now and then."""


MODELS = {
    model.name: model
    for model in (
        Model("gpt-4o", Decimal("2.5"), Decimal(10), 1.0),
        Model("gpt-4o-mini", Decimal("0.15"), Decimal("0.6"), 0.55),
        Model("claude-sonnet-4", Decimal(3), Decimal(15), 1.15),
        Model("mistral-large", Decimal(2), Decimal(6), 0.9),
        Model("llama-3.3-70b", Decimal("0.6"), Decimal("0.8"), 1.4),
    )
}

_NAMES = (
    "anna ben chiara david elif farid greta hugo ines jonas kira leo mara nils olga paul rosa samir tess yuki",
    "arslan berg costa dahl egger falk grant haas ito jensen klein lopez moreau novak okafor price",
)
_FIRST, _LAST = (names.split() for names in _NAMES)


def _people(number: int, step: int) -> Sequence[str]:
    """Names that differ; companies with steps of their own share few."""
    return [f"{_FIRST[i * step % len(_FIRST)]}.{_LAST[i * step // len(_FIRST) % len(_LAST)]}" for i in range(number)]


SUPPORT = Company(
    slug="acme-support",
    name="Acme Support",
    zone="Europe/Berlin",
    first_weekday=Weekday.MONDAY,
    source="helpdesk",
    runs_a_day=4200,
    weakest_model="gpt-4o",
    people=_people(220, 1),
    on_trial=Agent(
        "inbox-watcher",
        0,
        (("gpt-4o-mini", 0.9), ("mistral-large", 0.1)),
        450,
        0.01,
        620,
        25,
        Decimal("0.05"),
        ("look for urgent mail",),
        ("read_inbox",),
    ),
    agents=(
        Agent(
            "triage",
            5,
            (("gpt-4o", 0.4), ("gpt-4o-mini", 0.6)),
            900,
            0.012,
            1400,
            60,
            Decimal("0.2"),
            ("route ticket", "detect language", "set priority"),
            ("search_tickets", "set_queue"),
        ),
        Agent(
            "order-status",
            3,
            (("gpt-4o", 0.3), ("gpt-4o-mini", 0.7)),
            2100,
            0.025,
            2300,
            180,
            Decimal("0.5"),
            ("find order", "track parcel"),
            ("get_order", "track_parcel", "send_reply"),
        ),
        Agent(
            "refunds",
            1.6,
            (("gpt-4o", 0.7), ("claude-sonnet-4", 0.3)),
            6400,
            0.055,
            5200,
            420,
            Decimal("1.5"),
            ("check policy", "issue refund", "offer voucher"),
            ("get_order", "check_policy", "issue_refund"),
        ),
        Agent(
            "knowledge-base",
            2.2,
            (("llama-3.3-70b", 0.6), ("mistral-large", 0.4)),
            4200,
            0.03,
            7800,
            510,
            Decimal("0.8"),
            ("answer question", "summarise article"),
            ("search_articles", "read_article"),
        ),
        Agent(
            "escalation",
            0.5,
            (("claude-sonnet-4", 0.8), ("gpt-4o", 0.2)),
            14500,
            0.08,
            11800,
            1350,
            Decimal(4),
            ("write hand-over", "draft apology"),
            ("read_thread", "notify_lead"),
        ),
    ),
)

FINANCE = Company(
    slug="northwind-finance",
    name="Northwind Finance",
    zone="America/Los_Angeles",
    first_weekday=Weekday.SUNDAY,
    source="workbook-add-in",
    runs_a_day=3300,
    weakest_model="claude-sonnet-4",
    people=_people(90, 7),
    on_trial=Agent(
        "rate-watcher",
        0,
        (("gpt-4o-mini", 0.8), ("llama-3.3-70b", 0.2)),
        600,
        0.015,
        540,
        30,
        Decimal("0.05"),
        ("compare exchange rates",),
        ("read_rates",),
    ),
    agents=(
        Agent(
            "ledger-reconciler",
            3,
            (("gpt-4o", 0.5), ("gpt-4o-mini", 0.5)),
            5200,
            0.04,
            9400,
            380,
            Decimal("1.2"),
            ("match payments", "explain difference"),
            ("read_range", "query_ledger", "write_range"),
        ),
        Agent(
            "formula-helper",
            4,
            (("gpt-4o-mini", 0.8), ("mistral-large", 0.2)),
            1300,
            0.018,
            1700,
            140,
            Decimal("0.3"),
            ("write formula", "fix error", "explain formula"),
            ("read_range", "write_range"),
        ),
        Agent(
            "forecast-writer",
            1.2,
            (("claude-sonnet-4", 0.6), ("gpt-4o", 0.4)),
            18500,
            0.06,
            16500,
            2100,
            Decimal(5),
            ("quarterly forecast", "scenario"),
            ("query_ledger", "run_model", "write_range"),
        ),
        Agent(
            "report-builder",
            1,
            (("claude-sonnet-4", 0.7), ("llama-3.3-70b", 0.3)),
            24000,
            0.05,
            21000,
            3400,
            Decimal(6),
            ("board report", "cost review"),
            ("query_ledger", "draw_chart", "write_page"),
        ),
    ),
)

COMPANIES = (SUPPORT, FINANCE)
