"""`python -m bench [FIGURE]…`: measure, and print one line of JSON per figure on standard output."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure, chosen, printed, table
from bench.options import Options
from bench.progress import say, told
from bench.registry import figures

_FEWEST_ROUNDS = 3


def main() -> int:
    """Return the exit status: 1 when a figure could not be measured."""
    wanted = _parser().parse_args()
    if wanted.markdown:
        print(table(map(json.loads, sys.stdin)))
        return 0
    try:
        measured = [figure for figure in chosen(figures(), wanted.figures) if wanted.store in (None, figure.store)]
    except KeyError as error:
        sys.exit(f"There is no figure {error.args[0]}; --list shows those there are.")
    if wanted.list:
        _list(measured if wanted.figures else figures())
        return 0
    # Told to stop, a run still removes what it has made and started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with _options(wanted) as options:
        return max([_measured(figure, options) for figure in measured], default=0)


def _measured(figure: Figure, options: Options) -> int:
    say(f"{figure.name} ({figure.store or 'no store'}): {figure.about}")
    try:
        with told(figure.name):
            line = figure.line(list(figure.measure(options)))
    except Exception as error:  # noqa: BLE001 - the other figures are still worth having
        say(f"{figure.name} has no result: {type(error).__name__}: {error}")
        return 1
    print(printed(line), flush=True)
    return 0


def _list(found: list[Figure]) -> None:
    for figure in found:
        limit = "" if figure.must is None else f"  must {figure.limit(figure.must)}, aim {figure.limit(figure.aim)}"
        print(f"{figure.name:<28} {figure.store or '-':<9} {figure.unit:<11} {figure.about}{limit}")


@contextmanager
def _options(wanted: argparse.Namespace) -> Iterator[Options]:
    full = wanted.scale == "full"
    kept = os.environ.get("SHADOWER_BENCH_DIR")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="shadower-bench-") as folder:
        # PostgreSQL runs as another account when we are root.
        Path(folder).chmod(0o755)
        yield Options(
            folder=Path(folder),
            kept=Path(kept) if kept else None,
            rounds=wanted.rounds,
            full=full,
            events=wanted.events or (10_000_000 if full else 200_000),
            workers=wanted.workers,
        )


def _rounds(text: str) -> int:
    rounds = int(text)
    if rounds < 1:
        raise argparse.ArgumentTypeError("at least one round")
    if rounds < _FEWEST_ROUNDS:
        say(f"Fewer than {_FEWEST_ROUNDS} rounds: good for a quick look, not for a figure to be quoted.")
    return rounds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help="all with a requirement when none is named")
    parser.add_argument("--list", action="store_true", help="show the figures there are")
    parser.add_argument("--store", choices=("postgres", "sqlite"), help="only figures of this store")
    parser.add_argument("--rounds", type=_rounds, default=_FEWEST_ROUNDS, help="alternating rounds of each figure")
    parser.add_argument("--scale", choices=("small", "full"), default="full", help="small: only to see it work")
    parser.add_argument("--events", type=int, help="events that questions are asked of; 10,000,000 in full")
    parser.add_argument("--workers", type=int, default=1, help="processes of the server; more than one: PostgreSQL")
    parser.add_argument("--markdown", action="store_true", help="make a table of the lines on standard input instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())
