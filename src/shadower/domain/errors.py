"""
What can go wrong, by category.

Every error of the core is of one of them; each concrete error has a stable `code` that clients may rely on. The core
knows no HTTP status: `entrypoints` maps the categories to responses. Which of them are worth trying again is said here,
in `TRANSIENT`.
"""

from typing import ClassVar, Final


class ShadowerError(Exception):
    """Root of every error the core raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(ShadowerError):
    """The request cannot be right, however often it is sent."""

    code = "invalid"


class Unauthenticated(ShadowerError):
    """The caller did not show who it is."""

    code = "unauthenticated"


class Forbidden(ShadowerError):
    """The caller is known and may not do this."""

    code = "forbidden"


class NotFound(ShadowerError):
    """There is no such thing in the caller's workspace."""

    code = "not_found"


class Conflict(ShadowerError):
    """The request is fine in itself and contradicts what is there."""

    code = "conflict"


class RateLimited(ShadowerError):
    """Too much in too short a time."""

    code = "rate_limited"


class Unavailable(ShadowerError):
    """Something needed is away or overloaded; the same request may succeed later."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


TRANSIENT: Final = (RateLimited, Unavailable)
"""The categories that may pass by themselves: a job that failed with one of them is tried again, with others never."""


class StoreUnavailable(Unavailable):
    """The store cannot be reached, or a transient fault ended the transaction."""

    code = "store_unavailable"


class Overloaded(Unavailable):
    """A bounded queue is full."""

    code = "overloaded"


class QueryTimeout(Unavailable):
    """The statement timeout ended a query; a narrower range or fewer filters may succeed."""

    code = "query_timeout"


class SchemaMismatch(Unavailable):
    """The store's schema is not the one this version works with."""

    code = "schema_mismatch"
