"""Kept rows are the explained ones, cell by cell; what would not be is refused by name."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from mlflow_explain import TabularExplainer, load_explanation, save_explanation
from mlflow_explain.artifact.tables import BLOCK_ROWS
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import EvaluatedRows
from tests.explanation.test_value import made

TOKYO = pd.Timestamp("2021-06-01 09:00", tz="Asia/Tokyo")
LONDON = pd.Timestamp("2021-06-01 09:00", tz="Europe/London")
DAY = dt.date(2020, 1, 1)


def explained(data):
    n_rows = len(data)
    ids = data.index.to_numpy() if isinstance(data, pd.DataFrame) else np.arange(n_rows)
    return made(np.ones((n_rows, 1, 1)), rows=EvaluatedRows(data=data, ids=ids))


def objects(cells) -> np.ndarray:
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def kept(data, folder, rows=None):
    return load_explanation(save_explanation(explained(data), folder), rows=rows)


def same(found, expected) -> bool:
    """Whether cells are equal, and gaps of the same kind."""
    pairs = list(zip(found, expected, strict=True))
    gaps = [(type(a), type(b)) for a, b in pairs if pd.isna(a) or pd.isna(b)]
    return all(a is b for a, b in gaps) and all(a == b for a, b in pairs if not pd.isna(b))


@pytest.mark.parametrize(
    "cells",
    [
        [1, None, 3], [1, np.nan, 2**60], [1.5, None], [True, None], ["a", None, ""],
        ["a", np.nan], ["a", pd.NA], ["a", None, np.nan, pd.NA, pd.NaT, "b"], [None, None],
        [b"\xff", None], [DAY, None], [decimal.Decimal("1.10"), None], [TOKYO, pd.NaT],
        [dt.timedelta(1), None], [1, 2.5],
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("container", ["frame", "array"])
def test_objects_come_back_as_they_were(tmp_path, cells, container):
    frame = pd.DataFrame({"x": pd.Series(objects(cells), dtype=object), "n": 1.0})
    data = frame if container == "frame" else frame[["x"]].to_numpy(dtype=object)
    for rows in (None, slice(1, None)):
        found = kept(data, tmp_path / f"kept-{rows is None}", rows).eval_data
        column = found["x"].to_numpy() if container == "frame" else found[:, 0]
        assert same(column, cells[slice(None) if rows is None else rows]), column
        if container == "frame":
            assert list(found.columns) == ["x", "n"]
            assert found.dtypes.astype(str).tolist() == ["object", "float64"]


def test_gaps_of_several_kinds_are_those_of_their_rows_in_every_slice(tmp_path):
    cells = objects(["a"] * (BLOCK_ROWS + 10))
    cells[3], cells[-2], cells[-1] = None, np.nan, None
    taken = pd.DataFrame({"x": pd.Series(cells, dtype=object), "x (gaps)": 1})
    found = kept(taken, tmp_path / "kept", slice(BLOCK_ROWS, None)).eval_data
    assert list(found.columns) == ["x", "x (gaps)"]
    assert same(found["x"], cells[BLOCK_ROWS:])


def test_the_model_predicts_of_kept_rows_what_it_predicted(tmp_path):
    rows = pd.DataFrame({"a": objects([1, None, 3, 4] * 5), "b": np.arange(20.0)})
    encode = make_column_transformer((OneHotEncoder(), ["a"]), remainder="passthrough")
    model = make_pipeline(encode, Ridge()).fit(rows, rows["b"])
    explanation = TabularExplainer(model, rows).explain_global(rows)
    again = load_explanation(save_explanation(explanation, tmp_path / "kept"))
    np.testing.assert_array_equal(model.predict(again.eval_data), explanation.eval_y_predicted)


@pytest.mark.parametrize(
    "cells",
    [
        [{"a": 1}, {"b": 2}], [[1], [2, 3]], [TOKYO, LONDON], [uuid.uuid4(), uuid.uuid4()],
        [1, "one"], [True, 1], [2**70, 1], [1j, 2],
    ],
    ids=["mappings", "lists", "time zones", "uuid", "mixed", "truths", "large", "complex"],
)  # fmt: skip
def test_what_would_come_back_otherwise_is_refused_by_name(tmp_path, cells):
    frame = pd.DataFrame({"good": 1.0, "odd one": objects(cells), "also good": "text"})
    with pytest.raises(InvalidInputError, match=r"odd one, which .*include_data=False") as error:
        kept(frame, tmp_path / "kept")
    assert "good" not in str(error.value)


@pytest.mark.parametrize(
    "index",
    [
        [uuid.uuid4(), uuid.uuid4()],
        [1, "one"],
        pd.MultiIndex.from_arrays([[1, 2], [uuid.uuid4(), uuid.uuid4()]]),
    ],
    ids=["uuid", "mixed", "level"],
)
def test_ids_that_would_come_back_otherwise_are_refused(tmp_path, index):
    with pytest.raises(InvalidInputError, match="an index"):
        kept(pd.DataFrame({"a": [1.0, 2.0]}, index=index), tmp_path / "kept")


def test_ids_of_an_array_are_refused_by_name_too(tmp_path):
    rows = EvaluatedRows(data=np.ones((2, 1)), ids=objects([uuid.uuid4(), uuid.uuid4()]))
    with pytest.raises(InvalidInputError, match="row_id"):
        save_explanation(made(np.ones((2, 1, 1)), rows=rows), tmp_path / "kept")


def test_names_of_columns_that_no_file_holds(tmp_path):
    doubled = pd.DataFrame(np.ones((2, 2)), columns=[1, "1"])
    with pytest.raises(InvalidInputError, match="1 more than once"):
        kept(doubled, tmp_path / "kept")
    broken = pd.DataFrame(np.ones((2, 1)), columns=pd.Index(["\ud800"], dtype=object))
    with pytest.raises(InvalidInputError, match="names of columns"):
        kept(broken, tmp_path / "broken")
    missing = pd.DataFrame(np.ones((2, 1)), columns=[np.nan])
    assert list(kept(missing, tmp_path / "missing").eval_data.columns) == ["nan"]


@pytest.mark.parametrize("index", [None, ["p", "q", "r"]])
def test_rows_without_columns_are_still_rows(tmp_path, index):
    rows = pd.DataFrame(index=index if index is not None else range(5, 8))
    found = kept(rows, tmp_path / "kept")
    assert found.eval_data.shape == (3, 0)
    assert found.rows.ids.tolist() == rows.index.tolist()
    some = load_explanation(tmp_path / "kept", rows=slice(1, 3))
    assert some.rows.ids.tolist() == rows.index[1:].tolist()
