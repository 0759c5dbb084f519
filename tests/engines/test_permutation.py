"""Cells that are moved, permutations, and what scikit-learn's metrics are known to be."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import metrics
from sklearn.base import BaseEstimator
from sklearn.inspection import permutation_importance

from mlflow_explain.engines.permutation import importance
from mlflow_explain.engines.permutation.answered import METHODS, answered_by
from mlflow_explain.engines.permutation.cells import cells_of
from mlflow_explain.engines.permutation.metrics import metric_of
from mlflow_explain.engines.permutation.together import TOGETHER

ROWS = np.array([[0.0, 1.0, 2.0], [0.0, np.nan, 3.0], [4.0, 1.0, 0.0], [4.0, 5.0, 0.0]])


def kinds():
    frame = pd.DataFrame(ROWS, columns=["a", "b", "c"])
    yield ROWS
    yield ROWS.astype(object)
    yield frame
    yield frame.assign(c=frame["c"].astype("category"), a=frame["a"].astype("Int64"))
    yield sparse.csr_matrix(ROWS)
    yield sparse.csr_array(ROWS)


def plain(rows):
    if sparse.issparse(rows):
        return rows.toarray()
    return np.asarray(rows, dtype=np.float64)


@pytest.mark.parametrize("rows", list(kinds()), ids=lambda rows: type(rows).__name__)
def test_a_cell_of_each_row_comes_from_another_row(rows):
    row, column, source = np.array([0, 3, 1, 2]), np.array([2, 0, 1, 1]), np.array([2, 0, 3, 1])
    expected = ROWS[row]
    expected[np.arange(4), column] = ROWS[source, column]
    cells = cells_of(rows)
    mixed = cells.mixed(row, column, source)
    assert type(mixed) is type(rows)
    np.testing.assert_array_equal(plain(mixed), expected)
    if isinstance(rows, pd.DataFrame):
        assert (mixed.dtypes == rows.dtypes).all()
        assert list(mixed.columns) == list(rows.columns)
    else:
        assert mixed.dtype == rows.dtype
    codes = cells.codes(0)
    assert codes[0] == codes[1] != codes[2] == codes[3]
    assert len(set(cells.codes(1))) == 3


def test_zeros_that_are_stored_are_moved_and_repeated_entries_added_up():
    data, indices, indptr = np.array([0.0, 7.0, 1.0, 2.0]), [1, 0, 0, 0], [0, 1, 2, 4]
    rows = sparse.csr_matrix((data, indices, indptr), shape=(3, 2))
    cells = cells_of(rows)
    assert rows.nnz == 4
    mixed = cells.mixed(np.array([1, 0]), np.array([1, 1]), np.array([0, 2]))
    assert mixed.has_canonical_format
    np.testing.assert_array_equal(mixed.toarray(), [[7, 0], [0, 0]])
    assert mixed.nnz == 2
    assert len(set(cells.codes(0))) == 3
    assert len(set(cells.codes(1))) == 2


def test_permutations_are_those_of_scikit_learn():
    seen = []

    class Watching(BaseEstimator):
        def fit(self, rows, y):
            return self

        def predict(self, rows):
            seen.append(rows[:, 0].copy())
            return rows[:, 0]

    rows = np.arange(9.0)[:, None]
    permutation_importance(Watching(), rows, rows[:, 0], scoring="r2", n_repeats=4, random_state=8)
    np.testing.assert_array_equal(importance.permutations(9, 4, 8), np.array(seen[1:]))


def test_the_sense_of_scikit_learns_metrics_is_known_by_their_names():
    for name in metrics.get_scorer_names():
        assert metric_of(name, None, is_error=None, chances=False).is_error is False
    senses = {}
    for name in metrics.__all__:
        function = getattr(metrics, name)
        if inspect.isfunction(function) and "y_true" in inspect.signature(function).parameters:
            senses[name] = metric_of(function, None, is_error=None, chances=False).is_error
    assert senses["max_error"] is senses["hinge_loss"] is senses["mean_poisson_deviance"] is True
    assert senses["r2_score"] is senses["matthews_corrcoef"] is senses["ndcg_score"] is False
    # Curves and tables are no metrics: their sense is not known.
    unknown = {name for name, sense in senses.items() if sense is None}
    assert unknown <= {
        "classification_report", "confusion_matrix", "confusion_matrix_at_thresholds",
        "det_curve", "metric_at_thresholds", "multilabel_confusion_matrix",
        "precision_recall_curve", "precision_recall_fscore_support", "roc_curve",
        "class_likelihood_ratios",
    }  # fmt: skip


def test_a_stand_in_has_the_methods_of_its_model():
    asked = []
    stand_in = answered_by(asked.append, ("predict", "decision_function"), ("no", "yes"), "SVC")
    assert [hasattr(stand_in, method) for method in METHODS] == [True, False, True]
    assert asked == []
    stand_in.decision_function(None)
    assert asked == ["decision_function"]
    assert vars(stand_in).keys() == {"answer", "methods", "labels", "model"}


@pytest.mark.parametrize("name", list(TOGETHER))
def test_metrics_of_all_repeats_are_those_of_each(name, rng):
    metric = metric_of(name, None, is_error=None, chances=False)
    for labels in (None, ("no", "yes"), (2, 3, 5)):
        if (labels is None) != ("error" in name):
            continue
        y = rng.normal(size=60) if labels is None else np.array(labels)[rng.integers(0, 2, 60)]
        chances = rng.dirichlet(np.full(len(labels or "ab"), 0.02), size=(3, 60))
        answers = {"predict": y[rng.permutation(180) % 60].reshape(3, 60)}
        if metric.together.method == "predict_proba":
            answers = {"predict_proba": chances}

        def stand(given, labels=labels):
            return answered_by(given, METHODS, labels, "a model")

        assert metric.together.takes(answers, y)
        if name == "neg_log_loss" and labels == (2, 3, 5):
            # A scorer is not told of classes that rows lack.
            y[0] = 5
        each = [
            metric.value(stand({key: part[r] for key, part in answers.items()}.__getitem__), y)
            for r in range(3)
        ]
        np.testing.assert_allclose(metric.values(answers, y, stand), each, rtol=1e-12)
