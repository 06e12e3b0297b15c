"""The event loop of our processes."""

import asyncio


def new_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's where it exists: not on Windows, nor on other Pythons than CPython."""
    try:
        import uvloop  # noqa: PLC0415 - not everywhere
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
