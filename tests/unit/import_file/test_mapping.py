"""How the columns of a row become the fields of an event."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from shadower.application.import_file.errors import ColumnUnknown, FieldUnknown, PlanInvalid
from shadower.application.import_file.mapping import RowMapping
from shadower.application.import_file.plan import ImportPlan, pairs
from shadower.application.ports.row_reader import Row
from shadower.domain.events.rejection import Rejected


def event_of(values: Mapping[str, object], *, columns: bool = True, **plan: Any) -> dict[str, object]:  # noqa: ANN401
    mapping = RowMapping(ImportPlan(**plan), "runs.csv", list(values) if columns else None)
    event = mapping.event(Row(1, "the row", values))
    assert str(event.pop("id")).startswith("row-1-")
    assert event.pop("source") == "runs.csv"
    return event


def test_columns_named_like_fields_are_those_fields() -> None:
    assert event_of({"agent_id": "a", "Colour": "red"}) == {"agent_id": "a"}


def test_a_mapped_column_is_not_taken_a_second_time() -> None:
    assert event_of({"user_id": "u"}, mapped={"agent_id": "user_id"}) == {"agent_id": "u"}


def test_a_column_named_like_a_field_may_be_left_out() -> None:
    assert event_of({"status": "OK", "model": "m"}, ignored=("status",)) == {"model": "m"}


def test_the_id_of_a_row_is_taken_only_when_asked_for() -> None:
    mapping = RowMapping(ImportPlan(mapped={"id": "id"}), "runs.csv", ["id"])

    assert event_of({"id": "7"}) == {}
    assert mapping.event(Row(1, "7", {"id": "7"}))["id"] == "7"
    assert str(mapping.event(Row(2, "", {"id": ""}))["id"]).startswith("row-2-")


def test_empty_values_are_absent() -> None:
    assert event_of({"agent_id": "", "tokens_in": "", "model": None}) == {}


@pytest.mark.parametrize(
    ("value", "read"),
    [("374", 374), (" 374 ", 374), ("374.0", 374), (Decimal("374.0"), 374), (5, 5), ("3.5", "3.5"), ("many", "many")],
)
def test_counts_are_whole_numbers_where_they_can_be(value: object, read: object) -> None:
    assert event_of({"tokens_in": value}) == {"tokens_in": read}


def test_amounts_keep_every_digit() -> None:
    assert event_of({"cost": " 0.000000175 ", "credits": Decimal("0.1")}) == {
        "cost": "0.000000175",
        "credits": Decimal("0.1"),
    }


def test_a_number_may_be_a_name() -> None:
    assert event_of({"user_id": 42}) == {"user_id": "42"}


def test_columns_go_to_their_places_in_data() -> None:
    event = event_of(
        {"region": "eu", "tier": "gold", "note": "", "unused": "x"},
        mapped={"data.place.region": "region", "data.tier": "tier", "data.note": "note"},
        constants={"data.place.planet": "earth"},
    )

    assert event == {"data": {"place": {"region": "eu", "planet": "earth"}, "tier": "gold"}}


def test_the_rest_goes_into_data_when_asked_for() -> None:
    row = {"agent_id": "a", "region": "eu", "empty": "", "data": '{"x": 1.10}', "skipped": "s"}

    event = event_of(row, rest_into_data=True, ignored=("skipped",))

    assert event == {"agent_id": "a", "data": {"region": "eu", "x": Decimal("1.10")}}


def test_rows_never_share_what_was_set_for_all() -> None:
    mapping = RowMapping(ImportPlan(constants={"data": '{"fixed": 1}'}, mapped={"data.n": "n"}), "runs.csv", ["n"])

    first, second = (mapping.event(Row(n, str(n), {"n": n or ""})) for n in (1, 0))

    assert (first["data"], second["data"]) == ({"fixed": 1, "n": 1}, {"fixed": 1})


def test_rows_of_json_are_searched_along_dots() -> None:
    row = {"meta": {"user": {"id": "u"}}, "a.b": "agent"}

    event = event_of(row, columns=False, mapped={"user_id": "meta.user.id", "agent_id": "a.b", "model": "meta.no"})

    assert event == {"user_id": "u", "agent_id": "agent"}


def test_columns_without_any_value_are_remembered() -> None:
    mapping = RowMapping(ImportPlan(mapped={"user_id": "usr", "agent_id": "bot"}), "runs", None)

    mapping.event(Row(1, "{}", {"bot": "a"}))

    assert mapping.unseen == {"usr"}


def test_a_row_without_its_time_is_rejected_and_never_given_another() -> None:
    with pytest.raises(Rejected) as caught:
        event_of({"occurred_at": ""})
    assert caught.value.rejection.code == "timestamp_missing"


@pytest.mark.parametrize("value", ["[1", "{'a': 1}", '{"a": NaN}'])
def test_data_that_is_not_json_is_rejected(value: str) -> None:
    with pytest.raises(Rejected) as caught:
        event_of({"data": value})
    assert caught.value.rejection.code == "data_invalid"


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("occured_at", "Did you mean occurred_at?"),
        ("Agent_ID", "Did you mean agent_id?"),
        ("data.", "no field"),
        ("", "no"),
    ],
)
def test_a_field_that_events_do_not_have_is_told_with_the_nearest(field: str, told: str) -> None:
    with pytest.raises(FieldUnknown, match=told.replace("?", r"\?")):
        ImportPlan(mapped={field: "x"})


def test_a_column_that_the_file_does_not_have_is_told_with_the_nearest() -> None:
    with pytest.raises(ColumnUnknown, match=r"'ContextToken'\. Did you mean ContextTokens\?"):
        event_of({"TIMESTAMP": "", "ContextTokens": ""}, mapped={"tokens_in": "ContextToken"})


def test_one_column_is_a_hint_at_another_delimiter() -> None:
    with pytest.raises(ColumnUnknown, match="--delimiter"):
        event_of({"time;user": "x"}, mapped={"user_id": "user"})


def test_a_column_that_comes_twice_cannot_be_mapped_but_may_be_there() -> None:
    columns = ["agent_id", "x", "x", "", ""]

    RowMapping(ImportPlan(), "runs", columns)
    with pytest.raises(ColumnUnknown, match="2 columns named 'x'"):
        RowMapping(ImportPlan(mapped={"user_id": "x"}), "runs", columns)
    with pytest.raises(ColumnUnknown, match="2 columns named 'x'"):
        RowMapping(ImportPlan(rest_into_data=True), "runs", columns)


@pytest.mark.parametrize(
    "plan",
    [
        {"mapped": {"type": "a"}, "constants": {"type": "b"}},
        {"constants": {"id": "1"}},
        {"constants": {"occurred_at": "2026-01-01"}},
    ],
    ids=["mapped and set", "one id for all", "one time for all"],
)
def test_a_plan_that_contradicts_itself_is_refused(plan: dict[str, Any]) -> None:
    with pytest.raises(PlanInvalid):
        ImportPlan(**plan)


@pytest.mark.parametrize("written", [["a"], ["=b"], ["a="], ["a=b", "a=c"]])
def test_pairs_have_two_sides_and_come_once(written: list[str]) -> None:
    with pytest.raises(PlanInvalid):
        pairs(written, "--map")


def test_only_the_first_equals_sign_divides() -> None:
    assert pairs(["data.q=a=b"], "--set") == {"data.q": "a=b"}
