"""A line in the log when refused events of a workspace are no longer kept."""

import structlog

from shadower.domain.workspaces.workspace import Workspace

_log = structlog.stdlib.get_logger("shadower.quarantine")


def log_overflow(workspace: Workspace) -> None:
    """Warn of it."""
    _log.warning(
        "the quarantine is full: what is refused is only counted; replay or delete entries, then acknowledge",
        workspace=workspace.slug,
    )
