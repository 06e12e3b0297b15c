"""Questions as short texts: the same for the same question, however it was put together."""

from collections.abc import Sequence
from dataclasses import fields
from hashlib import blake2b

from shadower.application.metric_question import MetricQuestion
from shadower.domain.events.filters import Filters, OneOf


def digest_of(*said: object) -> str:
    """Return what is different for whatever is written differently."""
    return blake2b(repr(said).encode(errors="surrogatepass"), digest_size=20).hexdigest()


def digest_of_question(question: MetricQuestion) -> str:
    """Return what is different for any two questions whose answers may be."""
    plain = {field.name: getattr(question, field.name) for field in fields(question)}
    plain |= {"metrics": list(question.metrics), "filters": said_of(question.filters)}
    return digest_of(type(question).__name__, plain)


def said_of(filters: Filters) -> Sequence[object]:
    """Return what is equal for equal filters, however they were put together."""
    return [
        (field, sorted((value is not None, value or "") for value in wanted.values))
        if isinstance(wanted, OneOf)
        else (field, "present")
        for field, wanted in sorted(filters.items())
    ]
