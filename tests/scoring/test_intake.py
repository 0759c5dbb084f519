from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from mlflow_explain.data.table import table_of
from mlflow_explain.errors import FeatureError, InvalidInputError
from mlflow_explain.scoring.intake import Intake

DOUBLES = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, np.nan]})
MIXED = DOUBLES.assign(c=["x", "y"], d=[1, 2])


def test_rows_of_numbers_come_as_one_block():
    rows = pd.DataFrame({name: [1.5] for name in "ab"}, index=["i"])
    taken = Intake(table_of(DOUBLES)).aligned(rows)
    pd.testing.assert_frame_equal(taken, rows)
    # The model and the engine read the very same numbers, without a copy each.
    assert np.shares_memory(taken.to_numpy(), taken.to_numpy())


@pytest.mark.parametrize(
    "rows",
    [DOUBLES[["b", "a"]], DOUBLES.assign(z=1), DOUBLES.astype(object), DOUBLES.astype("float32")],
)
def test_other_orders_and_types_are_put_right(rows):
    taken = Intake(table_of(DOUBLES)).aligned(rows)
    assert list(taken.columns) == ["a", "b"]
    np.testing.assert_array_equal(taken.to_numpy(dtype=float), DOUBLES.to_numpy())


def test_55_missing_columns_are_named():
    with pytest.raises(FeatureError, match="rows without b"):
        Intake(table_of(DOUBLES)).aligned(DOUBLES[["a"]])


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        (DOUBLES.assign(b=[np.inf, 0.0]), "b"),
        (MIXED.assign(a=[0.0, -np.inf]), "a"),
        (np.array([[0.0, np.inf]]), "1"),
        (sparse.csr_matrix([[0.0, np.inf]]), "1"),
    ],
)
def test_61_infinity_is_refused_by_the_name_of_its_column(rows, column):
    intake = Intake(table_of(rows))
    with pytest.raises(InvalidInputError, match=f"finite numbers or nulls in column {column};"):
        intake.check_finite(rows)


@pytest.mark.parametrize("rows", [DOUBLES, MIXED, DOUBLES.to_numpy(), np.array([["a", None]])])
def test_gaps_words_and_whole_numbers_are_no_infinity(rows):
    Intake(table_of(rows)).check_finite(rows)
