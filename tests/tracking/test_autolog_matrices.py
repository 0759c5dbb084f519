"""Rows of `xgboost.DMatrix` and `lightgbm.Dataset`, as `mlflow_explain.autolog` explains them."""

from __future__ import annotations

import lightgbm
import mlflow.models
import numpy as np
import pandas as pd
import pytest
import xgboost

import mlflow_explain
from mlflow_explain.data import clusters
from tests import small
from tests.tracking import autologged
from tests.tracking.autologged import Left, told

GAPS = small.FRAME.where(small.FRAME["a"] > 0, -1.0)
MIXED = GAPS.assign(kind=pd.Categorical(np.where(small.ROWS[:, 2] > 0, "x", "y")))


@pytest.fixture(autouse=True)
def autologging(monkeypatch, tracking_store, recwarn):
    # `recwarn`: MLflow warns of itself while it autologs.
    monkeypatch.setattr(mlflow.models, "infer_pip_requirements", lambda *_, **__: ["mlflow"])
    with autologged.undone():
        mlflow_explain.autolog(register_scoring_explainer=False)
        yield


def of_xgboost(matrix):
    xgboost.train({"objective": "binary:logistic", "seed": 0}, matrix, 3)
    (explanation,) = Left.of_all().explanations
    return explanation


def of_lightgbm(dataset):
    lightgbm.train({"objective": "binary", "verbose": -1, "seed": 0}, dataset, 3)
    (explanation,) = Left.of_all().explanations
    return explanation


@pytest.mark.parametrize("rows", [GAPS, GAPS.to_numpy(), MIXED], ids=["frame", "array", "codes"])
def test_what_a_dmatrix_takes_for_missing_is_missing(rows, recwarn):
    matrix = xgboost.DMatrix(rows, small.LABELS, missing=-1.0, enable_categorical=True)
    explanation = of_xgboost(matrix)
    numbers = np.asarray(explanation.eval_data)[:, :3].astype(np.float32)
    expected = np.where(GAPS == -1.0, np.nan, GAPS).astype(np.float32)
    assert np.array_equal(numbers, expected, equal_nan=True)
    if rows is MIXED:
        assert explanation.eval_data["kind"].tolist() == MIXED["kind"].tolist()
    assert np.array_equal(explanation.true_y, small.LABELS)
    assert explanation.quality["additivity_error_max"] < 1e-5
    assert told(recwarn) == []


def test_ids_and_types_of_a_dmatrix_stay_those_of_its_rows():
    rows = autologged.frame(60).assign(n=np.arange(60))
    explanation = of_xgboost(xgboost.DMatrix(rows, rows["a"] > 0))
    assert explanation.eval_data.equals(rows)
    assert [str(row) for row in explanation.rows.ids] == rows.index.tolist()


def test_a_sample_is_read_of_a_dmatrix_of_many_rows():
    rows = autologged.frame(300).to_numpy()
    mlflow_explain.autolog(max_rows=50, register_scoring_explainer=False)
    explanation = of_xgboost(xgboost.DMatrix(rows, rows[:, 0] > 0))
    assert explanation.num_examples == 50
    at = explanation.rows.ids
    assert np.array_equal(explanation.eval_data, rows[at].astype(np.float32))
    assert np.array_equal(explanation.true_y, rows[at, 0] > 0)


def test_part_of_a_dmatrix_is_explained(recwarn):
    matrix = xgboost.DMatrix(small.FRAME, small.LABELS)
    explanation = of_xgboost(matrix.slice(list(range(20, 70))))
    assert tuple(explanation.features) == ("a", "b", "c")
    expected = small.FRAME.iloc[20:70].to_numpy(dtype=np.float32)
    assert np.array_equal(explanation.eval_data, expected)
    assert np.array_equal(explanation.true_y, small.LABELS[20:70])
    assert told(recwarn) == []


def test_a_dmatrix_of_quantiles_is_explained(recwarn):
    explanation = of_xgboost(xgboost.QuantileDMatrix(small.FRAME, small.LABELS, max_bin=256))
    assert explanation.num_examples == 90
    assert told(recwarn) == []


def test_part_of_a_dmatrix_of_categories_is_said(recwarn):
    matrix = xgboost.DMatrix(MIXED, small.LABELS, enable_categorical=True)
    xgboost.train({"objective": "binary:logistic"}, matrix.slice(list(range(50))), 3)
    (warning,) = told(recwarn)
    assert "only the codes of categories are left" in warning


@pytest.mark.parametrize("frees", [True, False])
def test_a_subset_of_a_dataset_is_explained(frees, recwarn):
    whole = lightgbm.Dataset(small.FRAME, small.LABELS, free_raw_data=frees).construct()
    explanation = of_lightgbm(whole.subset([*range(60, 85), 3]))
    at = [3, *range(60, 85)]
    assert explanation.eval_data.equals(small.FRAME.iloc[at])
    assert np.array_equal(explanation.true_y, small.LABELS[at])
    assert explanation.comment == "autolog: all 26 training rows"
    assert told(recwarn) == []


def test_a_subset_of_what_has_freed_its_rows_has_those_kept_of_the_whole(recwarn):
    rows = autologged.frame(300)
    labels = (rows["a"] > 0).to_numpy()
    mlflow_explain.autolog(max_rows=50, register_scoring_explainer=False)
    whole = lightgbm.Dataset(rows, labels).construct()
    explanation = of_lightgbm(whole.subset(range(100, 300)))
    at = rows.index.get_indexer([str(row) for row in explanation.rows.ids])
    assert 10 < len(at) < 50
    assert at.min() >= 100
    assert explanation.eval_data.equals(rows.iloc[at])
    assert np.array_equal(explanation.true_y, labels[at])
    assert f"{len(at)} of 200 training rows" in explanation.comment
    assert told(recwarn) == []


def test_a_subset_of_which_no_row_is_known_is_said(recwarn):
    mlflow_explain.autolog(max_rows=1)
    whole = lightgbm.Dataset(autologged.frame(300), np.arange(300) % 2).construct()
    (kept,) = clusters.drawn(300, 1, seed=0)
    part = whole.subset(np.delete(np.arange(300), kept))
    lightgbm.train({"objective": "binary", "verbose": -1}, part, 3)
    (warning,) = told(recwarn)
    assert "one of 299 rows, none of which are among those kept of the whole" in warning
