from decimal import Decimal

from pyroaring import BitMap

from shadower.domain.metrics.windows import distinct, stickiness


def test_a_window_counts_everybody_in_it_once() -> None:
    days = [{"ann"}, {"ann", "bob"}, None, {"cem"}, set()]
    assert distinct(days, 1) == [1, 2, 0, 1, 0]
    assert distinct(days, 2) == [2, 2, 1, 1]
    assert distinct(days, 5) == [3]


def test_fewer_days_than_the_window_have_no_value() -> None:
    assert distinct([{"ann"}], 7) == []
    assert distinct([], 1) == []


def test_every_window_equals_the_plain_union_whatever_its_length() -> None:
    days = [{(day * day + k) % 23 for k in range(day % 4)} for day in range(40)]
    for window in range(1, 42):
        plain = [len(set().union(*days[i : i + window])) for i in range(len(days) - window + 1)]
        assert distinct(days, window) == plain
        assert distinct([BitMap(ids) for ids in days], window) == plain


def test_the_sets_of_the_days_are_left_as_they_are() -> None:
    days = [{"ann"}, {"bob"}, {"cem"}]
    distinct(days, 2)
    assert days == [{"ann"}, {"bob"}, {"cem"}]


def test_stickiness_of_users_who_come_every_day_is_one() -> None:
    assert stickiness([{"ann", "bob"}] * 30) == [Decimal(1)]


def test_stickiness_is_the_mean_of_daily_users_by_those_of_the_month() -> None:
    days = [{"ann"} if day % 2 else {"ann", "bob"} for day in range(30)]
    assert stickiness(days) == [Decimal("0.75")]


def test_stickiness_slides_day_by_day() -> None:
    days = [None, *[{"ann"}] * 29, None, {"bob"}]
    assert stickiness(days) == [Decimal("0.966666666667"), Decimal("0.966666666667"), Decimal("0.483333333333")]


def test_stickiness_without_users_is_not_a_number() -> None:
    assert stickiness([None] * 30) == [None]
