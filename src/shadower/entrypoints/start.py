"""What came of a start and of a stop, for whoever asked for it."""

import asyncio


class Start:
    """Filled in by `lifecycle.running` and `start_up.StartUp`."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        """Set when the container is at work."""
        self.first_key: str | None = None
        """The text of the first admin key if one was just made: it can be shown now and never again."""
        self.failure: Exception | None = None
        """Why the latest attempt failed."""
        self.stopping = asyncio.Event()
        """Set when the last request was answered, or has had its time: from then on the work is brought to an end."""
        self.ended = asyncio.Event()
        """Set when the work has come to an end and the store is closed."""
