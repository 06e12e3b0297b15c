"""
Log lines: one JSON object each, or readable ones on a terminal. They go to standard error.

What libraries say through the standard `logging` takes the same way.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import msgspec

from shadower.entrypoints.settings import LogFormat, LogLevel


@contextmanager
def _as_if_missing(package: str) -> Iterator[None]:
    present = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == package}
    if present:
        yield
        return
    # How Python marks what cannot be imported:
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


with _as_if_missing("rich"):  # structlog would load it at once to colour tracebacks: a fifth of the start-up time
    import structlog

GRANIAN = "_granian"
"""The logger of the HTTP server."""

_NOISY = (GRANIAN, "alembic", "asyncio", "dramatiq", "httpx", "httpcore", "pika")
"""Libraries whose everyday remarks are not ours to repeat; warnings come through."""


def configure_logging(level: LogLevel, form: LogFormat, stream: TextIO | None = None) -> None:
    """Send every log line of this process to the stream (standard error) in the form wanted."""
    stream = stream or sys.stderr
    severity = logging.getLevelNamesMapping()[level.upper()]
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    closing = _closing(_chosen(form, stream), stream)
    structlog.configure(
        processors=[*common, *closing],
        wrapper_class=structlog.make_filtering_bound_logger(severity),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *closing],
        )
    )
    logging.basicConfig(handlers=[handler], level=severity, force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(severity, logging.WARNING))


def granian_logging() -> dict[str, Any]:
    """Return what keeps Granian from installing handlers of its own."""
    quiet = {"handlers": [], "level": "WARNING", "propagate": True}
    return {"handlers": {}, "formatters": {}, "loggers": {GRANIAN: quiet, "granian.access": quiet}}


def _chosen(form: LogFormat, stream: TextIO) -> LogFormat:
    if form is LogFormat.AUTO:
        return LogFormat.CONSOLE if stream.isatty() else LogFormat.JSON
    return form


def _closing(form: LogFormat, stream: TextIO) -> list[Any]:
    if form is LogFormat.CONSOLE:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]


def _json(line: dict[str, Any], **_: Any) -> str:  # noqa: ANN401 - anything may be logged
    try:
        return msgspec.json.encode(line, enc_hook=str).decode()
    except UnicodeEncodeError:  # a lone surrogate in something a client sent
        return json.dumps(line, default=str)
