from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.dashboard.payload.block import Arrays
from mlflow_explain.dashboard.payload.cells import cells_of, written

DAY = 86_400_000.0


def texts(cells):
    return [None if np.isnan(code) else cells.labels[int(code)] for code in cells.values]


@pytest.mark.parametrize(("column", "whole"), [
    (pd.Series([1, 2, 3]), True),
    (pd.Series([1.5, np.nan, 3]), False),
    (pd.Series([1.0, np.nan, 3]), True),
    (pd.Series([1, None, 3], dtype="Int64"), True),
    (pd.Series([1.5, None, 3], dtype="Float32"), False),
    (pd.Series([1, None, 3], dtype=object), True),
    (pd.Series([Decimal("1.5"), None, Decimal(3)], dtype=object), False),
    (pd.Series(pd.arrays.SparseArray([0.0, 0.0, 2.5])), False),
    (pd.Series([1, 2, 3], dtype=np.uint8), True),
])  # fmt: skip
def test_numbers(column, whole):
    cells = cells_of(column)
    assert (cells.type, cells.whole, cells.absent) == ("number", whole, None)
    wanted = [np.nan if pd.isna(value) else float(value) for value in column]
    np.testing.assert_array_equal(cells.values, wanted)


@pytest.mark.parametrize("column", [
    pd.Series([True, False, None], dtype="boolean"),
    pd.Series([True, False, None], dtype=object),
    pd.Series([True, False, np.nan], dtype=object),
])  # fmt: skip
def test_truth_values(column):
    cells = cells_of(column)
    assert cells.type == "boolean"
    np.testing.assert_array_equal(cells.values, [1.0, 0.0, np.nan])


@pytest.mark.parametrize("column", [
    pd.Series(pd.to_datetime(["1970-01-02", None, "1970-01-03"])),
    pd.Series(pd.to_datetime(["1970-01-02", None, "1970-01-03"]).tz_localize("UTC")),
    pd.Series(pd.to_datetime(["1970-01-02 02:00", None, "1970-01-03 02:00"])
              .tz_localize("Etc/GMT-2")),
    pd.Series([date(1970, 1, 2), None, date(1970, 1, 3)], dtype=object),
    pd.Series([datetime(1970, 1, 2), None, datetime(1970, 1, 3)], dtype=object),  # noqa: DTZ001
    pd.Series(pd.PeriodIndex(["1970-01-02", "NaT", "1970-01-03"], freq="D")),
])  # fmt: skip
def test_times_are_milliseconds(column):
    cells = cells_of(column)
    assert cells.type == "time"
    np.testing.assert_array_equal(cells.values, [DAY, np.nan, 2 * DAY])


@pytest.mark.parametrize("column", [
    pd.Series(["b", None, "a", "b"]),
    pd.Series(["b", None, "a", "b"], dtype="string"),
    pd.Series(["b", None, "a", "b"], dtype=object),
    pd.Series(["b", None, "a", "b"], dtype="category"),
])  # fmt: skip
def test_words(column):
    cells = cells_of(column)
    assert cells.type == "category"
    assert texts(cells) == ["b", None, "a", "b"]
    assert cells.labels == ("a", "b")


def test_categories_keep_their_order_and_those_no_row_has():
    column = pd.Series(pd.Categorical(["low", "high"], categories=["low", "middle", "high"]))
    assert cells_of(column).labels == ("low", "middle", "high")
    numbers = cells_of(pd.Series(pd.Categorical([20, 3], categories=[3, 20])))
    assert numbers.labels == ("3", "20")
    assert texts(numbers) == ["20", "3"]


def test_mixed_cells_are_told_as_texts_and_those_that_read_alike_are_one():
    cells = cells_of(pd.Series([1, "1", 2.5, None, "x"], dtype=object))
    assert cells.type == "category"
    assert texts(cells) == ["1", "1", "2.5", None, "x"]
    assert len(set(cells.labels)) == len(cells.labels)


@pytest.mark.parametrize("column", [
    pd.Series([1j, 2j]),
    pd.Series([[1], [2, 3]], dtype=object),
    pd.Series([{"a": 1}, None], dtype=object),
    pd.Series([b"ab", b"c"], dtype=object),
])  # fmt: skip
def test_what_cannot_be_shown_says_so(column):
    absent = cells_of(column).absent
    assert absent is not None
    assert absent.startswith("Its cells are")
    assert absent.endswith(".")
    made = written("odd", cells_of(column), Arrays(), "odd")
    assert made["absent"] == absent


def test_an_odd_index_does_no_harm():
    column = pd.Series([date(1970, 1, 2), None, date(1970, 1, 3)], index=[5, 5, 5], dtype=object)
    np.testing.assert_array_equal(cells_of(column).values, [DAY, np.nan, 2 * DAY])
    assert cells_of(pd.Series([None, None], dtype=object)).type == "number"


def test_wide_whole_numbers_are_doubles():
    wide = pd.Series(np.arange(1000) * 10_000_000_019)
    arrays = Arrays()
    made = written("wide", cells_of(wide), arrays, "wide")
    assert made["whole"]
    assert made["range"] == [0.0, 999 * 10_000_000_019.0]
    assert arrays.known["wide"].dtype == np.float64


def test_a_category_of_very_many_labels_keeps_those_that_rows_have():
    cells = cells_of(pd.Series([f"name {i}" for i in range(3000)]))
    arrays = Arrays()
    made = written("who", cells.take(np.array([7, 2999])), arrays, "who")
    assert made["values"] == ["name 2999", "name 7"]
    assert arrays.known["who"].tolist() == [1, 0]


@pytest.mark.parametrize("column", [
    pd.Series([10**17 + 1, 10**17 + 2, 5]), pd.Series([2**53 + 1, None, 5], dtype="Int64"),
    pd.Series([2**64 - 1, 2**64 - 2, 5], dtype="uint64"),
    pd.Series([10**30, None, -(10**30) - 1], dtype=object),
    pd.Series([-(2**63), -(2**63) + 1, 5]),
])  # fmt: skip
def test_whole_numbers_a_browser_takes_for_one_are_kept_apart_as_texts(column):
    cells = cells_of(column)
    assert cells.type == "category"
    assert texts(cells) == [None if pd.isna(value) else str(value) for value in column]
    assert list(cells.labels) == sorted(cells.labels, key=int)


def test_wide_whole_numbers_that_a_browser_has_stay_numbers():
    cells = cells_of(pd.Series([2**60, 2**55, 1]))
    assert (cells.type, cells.whole) == ("number", True)
    assert cells.values.tolist() == [2.0**60, 2.0**55, 1.0]


def test_a_zero_below_zero_is_a_zero():
    for column in (pd.Series([-0.0, 0.0] * 30), pd.Series([-0.0, 1.5])):
        arrays = Arrays()
        made = written("zero", cells_of(column), arrays, "zero")
        known = arrays.known[made.get("dictionary", "zero")]
        assert not np.signbit(known).any()
        assert not np.signbit(made["range"]).any()


def test_durations_are_seconds():
    column = pd.Series(pd.to_timedelta([1.5, None, 3.0], unit="s"))
    for each in (column, column.astype("duration[ns][pyarrow]")):
        cells = cells_of(each)
        assert cells.type == "number"
        np.testing.assert_array_equal(cells.values, [1.5, np.nan, 3.0])


def test_truth_values_among_numbers_are_numbers():
    cells = cells_of(pd.Series([True, 1, 0, False, None, 2.5], dtype=object))
    assert cells.type == "number"
    np.testing.assert_array_equal(cells.values, [1, 1, 0, 0, np.nan, 2.5])
