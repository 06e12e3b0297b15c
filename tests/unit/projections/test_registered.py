"""The list of projections in the container."""

import pytest

from shadower.application.registered_projections import RegisteredProjections
from shadower.domain.projections.lease import ProjectionNotFound
from tests.projections import Letters, Sightings


def named(name: str) -> Letters:
    letters = Letters()
    letters.name = name
    return letters


def test_projections_are_found_by_name_in_the_order_of_the_list() -> None:
    registered = RegisteredProjections([Sightings(), letters := Letters()])
    assert registered.names == ["sightings", "letters"]
    assert registered.get("letters") is letters


def test_two_of_one_name_would_move_one_cursor() -> None:
    with pytest.raises(ValueError, match="one name"):
        RegisteredProjections([Letters(), Sightings(), Letters()])


@pytest.mark.parametrize("name", ["", "Letters", "two words", "rollups.rebuild", "-x", "x" * 64])
def test_a_name_is_lower_case_letters_digits_and_hyphens(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a projection"):
        RegisteredProjections([named(name)])


def test_whoever_asks_for_one_that_is_not_there_is_told_which_are() -> None:
    with pytest.raises(ProjectionNotFound, match="sightings, letters"):
        RegisteredProjections([Sightings(), Letters()]).get("mails")
