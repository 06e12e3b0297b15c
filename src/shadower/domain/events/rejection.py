"""Why an event was not taken: a stable code, the field, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejection:
    """The reason one event was refused."""

    code: str
    """Stable, snake_case; documented in `docs/api.md`."""
    field: str | None
    message: str
    """What is wrong and what to do, for a person."""


CONFLICT = Rejection(
    "id_conflict", "id", "another event with this id and other content is stored; send changed content under a new id"
)
"""Why an event whose outcome is `conflict` is in the quarantine."""


class Rejected(Exception):
    """Raised while one event is examined; becomes its outcome, never an error of the request."""

    def __init__(self, code: str, field: str | None, message: str) -> None:
        super().__init__(message)
        self.rejection = Rejection(code, field, message)
