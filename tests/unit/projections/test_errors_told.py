"""What is told of an error to everybody."""

import pytest

from shadower.domain.errors import StoreUnavailable
from shadower.domain.projections.set_aside import said_of


def test_our_own_errors_speak_for_themselves() -> None:
    assert said_of(StoreUnavailable("The database cannot be reached.")) == "The database cannot be reached."


def test_of_others_only_what_and_where_is_told() -> None:
    with pytest.raises(ValueError, match="secret") as raised:
        int("secret")
    said = said_of(raised.value)
    assert said.startswith("ValueError in test_errors_told.py, line ")
    assert "secret" not in said


def test_an_error_that_was_never_raised_is_told_without_a_place() -> None:
    assert said_of(KeyError("x")) == "KeyError"
