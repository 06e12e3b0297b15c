"""API keys. The key itself is shown once; what is kept is its SHA-256, enough for 256 random bits."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import NewType

from shadower.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from shadower.domain.events.event import WorkspaceId

KeyId = NewType("KeyId", int)

KEY_PREFIX = "shd_"
SHOWN_PREFIX = 12
"""How many characters of a key its listing shows, to tell keys apart."""
LONGEST_KEY_NAME = 200


class Scope(StrEnum):
    """What a key may do. `admin` includes the others."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


class KeyNotFound(NotFound):
    """The workspace has no such key."""

    code = "key_not_found"


class KeyUnknown(Unauthenticated):
    """The credential is missing, malformed, unknown or revoked: which of them is not told."""

    code = "key_unknown"


class ScopeMissing(Forbidden):
    """The key is good and lacks the scope."""

    code = "scope_missing"


class ScopesInvalid(Invalid):
    """A key has at least one scope of ingest, read, admin."""

    code = "scopes_invalid"


class KeyNameInvalid(Invalid):
    """A key's name has at most 200 characters."""

    code = "key_name_invalid"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept. Times in micros."""

    id: KeyId
    workspace: WorkspaceId
    name: str
    digest: bytes
    """SHA-256 of the key."""
    prefix: str
    scopes: frozenset[Scope]
    created_at: int
    last_used_at: int | None = None
    """To within a minute."""
    revoked_at: int | None = None

    def allows(self, scope: Scope) -> bool:
        """Whether the key may do what the scope names."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


def digest_of(secret: str) -> bytes:
    """Return what is kept of a key or session token."""
    return sha256(secret.encode(errors="surrogatepass")).digest()
