"""Begin a browser session."""

from shadower.application.authenticate import Authenticate
from shadower.application.ports.clock import Clock
from shadower.application.ports.secrets import Secrets
from shadower.application.ports.work import BeginWork
from shadower.application.ports.work import SignIn as BrowserSession
from shadower.domain.events.moments import DAY
from shadower.domain.keys.key import Scope, digest_of

SESSION_DAYS = 7


class SignIn:
    """
    Whoever holds a key that may read gets a session of seven days that stands for it, and ends with it at the latest.

    Raises KeyUnknown, ScopeMissing, StoreUnavailable.
    """

    def __init__(self, authenticate: Authenticate, begin: BeginWork, clock: Clock, secrets: Secrets) -> None:
        self._authenticate = authenticate
        self._begin = begin
        self._clock = clock
        self._secrets = secrets

    async def __call__(self, key: str) -> str:
        """Return the session's token, which is kept nowhere."""
        caller = await self._authenticate(key)
        caller.require(Scope.READ)
        token = self._secrets.token()
        now = self._clock.now()
        session = BrowserSession(digest_of(token), caller.key, now, now + SESSION_DAYS * DAY)
        async with self._begin() as work:
            await work.sign_ins.add(session)
            await work.commit()
        return token
