"""The projections this version knows: those that the container lists."""

import re
from collections.abc import Iterator, Sequence

from shadower.application.ports.projection import Projection
from shadower.domain.projections.lease import ProjectionNotFound

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


class RegisteredProjections:
    """Each has a name of its own. Raises ValueError for names that cannot be, or are there twice."""

    def __init__(self, projections: Sequence[Projection]) -> None:
        self._by_name = {projection.name: projection for projection in projections}
        if len(self._by_name) < len(projections):
            raise ValueError("Two projections have one name, and would move one cursor.")
        for name in self._by_name:
            if _NAME.fullmatch(name) is None:
                raise ValueError(f"{name!r} cannot name a projection: use lower-case letters, digits and hyphens.")

    def __iter__(self) -> Iterator[Projection]:
        return iter(self._by_name.values())

    @property
    def names(self) -> Sequence[str]:
        """Return their names, in the order of the list."""
        return list(self._by_name)

    def get(self, name: str) -> Projection:
        """Raises ProjectionNotFound."""
        found = self._by_name.get(name)
        if found is None:
            raise ProjectionNotFound(f"There is no projection {name!r}; there are {', '.join(self._by_name)}.")
        return found
