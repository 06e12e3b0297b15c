"""Reading one setting from text. Every reader raises ValueError with the form that is wanted."""

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

_Word = TypeVar("_Word", bound=StrEnum)

_KEY = re.compile(r"[A-Za-z0-9_-]{32,200}")
_TOKEN = re.compile(r"[!-~]{8,500}")
_NUMBER = re.compile(r"[0-9]+(?:_[0-9]+)*")
_SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:s|seconds?)?")
_ON = frozenset({"on", "true", "yes", "1"})
_OFF = frozenset({"off", "false", "no", "0"})
_POSTGRES_SCHEMES = frozenset({"postgresql", "postgres", "postgresql+asyncpg"})
_REDIS_SCHEMES = frozenset({"redis", "rediss", "unix"})
_BROKER_SCHEMES = frozenset({"amqp", "amqps"})
_PASSWORD = re.compile(r"(?P<before>://[^:@/?#]*:)[^@/?#]+(?=@)|(?P<named>[?&](?:password|sslpassword)=)[^&#]*")


def lower_word_of(words: type[_Word]) -> Callable[[str], _Word]:
    """Read one word of a fixed few, in any case."""

    def read(text: str) -> _Word:
        try:
            return words(text.strip().lower())
        except ValueError:
            raise ValueError(f"one of {', '.join(words)}") from None

    return read


def words_of(words: type[_Word]) -> Callable[[str], tuple[_Word, ...]]:
    """Read one or more words of a fixed few, separated by commas, or `all` of them."""
    one = lower_word_of(words)

    def read(text: str) -> tuple[_Word, ...]:
        if text.strip().lower() == "all":
            return tuple(words)
        try:
            return tuple(dict.fromkeys(one(part) for part in text.split(",")))
        except ValueError:
            raise ValueError(f"all, or some of {', '.join(words)} with commas between them") from None

    return read


def number(least: int, most: int) -> Callable[[str], int]:
    """Read a whole number; underscores may group its digits."""

    def read(text: str) -> int:
        if _NUMBER.fullmatch(text.strip()) and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"a whole number from {least} to {most}")

    return read


def seconds(least: float, most: float) -> Callable[[str], float]:
    """Read seconds: `30`, `0.5`, `30s`."""

    def read(text: str) -> float:
        matched = _SECONDS.fullmatch(text.strip())
        if matched and least <= float(matched[1]) <= most:
            return float(matched[1])
        raise ValueError(f"seconds from {least:g} to {most:g}, for example 30")

    return read


def switch(text: str) -> bool:
    """Read on or off."""
    word = text.strip().lower()
    if word in _ON or word in _OFF:
        return word in _ON
    raise ValueError("on or off")


def folder(text: str) -> Path:
    """Read the path of a folder; it need not be there yet."""
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError("a folder, and there is a file of this name")
    return path


def host_name(text: str) -> str:
    """Read an address or a host's name."""
    name = text.strip().removeprefix("[").removesuffix("]")
    if not name or not re.fullmatch(r"[A-Za-z0-9._:%-]+", name):
        raise ValueError("an address or host name, for example 127.0.0.1")
    return name


def admin_key(text: str) -> str:
    """Read a key somebody made up for an unattended set-up."""
    if _KEY.fullmatch(text) is None:
        raise ValueError("32 to 200 characters of A-Z a-z 0-9 _ -")
    return text


def token(text: str) -> str:
    """Read a token that fits into a header."""
    if _TOKEN.fullmatch(text) is None:
        raise ValueError("8 to 500 printable ASCII characters without spaces")
    return text


def store_url(text: str) -> str:
    """Read the address of a store; PostgreSQL's other spellings become `postgresql://`."""
    scheme, separator, rest = text.strip().partition("://")
    if separator and scheme == "memory" and not rest:
        return "memory://"
    if separator and scheme == "sqlite":
        if not rest.startswith("/") or rest.endswith(("/", ":memory:")):
            raise ValueError("sqlite:///FILE, sqlite:////FILE for an absolute path, or memory:// for no file")
        return f"sqlite://{rest}"
    if separator and scheme in _POSTGRES_SCHEMES:
        parts = _split(f"postgresql://{rest}")
        if not parts.path.strip("/"):
            raise ValueError("postgresql://USER:PASSWORD@HOST/DATABASE, with the database's name")
        return parts.geturl() if parts.netloc else f"postgresql://{rest}"
    raise ValueError("sqlite:///FILE, postgresql://USER:PASSWORD@HOST/DATABASE or memory://")


def redis_url(text: str) -> str:
    """Read the address of a Redis server."""
    parts = _split(text.strip())
    if parts.scheme not in _REDIS_SCHEMES or not (parts.netloc or parts.path):
        raise ValueError("redis://HOST:PORT/NUMBER, rediss://… or unix:///SOCKET")
    return text.strip()


def broker_url(text: str) -> str:
    """Read the address of a RabbitMQ server."""
    parts = _split(text.strip())
    if parts.scheme not in _BROKER_SCHEMES or not parts.netloc:
        raise ValueError("amqp://USER:PASSWORD@HOST:PORT/VHOST or amqps://…")
    return text.strip()


def without_password(url: str) -> str:
    """Return the address as it may be shown."""
    return _PASSWORD.sub(lambda found: (found["before"] or found["named"]) + "***", url)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("an address with a port from 0 to 65535 or none") from None
    return parts
