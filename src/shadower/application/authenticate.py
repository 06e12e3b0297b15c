"""Find out who is calling."""

from dataclasses import dataclass, replace

from shadower.application.known_callers import Caller, KnownCallers
from shadower.application.ports.clock import Clock
from shadower.application.ports.work import BeginWork
from shadower.application.record_key_use import RecordKeyUse
from shadower.domain.keys.key import ApiKey, KeyUnknown, digest_of

LONGEST_CREDENTIAL = 512


@dataclass(frozen=True, slots=True)
class Credential:
    """What is remembered of a key or a browser session while somebody stays connected: never its text."""

    digest: bytes
    by_cookie: bool = False


class Authenticate:
    """
    Turn a credential into a caller.

    A key is good until it is revoked, a browser session until it expires, is ended, or its key is revoked: at once when
    that happens in this process, within a second when it happens elsewhere. Raises KeyUnknown, StoreUnavailable.
    """

    def __init__(self, begin: BeginWork, clock: Clock, known: KnownCallers, use: RecordKeyUse) -> None:
        self._begin = begin
        self._clock = clock
        self._known = known
        self._use = use

    async def __call__(self, credential: str | None, *, by_cookie: bool = False) -> Caller:
        """Return who holds this API key, or, `by_cookie`, this browser session."""
        return await self.holder(credential_of(credential, by_cookie=by_cookie))

    async def holder(self, credential: Credential) -> Caller:
        """Return who holds it now."""
        mark = mark_of_session(credential.digest) if credential.by_cookie else credential.digest
        # Nearly every request ends the search here.
        caller = self._known.recall(mark)
        if caller is None:
            find = self._holder_of_session if credential.by_cookie else self._holder_of_key
            caller = await self._known.get(mark, lambda: find(credential.digest))
        if caller is None:
            raise _unknown()
        self._use.note(caller.key)
        return caller

    async def _holder_of_key(self, digest: bytes) -> Caller | None:
        async with self._begin(reading=True) as work:
            return _caller(await work.keys.find_by_digest(digest))

    async def _holder_of_session(self, digest: bytes) -> Caller | None:
        async with self._begin(reading=True) as work:
            found = await work.sign_ins.find(digest)
        if found is None or found[0].expires_at <= self._clock.now():
            return None
        caller = _caller(found[1])
        return caller and replace(caller, by_cookie=True)


def credential_of(text: str | None, *, by_cookie: bool = False) -> Credential:
    """Raises KeyUnknown when it cannot be one."""
    if not text or len(text) > LONGEST_CREDENTIAL:
        raise _unknown()
    return Credential(digest_of(text), by_cookie)


def mark_of_session(digest: bytes) -> bytes:
    """Return what a browser session is remembered under: never what a key is, even if their texts were the same."""
    return b"session" + digest


def _caller(key: ApiKey | None) -> Caller | None:
    if key is None or key.revoked_at is not None:
        return None
    return Caller(key.workspace, key.id, key.scopes)


def _unknown() -> KeyUnknown:
    return KeyUnknown("Send a valid API key, as `Authorization: Bearer KEY` or `X-API-Key: KEY`.")
