"""End a browser session."""

from shadower.application.authenticate import mark_of_session
from shadower.application.known_callers import KnownCallers
from shadower.application.ports.work import BeginWork
from shadower.domain.keys.key import digest_of


class SignOut:
    """The session is over, here at once; one that is none already is fine. Raises StoreUnavailable."""

    def __init__(self, begin: BeginWork, known: KnownCallers) -> None:
        self._begin = begin
        self._known = known

    async def __call__(self, token: str) -> None:
        """End the session of this token."""
        digest = digest_of(token)
        async with self._begin() as work:
            await work.sign_ins.remove(digest)
            await work.commit()
        self._known.forget_credential(mark_of_session(digest))
