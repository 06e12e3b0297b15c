"""Canonical JSON: one text for one value, exactly."""

import json
import re
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shadower.adapters.codec.payload import canonical_json, canonical_number

characters = st.characters(exclude_categories=["Cs"])
texts = st.text(characters, max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | texts
plain = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
decimals = st.decimals(allow_nan=False, allow_infinity=False)
numbers = st.one_of(
    st.integers(), decimals, st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 5).map(float)
)


def exact(number: float | Decimal) -> Fraction:
    """Return the number meant: a float stands for its shortest decimal text."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


@given(st.dictionaries(texts, plain, max_size=5))
def test_without_fractions_it_is_what_the_standard_library_writes(data: dict[str, Any]) -> None:
    assert canonical_json(data) == json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@given(st.dictionaries(texts, st.recursive(scalars | decimals, lambda inner: st.lists(inner, max_size=3)), max_size=5))
def test_it_reads_back_as_the_same_value(data: dict[str, Any]) -> None:
    assert json.loads(canonical_json(data), parse_float=Decimal) == data


@given(numbers)
@example(Decimal("1E+400"))
@example(Decimal("-1E-400"))
@example(5e-324)
def test_a_number_keeps_every_digit(number: float | Decimal) -> None:
    assert Fraction(canonical_number(number)) == exact(number)


@given(numbers, numbers)
@example(1.0, 1)
@example(Decimal("1E+2"), 100)
@example(Decimal("1.500"), 1.5)
@example(10**30, Decimal("1E+30"))
@example(1e21, 10**21)
@example(-0.0, 0)
@example(Decimal("-0E-7"), Decimal("0E+7"))
@example(0.1, Decimal("0.1000000000000000000000000000000001"))
def test_numbers_are_written_alike_if_and_only_if_they_are_equal(one: float | Decimal, other: float | Decimal) -> None:
    assert (canonical_number(one) == canonical_number(other)) is (exact(one) == exact(other))
    assert (canonical_json({"n": one}) == canonical_json({"n": other})) is (exact(one) == exact(other))


@given(numbers)
def test_a_number_is_written_as_json_allows(number: float | Decimal) -> None:
    text = canonical_number(number)
    assert re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?(e[+-][1-9][0-9]*)?", text)
    assert text != "-0"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1"),
        (Decimal("1E+2"), "100"),
        (Decimal(100000000000000000000), "100000000000000000000"),
        (10**21, "1e+21"),
        (Decimal("123456789012345678901234.5"), "1.234567890123456789012345e+23"),
        (Decimal("0.000001"), "0.000001"),
        (Decimal("0.00000123"), "0.00000123"),
        (Decimal("0.0000001"), "1e-7"),
        (Decimal("-1.5E-9"), "-1.5e-9"),
        (Decimal("1E+999999999999"), "1e+999999999999"),
        (-0.0, "0"),
        (0.1, "0.1"),
    ],
)
def test_numbers_are_written_as_ecmascript_writes_them(number: float | Decimal, text: str) -> None:
    assert canonical_number(number) == text


def test_a_number_of_few_bytes_never_grows_long() -> None:
    assert len(canonical_json({"n": [Decimal(f"1E+{exponent}") for exponent in range(1_000)]})) < 12_000


def test_an_integer_of_any_length_is_written() -> None:
    assert canonical_number(10**6_000) == "1e+6000"


def test_what_was_decoded_from_json_in_different_spelling_is_the_same_text() -> None:
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
    spellings = [
        b'{"b": [1.0, 1e2], "a": "\\u00e9"}',
        b'{ "a":"\xc3\xa9","b":[1,100.0] }',
        b'{"b":[10e-1,1E+2],"a":"\xc3\xa9"}',
    ]
    assert {canonical_json(decode(sent)) for sent in spellings} == {'{"a":"é","b":[1,100]}'}


@pytest.mark.parametrize("data", [{"a": "\ud800"}, {"\udfff": 1}, {"a": [{"b": "x\ud83d"}]}, {"a": 1.5, "b": "\ud800"}])
def test_a_lone_surrogate_is_no_character(data: dict[str, object]) -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical_json(data)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("-Infinity"), Decimal("NaN"), Decimal("sNaN")])
def test_what_is_not_finite_is_no_number(number: float | Decimal) -> None:
    with pytest.raises(ValueError, match="not a number"):
        canonical_json({"a": [number]})


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", 1j, {1: "a"}])
def test_json_has_no_word_for_anything_else(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json({"a": value})


@pytest.mark.parametrize("innermost", [1, 1.5])
def test_what_is_nested_too_deeply_is_told_as_such(innermost: float) -> None:
    value: object = innermost
    for _ in range(100_000):
        value = [value]
    with pytest.raises(RecursionError):
        canonical_json({"a": value})


def test_a_word_of_an_enumeration_is_its_text() -> None:
    class Colour(StrEnum):
        RED = "red"

    assert canonical_json({"b": Colour.RED, "a": (1, True, None)}) == '{"a":[1,true,null],"b":"red"}'
