"""Log lines, as people and as machines read them."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from shadower.entrypoints.logging import configure_logging
from shadower.entrypoints.settings import LogFormat, LogLevel


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the loggers of this process as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_lines_and_those_of_libraries_look_the_same() -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON, stream := io.StringIO())
    structlog.get_logger().info("stored", events=3)
    logging.getLogger("library").warning("half %s", "full")
    ours, theirs = lines(stream)
    assert (ours["event"], ours["level"], ours["events"]) == ("stored", "info", 3)
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("half full", "warning", "library")
    assert str(ours["timestamp"]).endswith("Z")


def test_what_belongs_to_a_request_is_in_each_of_its_lines() -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON, stream := io.StringIO())
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger().info("stored")
        logging.getLogger("library").warning("slow")
    assert [line["request_id"] for line in lines(stream)] == ["r-1", "r-1"]


def test_an_error_carries_its_trace_on_one_line() -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON, stream := io.StringIO())
    try:
        json.loads("{")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed too")
    assert all("JSONDecodeError: " in str(line["exception"]) for line in lines(stream))
    assert len(lines(stream)) == 2


def test_anything_can_be_logged_even_what_is_no_text() -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON, stream := io.StringIO())
    structlog.get_logger().info("odd", surrogate="\ud800", thing=object)
    assert lines(stream)[0]["surrogate"] == "\ud800"


def test_less_severe_lines_are_left_out() -> None:
    configure_logging(LogLevel.WARNING, LogFormat.JSON, stream := io.StringIO())
    structlog.get_logger().info("stored")
    logging.getLogger("library").info("idle")
    assert stream.getvalue() == ""


def test_the_everyday_remarks_of_libraries_are_left_out() -> None:
    configure_logging(LogLevel.INFO, LogFormat.JSON, stream := io.StringIO())
    logging.getLogger("alembic").info("running")
    logging.getLogger("alembic").warning("odd")
    assert [line["event"] for line in lines(stream)] == ["odd"]


def test_a_terminal_gets_readable_lines_and_a_pipe_gets_json() -> None:
    for stream, readable in ((Terminal(), True), (io.StringIO(), False)):
        configure_logging(LogLevel.INFO, LogFormat.AUTO, stream)
        structlog.get_logger().info("stored", events=3)
        assert stream.getvalue().startswith("{") is not readable


def test_logging_does_not_load_what_only_colours_traces() -> None:
    script = (
        "import sys; from shadower.entrypoints.logging import configure_logging; print('rich' in sys.modules);"
        "import rich.console; print('rich' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True"]
