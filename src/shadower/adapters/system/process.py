"""What people tell this process by."""

from os import getpid
from secrets import token_hex
from socket import gethostname


def process_name() -> str:
    """Return host and number of the process, and something that tells two that follow one another apart."""
    return f"{gethostname()}/{getpid()}/{token_hex(2)}"
