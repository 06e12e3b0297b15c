"""`shadower convert`."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from shadower.domain.events.moments import datetime_of, parse_moment
from shadower.domain.events.rejection import Rejected
from shadower.entrypoints.wiring.importing import event_json, tau_bench_events

_TAU_BENCH_TODAY = datetime(2024, 5, 15, 20, tzinfo=UTC)
"""The moment at which τ-bench's airline tasks play: 15:00 EST (its policy says so)."""


@click.group("convert")
def command() -> None:
    """Turn files of other tools into events, one JSON object a line, ready for `shadower import`."""


@command.command("tau-bench")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--start", help="When the first run begins, with an offset. [default: 2024-05-15T20:00:00Z]")
@click.option("--name", help="What to call the agent; ids begin with it. [default: SOURCE without its ending]")
@click.option("--model", default="gpt-4o", show_default=True, help="The model whose runs these are.")
def tau_bench(source: Path, target: Path, start: str | None, name: str | None, model: str) -> None:
    """
    Turn results of tau-bench into events: runs and tool calls.

    SOURCE is a file of its historical trajectories; TARGET is written as NDJSON, - is standard output. A run is a
    success when its reward is 1.0. The results carry no times, so the clock is made up: each event says so in
    data.clock.
    """
    events = tau_bench_events(source, _moment(start), name or source.name.partition(".")[0], model)
    with _written(target) as file:
        written = _write(events, file)
    click.echo(f"{written:,} events. Next: shadower import {target} --workspace W --map id=id", err=True)


def _moment(start: str | None) -> datetime:
    if start is None:
        return _TAU_BENCH_TODAY
    try:
        return datetime_of(parse_moment(start, "start"))
    except Rejected as error:
        raise click.BadParameter(str(error), param_hint="--start") from error


@contextmanager
def _written(target: Path) -> Iterator[IO[bytes]]:
    """A file that is there only when it is whole."""
    if str(target) == "-":
        yield sys.stdout.buffer
        return
    unfinished = target.with_name(f"{target.name}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(events: Iterable[dict[str, object]], file: IO[bytes]) -> int:
    written = 0
    for event in events:
        file.write(event_json(event) + b"\n")
        written += 1
    return written
