"""Rows as users pass them. Numbers are those of the list of bad input."""

from __future__ import annotations

import traceback

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from mlflow_explain.data.table import align, table_of
from mlflow_explain.errors import FeatureError, InvalidInputError

FRAME = pd.DataFrame(
    {"a": [1, 2, 3], "b": ["x", "y", None], "c": [0.5, None, 2.0]}, index=[7, 8, 9]
)
LIKE = table_of(FRAME)


def test_frames_keep_dtypes_and_index():
    table = align(FRAME, LIKE)
    assert table.data is FRAME
    assert list(table.ids) == [7, 8, 9]
    assert table.columns == ("a", "b", "c")


def test_11_reordered_columns_are_matched_by_name():
    pd.testing.assert_frame_equal(align(FRAME[["c", "a", "b"]], LIKE).data, FRAME)


def test_columns_the_model_does_not_know_are_left_out():
    pd.testing.assert_frame_equal(align(FRAME.assign(more=1), LIKE).data, FRAME)


def test_12_missing_columns_are_named():
    with pytest.raises(FeatureError, match="without b, c"):
        align(FRAME[["a"]], LIKE)


def test_14_duplicate_columns_are_named():
    doubled = pd.concat([FRAME, FRAME[["b"]]], axis=1)
    for refused in (lambda: table_of(doubled), lambda: align(doubled, LIKE)):
        with pytest.raises(FeatureError, match="b more than once"):
            refused()


def test_a_series_is_one_row_with_the_dtypes_of_the_frame():
    row = align(FRAME.iloc[0], LIKE).data
    pd.testing.assert_frame_equal(row, FRAME.iloc[[0]], check_index_type=False)


def test_a_list_is_one_row():
    row = align([4, "z", 0.5], LIKE).data
    assert row.iloc[0].tolist() == [4, "z", 0.5]
    pd.testing.assert_series_equal(row.dtypes, FRAME.dtypes)


def test_values_of_other_types_are_refused_without_repeating_them():
    with pytest.raises(InvalidInputError) as caught:
        align(["secret", "z", 0.5], LIKE)
    assert "column a" in str(caught.value)
    assert caught.value.__suppress_context__
    assert "secret" not in "".join(traceback.format_exception_only(caught.value))


def test_values_are_not_truncated_to_the_type_of_a_column():
    assert align([4.7, "z", 0.5], LIKE).data["a"].tolist() == [4.7]
    assert align([4, "z", 0.5], LIKE).data["a"].dtype == "int64"
    flags = table_of(pd.DataFrame({"f": [True, False]}))
    assert align([False], flags).data["f"].tolist() == [False]
    with pytest.raises(InvalidInputError, match="type bool in column f"):
        align(["False"], flags)


def test_words_get_their_categories_back():
    like = table_of(pd.DataFrame({"c": pd.Categorical(["x", "y"], categories=["y", "x", "z"])}))
    found = align(pd.DataFrame({"c": ["x", "unknown"]}), like).data["c"]
    assert found.dtype == like.data["c"].dtype
    assert found.isna().tolist() == [False, True]


def test_arrays_are_matched_by_position():
    like = table_of(np.zeros((2, 3)), ["p", "q", "r"])
    assert align(np.ones(3), like).data.shape == (1, 3)
    assert align(sparse.csr_matrix(np.ones((2, 3))), like).columns == ("p", "q", "r")
    named = pd.DataFrame(np.arange(6.0).reshape(2, 3), columns=["r", "q", "p"])
    np.testing.assert_array_equal(align(named, like).data, named[["p", "q", "r"]])
    with pytest.raises(FeatureError, match="without p"):
        align(named.rename(columns={"p": "other"}), like)
    with pytest.raises(FeatureError, match="3 columns"):
        align(np.ones((2, 4)), like)


def test_names_must_fit():
    with pytest.raises(FeatureError, match="2 feature names"):
        table_of(np.zeros((1, 2)), ["only one"])
    with pytest.raises(FeatureError, match="twice more than once"):
        table_of(FRAME, ["twice", "twice", "once"])
    with pytest.raises(InvalidInputError, match="3 dimensions"):
        table_of(np.zeros((1, 2, 3)))


@pytest.mark.parametrize("words", [["q", "r"], [1.5, "q"], ["", "1"]])
def test_words_in_columns_of_numbers_are_refused_by_name(words):
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    rows = frame.assign(b=words)
    with pytest.raises(InvalidInputError, match="numbers in column b, as") as caught:
        align(rows, table_of(frame))
    assert "q" not in str(caught.value)
    with pytest.raises(InvalidInputError, match="numbers in column b, as"):
        align(rows.to_numpy(dtype=object), table_of(frame.to_numpy(), ["a", "b"]))


@pytest.mark.parametrize(
    "cells", [["1", "2.5"], [None, 2], [True, False], [pd.NA, 1.0], [np.nan, "3"]]
)
def test_numbers_of_other_types_may_stay(cells):
    like = table_of(pd.DataFrame({"a": [0.5, 1.5]}))
    rows = pd.DataFrame({"a": pd.Series(cells, dtype=object)})
    assert align(rows, like).data is rows
