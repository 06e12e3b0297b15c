"""Where the rows of cells and of views say what they are told apart by."""

from typing import Final

from shadower.adapters.rollups.table import FIRST, HEAD, KIND, MODEL, SOURCE, STATUS_SHIFT, TYPE, Ints, Table
from shadower.domain.metrics.question import Dimension
from shadower.domain.metrics.spans import VIEWS

_COLUMNS: Final = {Dimension.TYPE: TYPE, Dimension.SOURCE: SOURCE, Dimension.MODEL: MODEL}


def of_cells(table: Table, dimension: Dimension) -> Ints:
    """Return the number of the dimension for each cell. Raises ValueError for one that cells do not know."""
    if dimension is Dimension.STATUS:
        return table.identity[:, HEAD] >> STATUS_SHIFT & KIND
    if dimension not in _COLUMNS:
        raise ValueError(f"Cells of pages cannot be told apart by {dimension.value}.")
    return table.identity[:, _COLUMNS[dimension]]


def of_view(table: Table, view: int, dimension: Dimension) -> Ints:
    """Return the number of the dimension for each row of a view. Raises ValueError for one it does not know."""
    return table.identity[:, FIRST + VIEWS[view].index(dimension)]
