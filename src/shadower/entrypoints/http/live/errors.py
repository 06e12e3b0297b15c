"""What can be wrong with what a listener asks for."""

from shadower.domain.errors import Invalid


class ParameterInvalid(Invalid):
    """A parameter, or a field of the body, is missing or cannot be read."""

    code = "parameter_invalid"


class TopicUnknown(Invalid):
    """There is no topic of this name."""

    code = "unknown_topic"


class NothingAsked(Invalid):
    """Neither `topic` nor `subscribe` says what to tell."""

    code = "nothing_asked"


class MessageInvalid(Invalid):
    """A message on a WebSocket is not one of those a server takes."""

    code = "message_invalid"
