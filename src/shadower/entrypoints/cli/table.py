"""Rows in columns, for people and for `awk`."""

from collections.abc import Sequence

import click

_BETWEEN = "  "


def show(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on standard output; the last column is as long as it has to be."""
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        click.echo(_BETWEEN.join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
