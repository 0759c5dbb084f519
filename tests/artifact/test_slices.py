"""Some rows of a large explanation: the same as of all of it, from the files they lie in."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from mlflow_explain import load_explanation, save_explanation
from mlflow_explain.artifact.sealed import Sealed
from mlflow_explain.errors import InvalidInputError, MissingPartError
from mlflow_explain.explanation import EvaluatedRows
from tests.explanation.test_value import made

N_ROWS = 25_000
GOLDEN = Path(__file__).parents[1] / "data" / "explanation-format-1"
NUMBERS = np.random.default_rng(0).normal(size=(N_ROWS, 2))
WORDS = pd.Series(np.where(NUMBERS[:, 0] > 2, "rare", "common"), dtype="category")


def framed(index=None) -> pd.DataFrame:
    return pd.DataFrame({"number": NUMBERS[:, 0], "word": WORDS.to_numpy()}, index=index).astype(
        {"word": pd.CategoricalDtype(["rare", "common", "never"])}
    )


CONTAINERS = {
    "range": framed(pd.RangeIndex(100, 100 + 2 * N_ROWS, 2, name="number of row")),
    "strings": framed([f"row {i}" for i in range(N_ROWS)]),
    "several levels": framed(
        pd.MultiIndex.from_arrays([np.arange(N_ROWS) // 7, np.arange(N_ROWS)])
    ),
    "array": NUMBERS,
    "objects": framed().astype(object).to_numpy(),
    "csr": sparse.csr_matrix(np.where(NUMBERS > 0, NUMBERS, 0)),
}
SLICES = [
    slice(0, 3), slice(9_998, 10_002), slice(19_000, None, 900), slice(None), slice(-2, None),
    slice(7, 7), slice(30_000, 40_000),
]  # fmt: skip


def large(data):
    ids = data.index.to_numpy() if isinstance(data, pd.DataFrame) else np.arange(N_ROWS)
    rows = EvaluatedRows(
        data=data, ids=ids, predicted=NUMBERS[:, 0], true_y=NUMBERS[:, 1],
        cohort_data=pd.DataFrame({"group": WORDS}),
    )  # fmt: skip
    return made(values=NUMBERS[:, :, None], rows=rows)


@pytest.fixture(scope="module", params=CONTAINERS)
def kept(request, tmp_path_factory):
    explanation = large(CONTAINERS[request.param])
    return explanation, save_explanation(explanation, tmp_path_factory.mktemp("slices") / "kept")


def taken(data, rows):
    return data.iloc[rows] if isinstance(data, pd.DataFrame) else data[rows]


@pytest.mark.parametrize("rows", SLICES, ids=str)
def test_some_rows_are_those_of_all_rows(kept, rows):
    explanation, folder = kept
    found = load_explanation(folder, rows=rows)
    np.testing.assert_array_equal(
        found.local_importance_values, explanation.local_importance_values[rows]
    )
    np.testing.assert_array_equal(found.rows.ids, explanation.rows.ids[rows])
    np.testing.assert_array_equal(found.eval_y_predicted, explanation.eval_y_predicted[rows])
    np.testing.assert_array_equal(found.true_y, explanation.true_y[rows])
    pd.testing.assert_frame_equal(found.cohort_data, explanation.cohort_data.iloc[rows])
    expected = taken(explanation.eval_data, rows)
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found.eval_data, expected)
    elif sparse.issparse(expected):
        np.testing.assert_array_equal(found.eval_data.toarray(), expected.toarray())
    else:
        np.testing.assert_array_equal(found.eval_data, expected)
    # The importance over all rows is as it was kept.
    np.testing.assert_array_equal(
        found.global_importance_values, explanation.global_importance_values
    )


def test_44_a_slice_reads_its_own_files_only(kept, monkeypatch):
    _, folder = kept
    names = []
    read = Sealed.read
    monkeypatch.setattr(Sealed, "read", lambda self, name: names.append(name) or read(self, name))
    load_explanation(folder, rows=slice(10_000, 20_000))
    numbered = [name for name in names if re.search(r"-\d{5}\.", name)]
    assert {re.search(r"-(\d{5})\.", name)[1] for name in numbered} == {"00001"}
    assert len(numbered) == 4  # attributions, rows, outcomes, cohort columns


@pytest.mark.parametrize(
    "rows", [slice(5, 0, -1), slice(0, 5, 0), slice(None, "a"), slice(1.5, 3), range(3), 3], ids=str
)
def test_what_is_no_slice_forward_is_refused(kept, rows):
    with pytest.raises(InvalidInputError, match="goes forward"):
        load_explanation(kept[1], rows=rows)


def test_one_kind_is_read_alone(explanation, tmp_path):
    folder = save_explanation(explanation, tmp_path / "kept")
    raw = load_explanation(folder, kind="raw")
    assert (raw.is_raw, raw.engineered) == (True, None)
    engineered = load_explanation(folder, kind="engineered", rows=slice(2, 4))
    np.testing.assert_array_equal(
        engineered.local_importance_values,
        explanation.engineered.local_importance_values[:, 2:4],
    )
    alone = save_explanation(made(), tmp_path / "alone")
    with pytest.raises(MissingPartError, match="engineered"):
        load_explanation(alone, kind="engineered")


def test_folders_whose_rows_are_one_file_are_sliced_too():
    whole = load_explanation(GOLDEN)
    some = load_explanation(GOLDEN, rows=slice(1, 3))
    pd.testing.assert_frame_equal(some.eval_data, whole.eval_data.iloc[1:3])
    np.testing.assert_array_equal(
        some.local_importance_values, whole.local_importance_values[:, 1:3]
    )
    np.testing.assert_array_equal(some.rows.ids, whole.rows.ids[1:3])
