from decimal import Decimal

import pytest

from shadower.domain.metrics.decimals import Value, change, credit_units, currency, milliseconds, plain_text, quotient


def test_units_keep_all_their_places() -> None:
    assert plain_text(milliseconds(1_500)) == "1.500"
    assert plain_text(credit_units(1)) == "0.000001"
    assert plain_text(currency(0)) == "0.000000000"


def test_a_sum_wider_than_the_default_context_is_exact() -> None:
    assert plain_text(currency(10**40 + 1)) == "1" + "0" * 31 + ".000000001"


def test_a_quotient_is_rounded_once_to_twelve_digits() -> None:
    assert quotient(2, 3) == Decimal("0.666666666667")
    assert quotient(1, 8) == Decimal("0.125")


def test_a_tie_is_rounded_to_the_even_digit() -> None:
    assert quotient(1_000_000_000_005, 10) == Decimal(100000000000)
    assert quotient(1_000_000_000_015, 10) == Decimal(100000000002)


def test_operands_longer_than_the_precision_are_not_rounded_before_dividing() -> None:
    assert quotient(10**30 + 10**18, 10**30) == Decimal("1.00000000000")
    assert quotient(1_234_567_890_125, 1_234_567_890_125) == 1
    assert quotient(1_234_567_890_125, 5) == 246_913_578_025


def test_there_is_no_quotient_by_zero() -> None:
    assert quotient(1, 0) is None
    assert quotient(0, Decimal("0.000")) is None


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (15, 10, Decimal("0.5")),
        (0, 10, Decimal(-1)),
        (Decimal("0.3"), Decimal("0.2"), Decimal("0.5")),
        (10, 0, None),
        (0, 0, None),
        (None, 10, None),
        (10, None, None),
    ],
)
def test_change_is_relative_to_what_was_before(now: Value, before: Value, expected: Decimal | None) -> None:
    assert change(now, before) == expected


def test_the_difference_of_nearly_equal_numbers_loses_nothing() -> None:
    assert change(10**40 + 1, 10**40) == Decimal("1E-40")
