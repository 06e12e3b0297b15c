"""How the rows of a file are made into events: all that is decided before the first row is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shadower.application.import_file.errors import PlanInvalid
from shadower.application.import_file.fields import OCCURRED_AT, path_of
from shadower.application.import_file.times import MomentReader


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """
    One plan; its parts are named as on the command line.

    Making one raises FieldUnknown and PlanInvalid.
    """

    reading: Mapping[str, str] = field(default_factory=dict)
    """How the file is taken apart, option → value; opaque here, but a change matters."""
    mapped: Mapping[str, str] = field(default_factory=dict)
    """Field → column."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Field → value for every row."""
    ignored: Sequence[str] = ()
    """Columns that are not taken as the fields they are named like, nor into data."""
    rest_into_data: bool = False
    moments: MomentReader = field(default_factory=MomentReader)

    def __post_init__(self) -> None:
        for name in (*self.mapped, *self.constants):
            path_of(name)
        if twice := sorted(set(self.mapped) & set(self.constants)):
            raise PlanInvalid(f"{twice[0]} is both mapped to a column and set to a value; choose one.")
        if "id" in self.constants:
            raise PlanInvalid("Every event needs an id of its own: map id to a column, or leave it out.")
        if OCCURRED_AT[0] in self.constants:
            raise PlanInvalid("occurred_at cannot be the same for all rows: map it to a column.")

    def facts(self) -> dict[str, str]:
        """Return everything that decides what the events look like, option → value."""
        return {
            **self.reading,
            **{f"--map {name}": column for name, column in self.mapped.items()},
            **{f"--set {name}": value for name, value in self.constants.items()},
            **{f"--ignore {column}": "yes" for column in self.ignored},
            **({"--rest-into-data": "yes"} if self.rest_into_data else {}),
            **self.moments.facts(),
        }


def pairs(written: Sequence[str], option: str) -> dict[str, str]:
    """Read `FIELD=…` as given several times. Raises PlanInvalid."""
    found: dict[str, str] = {}
    for each in written:
        name, equals, value = each.partition("=")
        name = name.strip()
        if not equals or not name or not value:
            raise PlanInvalid(f"{option} {each}: write {option} FIELD={'COLUMN' if option == '--map' else 'VALUE'}.")
        if name in found:
            raise PlanInvalid(f"{option} {each}: {name} is given twice.")
        found[name] = value
    return found


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Say in a line each what is no longer the same."""
    return [
        f"{option} was {before.get(option, 'not given')}, is now {now.get(option, 'not given')}"
        for option in sorted({*before, *now})
        if before.get(option) != now.get(option)
    ]
