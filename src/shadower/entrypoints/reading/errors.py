"""What can be wrong with a request before anything in it is looked at."""

from shadower.domain.errors import Invalid, Unavailable


class MalformedJson(Invalid):
    """The body is not JSON."""

    code = "malformed_json"


class BodyIncomplete(Invalid):
    """The body ended before it was complete: nothing of it was stored."""

    code = "body_incomplete"


class BodyInvalid(Invalid):
    """The body is JSON, and not what this route takes."""

    code = "body_invalid"


class EncodingBroken(Invalid):
    """The body cannot be decompressed."""

    code = "encoding_broken"


class TooLarge(Invalid):
    """The body is larger than what is taken at once, decompressed or as sent."""

    code = "body_too_large"


class TooManyEvents(TooLarge):
    """More events than are taken in one request."""

    code = "too_many_events"


class NotAcceptable(Invalid):
    """The Accept header leaves no form in which this can be told."""

    code = "not_acceptable"


class UnsupportedEncoding(Invalid):
    """The Content-Encoding is unknown."""

    code = "unsupported_encoding"


class UnsupportedType(Invalid):
    """The Content-Type is unknown."""

    code = "unsupported_type"


class BodyStalled(Unavailable):
    """The body did not come in time; sending it again may work."""

    code = "body_stalled"


class NestedTooDeep(Invalid):
    """The body is nested so deep that not even its events can be told apart."""

    code = "nested_too_deep"
