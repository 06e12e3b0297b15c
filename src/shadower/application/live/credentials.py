"""Those who listen for long: whether their keys and browser sessions are still good."""

from shadower.application.authenticate import Authenticate, Credential
from shadower.application.live.listener import Listener
from shadower.application.live.messages import Ending
from shadower.domain.errors import Unavailable
from shadower.domain.keys.key import KeyUnknown

MOST_A_ROUND = 200
"""Credentials looked at in one round, so that they are no load on the store however many there are."""


class Credentials:
    """Looked at round by round, those longest not looked at first."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate
        self._listeners: dict[Credential, set[Listener]] = {}

    def enter(self, listener: Listener, credential: Credential) -> None:
        """Watch over the listener."""
        self._listeners.setdefault(credential, set()).add(listener)

    def leave(self, listener: Listener, credential: Credential) -> None:
        """Watch over it no more."""
        listeners = self._listeners[credential]
        listeners.discard(listener)
        if not listeners:
            del self._listeners[credential]

    async def check(self) -> None:
        """Look at some, and end every connection whose credential is no longer good."""
        for credential in list(self._listeners)[:MOST_A_ROUND]:
            try:
                await self._authenticate.holder(credential)
            except KeyUnknown:
                for listener in self._listeners.get(credential, ()):
                    listener.end(Ending.REVOKED)
            except Unavailable:
                return  # nobody can say just now
            if credential in self._listeners:
                self._listeners[credential] = self._listeners.pop(credential)
