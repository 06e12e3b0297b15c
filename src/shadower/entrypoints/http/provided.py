"""What handlers are given by providers of our own, and what the framework therefore need not look into."""

from typing import TypeAlias, TypeVar

from litestar.di import NamedDependency
from litestar.params import SkipValidation

T = TypeVar("T")

Provided: TypeAlias = SkipValidation[NamedDependency[T]]
