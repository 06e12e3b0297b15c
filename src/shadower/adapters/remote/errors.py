"""What a server answers when it does not take events."""

from shadower.domain.errors import Forbidden, Invalid, Unauthenticated, Unavailable


class ServerUnavailable(Unavailable):
    """The server cannot be reached, is overloaded, or broke off; sending the same again is safe."""

    code = "server_unavailable"


class AddressInvalid(Invalid):
    """There can be no server at this address."""

    code = "server_address_invalid"


class NoShadowerThere(Invalid):
    """Whatever answers at this address does not answer as Shadower does."""

    code = "server_unknown"


class RequestRefused(Invalid):
    """The server understood, and will never take a request like this one."""

    code = "server_refused"


class KeyUnknown(Unauthenticated):
    """The server does not know the key."""

    code = "server_key_unknown"


class KeyInsufficient(Forbidden):
    """The server knows the key, which may not send events."""

    code = "server_key_insufficient"
