"""A model of texts in two halves, and rows that the first one has transformed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.texts.halves import TransformedRows, halves_of
from mlflow_explain.data.texts.models import of_table
from mlflow_explain.errors import UnsupportedModelError

TABLE = pd.DataFrame({"price": [1.0, 2.0, 3.0], "text": ["good", "bad bad", "good one"]})
LABELS = [1, 0, 1]


def of_list(*steps):
    model = make_pipeline(CountVectorizer(), *steps, LogisticRegression())
    return of_table(model.fit(TABLE.text.tolist(), LABELS), "text")


def of_columns():
    columns = make_column_transformer((CountVectorizer(), "text"), ("passthrough", ["price"]))
    return make_pipeline(columns, LogisticRegression()).fit(TABLE, LABELS)


@pytest.mark.parametrize(("model", "column"), [(of_list(), "text"), (of_columns(), None)])
def test_both_halves_in_turn_are_the_model(model, column):
    halves = halves_of(predictor_of(model))
    assert halves.column == column
    made = halves.transform(TABLE)
    np.testing.assert_array_equal(
        halves.estimator.model.predict_proba(made), model.predict_proba(TABLE)
    )
    # Of the table, where columns are chosen by it; of its texts otherwise.
    given = halves.given(TABLE)
    assert given is TABLE if column is None else given == TABLE.text.tolist()


def by_column(rows):
    return rows.tocsc()


def test_sparse_rows_are_by_row_however_the_last_step_keeps_them():
    made = halves_of(predictor_of(of_list(FunctionTransformer(by_column)))).transform(TABLE)
    assert made.format == "csr"
    assert made[np.array([2])].sum() == 2.0


def test_what_is_no_pipeline_is_refused():
    with pytest.raises(UnsupportedModelError, match=r"no Pipeline.*method='masking'"):
        halves_of(predictor_of(LogisticRegression().fit(np.eye(2), [0, 1])))


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix, pd.DataFrame])
@pytest.mark.parametrize("at", [np.array([2, 0]), slice(1, 3), np.array([], dtype=np.int64)])
def test_some_transformed_rows_are_those_of_the_same_texts(kind, at):
    made = np.arange(12.0).reshape(3, 4)
    rows = TransformedRows(TABLE.set_axis([7, 7, 7]), kind(made))
    assert rows.shape == (3, 2)
    some = rows.take(at)
    assert some.rows.text.tolist() == TABLE.text.to_numpy()[at].tolist()
    found = some.made.toarray() if sparse.issparse(some.made) else np.asarray(some.made)
    np.testing.assert_array_equal(found, made[at])
    assert rows.shape == (3, 2)
