"""Text that quotes what somebody else wrote, made fit for every store."""

from typing import overload


@overload
def storable(text: str, longest: int) -> str: ...
@overload
def storable(text: None, longest: int) -> None: ...
def storable(text: str | None, longest: int) -> str | None:
    """Return the text cut to so many characters, with NUL and lone surrogates as U+FFFD."""
    if text is None:
        return None
    cut = text[:longest].replace("\0", "\ufffd")
    return cut if cut.isascii() else cut.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
