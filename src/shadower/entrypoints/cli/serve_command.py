"""`shadower serve`."""

import click

from shadower.entrypoints.announce import announced
from shadower.entrypoints.cli.session import help_on, settings
from shadower.entrypoints.container import Container
from shadower.entrypoints.logging import configure_logging


@click.command("serve")
@click.option("--host", help=help_on("host"))
@click.option("--port", type=int, help=help_on("port"))
@click.option("--workers", type=int, help=help_on("workers"))
def command(host: str | None, port: int | None, workers: int | None) -> None:
    """
    Start the server.

    On the first start the key of an administrator is shown, once. Ctrl+C or SIGTERM stops it: what was accepted is
    finished before it ends.
    """
    chosen = settings(host=host, port=port, workers=workers)
    configure_logging(chosen.log_level, chosen.log_format)
    if chosen.workers > 1:
        from shadower.entrypoints.serve_many import serve_many  # noqa: PLC0415 - only who needs it pays for it

        serve_many(chosen)
    else:
        from shadower.entrypoints.serve import serve  # noqa: PLC0415 - as above

        serve(Container(settings=chosen), announced)
