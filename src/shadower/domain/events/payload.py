"""The free part of an event, `data`: a JSON object of at most 32 KiB and 16 levels."""

from collections.abc import Callable, Mapping

from shadower.domain.events.rejection import Rejected

LARGEST_PAYLOAD = 32 * 1024
DEEPEST_PAYLOAD = 16

PayloadEncoder = Callable[[Mapping[str, object]], str]
"""
Canonical JSON text of an object: compact, keys sorted, equal numbers written the same way.

Raises UnicodeEncodeError for a lone surrogate, RecursionError for what is nested too deeply, ValueError for a number
that is not finite and TypeError for what JSON has no word for.
"""


def payload_text(data: Mapping[str, object] | None, encode: PayloadEncoder) -> str | None:
    """
    Return the canonical text of the payload.

    Raises Rejected: `data_too_large`, `data_too_deep`, `forbidden_character`, `data_invalid`.
    """
    if data is None:
        return None
    try:
        text = encode(data)
    except (TypeError, ValueError, RecursionError) as error:
        raise _rejected(error) from None
    if len(text) > LARGEST_PAYLOAD or len(text.encode()) > LARGEST_PAYLOAD:
        raise Rejected("data_too_large", "data", f"data is larger than {LARGEST_PAYLOAD} bytes")
    # The walk is slow; text with few brackets cannot be deep, and without the escape it holds no NUL.
    if text.count("{") + text.count("[") > DEEPEST_PAYLOAD or "\\u0000" in text:
        _walk(data, 1)
    return text


def _rejected(error: Exception) -> Rejected:
    if isinstance(error, RecursionError):
        return Rejected("data_too_deep", "data", f"data is nested deeper than {DEEPEST_PAYLOAD} levels")
    if isinstance(error, UnicodeEncodeError):
        return Rejected("forbidden_character", "data", "data holds a lone surrogate, which is not a character")
    return Rejected("data_invalid", "data", f"data holds what JSON cannot: {error}")


def _walk(value: object, level: int) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise Rejected("forbidden_character", "data", "data holds a NUL character")
        return
    if not isinstance(value, dict | list):
        return
    if level > DEEPEST_PAYLOAD:
        raise Rejected("data_too_deep", "data", f"data is nested deeper than {DEEPEST_PAYLOAD} levels")
    if isinstance(value, dict):
        for key in value:
            _walk(key, level)
    for item in value.values() if isinstance(value, dict) else value:
        _walk(item, level + 1)
