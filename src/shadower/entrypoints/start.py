"""What came of a start, for whoever started it."""

import asyncio


class Start:
    """Filled in by `lifecycle.running`."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        """Set when the container is at work."""
        self.first_key: str | None = None
        """The text of the first admin key if one was just made: it can be shown now and never again."""
        self.failure: Exception | None = None
        """Why the latest attempt failed."""
