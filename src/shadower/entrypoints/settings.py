"""
Every setting of Shadower, by name, with its meaning, its form and its default.

A field here is all a setting needs: `port` is read from SHADOWER_PORT or from `port` in the TOML file, is listed by
`shadower config`, and is checked before anything starts. `settings_sources` does the reading.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, get_type_hints

from shadower.entrypoints.settings_values import (
    admin_key,
    broker_url,
    folder,
    host_name,
    lower_word_of,
    number,
    redis_url,
    seconds,
    store_url,
    switch,
    token,
    words_of,
)


class Profile(StrEnum):
    """What the defaults are chosen for."""

    MEMORY = "memory"
    EMBEDDED = "embedded"
    PRODUCTION = "production"


class Technology(StrEnum):
    """What keeps the log; each has a module of this name in `wiring`."""

    MEMORY = "memory"
    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Role(StrEnum):
    """A part of the system that may be a process of its own. One process has all of them when embedded."""

    API = "analytics-api"
    PROCESSOR = "metrics-processor"
    REPORTS = "report-generator"
    NOTIFICATIONS = "notification-service"
    AGGREGATOR = "data-aggregator"


class LogFormat(StrEnum):
    """How log lines look. `auto`: for people on a terminal, JSON otherwise."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """From which severity on lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one setting is read and shown. Defaults are text, read as if somebody had set it."""

    parse: Callable[[str], object]
    """Raises ValueError with the form that is wanted."""
    about: str
    default: str | None = None
    """None stands for `not set`. `{data_dir}` is filled in."""
    by_profile: Mapping[str, str] = field(default_factory=dict)
    """Defaults that differ from it."""
    secret: bool = False
    """Whether the value is never shown. (Passwords inside URLs are hidden in any case.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in effect. `load` in `settings_sources` makes them; nothing reads the environment later."""

    profile: Annotated[Profile, Rule(lower_word_of(Profile), "Sets the defaults of the others.", "embedded")]
    data_dir: Annotated[Path, Rule(folder, "Where the SQLite file and the demo are kept.", ".shadower")]
    database_url: Annotated[
        str,
        Rule(
            store_url,
            "The store: sqlite:///FILE, postgresql://USER:PASSWORD@HOST/DATABASE or memory://.",
            by_profile={"memory": "memory://", "embedded": "sqlite:///{data_dir}/shadower.sqlite3"},
        ),
    ]
    redis_url: Annotated[
        str | None,
        Rule(
            redis_url, "Redis (6.2 or later): carries events to handlers, tells workers of jobs, keeps what is cached."
        ),
    ]
    broker_url: Annotated[str | None, Rule(broker_url, "RabbitMQ, to tell workers of jobs in place of Redis.")]
    host: Annotated[
        str, Rule(host_name, "The address to listen on.", "127.0.0.1", by_profile={"production": "0.0.0.0"})  # noqa: S104 - behind a proxy
    ]
    port: Annotated[int, Rule(number(1, 65_535), "The port to listen on.", "8000")]
    workers: Annotated[int, Rule(number(1, 64), "Server processes; more than one needs PostgreSQL.", "1")]
    roles: Annotated[
        tuple[Role, ...],
        Rule(
            words_of(Role), "What the server does itself, or `all`.", "all", by_profile={"production": "analytics-api"}
        ),
    ]
    job_concurrency: Annotated[int, Rule(number(1, 1_000), "Jobs of one queue that a process runs at once.", "4")]
    migrate: Annotated[
        bool, Rule(switch, "Bring the schema up to date when starting.", "on", by_profile={"production": "off"})
    ]
    bootstrap_key: Annotated[
        str | None,
        Rule(admin_key, "An admin key of the workspace default: 32 to 200 of A-Z a-z 0-9 _ -.", secret=True),
    ]
    metrics_token: Annotated[
        str | None, Rule(token, "Bearer token for /metrics; without it, only this machine may read them.", secret=True)
    ]
    api_docs: Annotated[bool, Rule(switch, "Serve /api/docs.", "on")]
    log_level: Annotated[LogLevel, Rule(lower_word_of(LogLevel), "debug, info, warning or error.", "info")]
    log_format: Annotated[
        LogFormat, Rule(lower_word_of(LogFormat), "json, console, or auto: console on a terminal.", "auto")
    ]
    statement_timeout: Annotated[
        float, Rule(seconds(0.1, 3_600), "Seconds a query may take; SQLite's one writer is never cut short.", "30")
    ]
    pool_size: Annotated[int, Rule(number(1, 500), "Connections to the store per process.", "8")]
    ingest_queue_events: Annotated[
        int, Rule(number(1, 10_000_000), "Events that may wait to be committed before 503 is answered.", "50000")
    ]
    live_connections: Annotated[int, Rule(number(0, 100_000), "Live connections per process, of both kinds.", "10000")]
    live_websockets: Annotated[
        int, Rule(number(0, 100_000), "How many of them may be WebSockets, which take 165 KB each.", "3000")
    ]
    live_connections_per_key: Annotated[int, Rule(number(0, 100_000), "Live connections of one key per process.", "5")]
    quarantine_limit_bytes: Annotated[
        int, Rule(number(0, 2**40), "Bytes of refused events kept per workspace.", str(64 * 2**20))
    ]
    bus_limit_bytes: Annotated[
        int,
        Rule(number(2**20, 2**40), "Bytes of events on the bus that a group has not acknowledged.", str(64 * 2**20)),
    ]
    cache: Annotated[bool, Rule(switch, "Keep what was counted, for as long as the log tells that it is true.", "on")]
    cache_hot_mb: Annotated[int, Rule(number(1, 1_000_000), "Megabytes of it in memory, per process.", "100")]
    cache_warm_mb: Annotated[int, Rule(number(1, 1_000_000), "Megabytes of it on disk, beside a SQLite file.", "500")]
    shutdown_seconds: Annotated[
        float,
        Rule(
            seconds(0, 600),
            "Seconds for requests when stopping, as long for jobs in hand, and as long for what was accepted.",
            "10",
        ),
    ]

    @property
    def technology(self) -> Technology:
        """What the scheme of `database_url` chooses."""
        scheme = self.database_url.partition(":")[0]
        return {"memory": Technology.MEMORY, "sqlite": Technology.SQLITE}.get(scheme, Technology.POSTGRES)

    @property
    def sqlite_file(self) -> Path:
        """The file behind `sqlite:///FILE`; `sqlite:////FILE` is absolute."""
        return Path(self.database_url.removeprefix("sqlite:///"))


RULES: Mapping[str, Rule] = {
    name: hint.__metadata__[0] for name, hint in get_type_hints(Settings, include_extras=True).items()
}
"""Setting → rule, in the order shown."""

PREFIX = "SHADOWER_"


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()
