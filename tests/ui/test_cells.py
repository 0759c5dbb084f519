"""Cells of a what-if: in the types of the columns, or refused by their column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mlflow.types.schema import ColSpec, Schema, TensorSpec

from mlflow_explain.data.table import Table
from mlflow_explain.errors import FeatureError, InvalidInputError
from mlflow_explain.ui.cells import rows_of, types_of

TYPED = pd.DataFrame(
    {
        "whole": pd.Series([1, 2], dtype="int32"),
        "part": [0.5, 1.5],
        "flag": [True, False],
        "maybe": pd.Series([True, None], dtype="boolean"),
        "day": pd.to_datetime(["2026-01-02", "2026-01-03"]),
        "zoned": pd.to_datetime(["2026-01-02", "2026-01-03"]).tz_localize("Europe/Zurich"),
        "lasts": pd.to_timedelta([1.5, 2], unit="s"),
        "grade": pd.Categorical([3, 7]),
        "word": pd.Series(["a", None], dtype=object),
        "truth": pd.Series([True, None], dtype=object),
        "when": pd.Series([pd.Timestamp("2026-01-02"), None], dtype=object),
    }
)
SENT = {
    "whole": [1, 2], "part": [0.5, 1.5], "flag": [True, 0], "maybe": [True, None],
    "day": [1767312000000, 1767398400000], "zoned": [1767308400000, 1767394800000],
    "lasts": [1.5, 2], "grade": ["3", "7"], "word": ["a", None], "truth": [1, None],
    "when": [1767312000000, None],
}  # fmt: skip


LIKE = Table(TYPED.iloc[:0], tuple(TYPED))
TYPES = {
    "whole": "number", "part": "number", "flag": "boolean", "maybe": "boolean", "day": "time",
    "zoned": "time", "lasts": "number", "grade": "category", "word": "category",
    "truth": "boolean", "when": "time",
}  # fmt: skip


def test_cells_come_back_in_the_types_of_the_columns():
    made = rows_of(SENT, LIKE, TYPES, 5)
    made["grade"] = pd.Categorical(made["grade"], categories=[3, 7])
    expected = TYPED.astype({name: made[name].dtype for name in ("day", "zoned", "lasts")})
    pd.testing.assert_frame_equal(made, expected)
    assert [type(cell) for cell in made["truth"]] == [bool, type(None)]


def test_the_signature_says_what_objects_are():
    signed = {"word": "string", "truth": "boolean", "when": "datetime"}
    schema = Schema([ColSpec(signed.get(name, "double"), name) for name in TYPED])
    assert types_of(LIKE, schema) == TYPES
    unnamed = Schema([TensorSpec(np.dtype(float), (-1, 2))])
    assert types_of(ARRAY, unnamed) == {"0": "number", "1": "number"}


ARRAY = Table(np.empty((0, 2)), ("0", "1"))


def test_arrays_are_columns_of_numbers():
    made = rows_of({"0": [1, None], "1": [2.5, 3]}, ARRAY, {"0": "number", "1": "number"}, 5)
    assert made.to_numpy().tolist()[0] == [1.0, 2.5]
    assert np.isnan(made.iloc[1, 0])


def test_a_column_that_is_missing_is_named():
    with pytest.raises(FeatureError, match="part"):
        rows_of({"whole": [1]}, LIKE, TYPES, 5)
    with pytest.raises(InvalidInputError, match="flag"):
        rows_of({**SENT, "flag": [2, 3]}, LIKE, TYPES, 5)
