"""The command line: `shadower`."""

from shadower.entrypoints.cli.root import main

__all__ = ["main"]
