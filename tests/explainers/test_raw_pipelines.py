"""Raw columns of Pipelines, and of maps of the user's own, through the public API."""

from __future__ import annotations

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy import sparse
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

from mlflow_explain import KernelExplainer, TabularExplainer
from mlflow_explain.errors import UnsupportedTransformerError
from tests.raw_columns import (
    FRAME,
    N_ROWS,
    NUMBERS,
    SOURCES,
    TARGET,
    TUPLES,
    check_folded,
    engineered,
)

PIPELINES = {
    "target encoder, remainder": make_pipeline(
        make_column_transformer(
            (TargetEncoder(), ["sex", "port"]),
            (SimpleImputer(add_indicator=True), NUMBERS),
        ),
        LGBMClassifier(n_estimators=5, verbose=-1),
    ),
    "text": make_pipeline(
        make_column_transformer(
            (make_pipeline(TfidfVectorizer(), PCA(2, svd_solver="arpack")), "text"),
            (OneHotEncoder(drop="if_binary"), ["sex", "port"]),
        ),
        LogisticRegression(),
    ),
    "pandas from step to step": make_pipeline(
        make_column_transformer(
            (OneHotEncoder(sparse_output=False, drop="first"), ["sex", "port"]),
            ("passthrough", NUMBERS), verbose_feature_names_out=False,
        ),
        ColumnTransformer([("n", SimpleImputer(), ["fare", "age"])], remainder="passthrough"),
        LGBMRegressor(n_estimators=5, verbose=-1),
    ).set_output(transform="pandas"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(PIPELINES))
def test_pipelines_are_folded_to_what_moves_their_engineered_features(name):
    model = PIPELINES[name].fit(FRAME, TARGET)
    found = TabularExplainer(model, FRAME).explain_global(FRAME)
    assert found.quality["additivity_error_max"] <= 1e-9
    fold = found.engineered.feature_map
    sources = [""] * fold.n_engineered
    for i, raw in zip(fold.engineered, fold.raw, strict=True):
        sources[i] = found.features[raw]
    check_folded(found, sources)
    # A column that is shuffled changes no attribution of features of other columns.
    before = np.asarray(model[:-1].transform(FRAME), dtype=float)
    for column in ("sex", "fare", "text"):
        changed = FRAME.assign(**{column: FRAME[column].to_numpy()[::-1]})
        after = np.asarray(model[:-1].transform(changed), dtype=float)
        moved = ~np.isclose(before, after, atol=1e-12).all(axis=0)
        assert {sources[i] for i in np.flatnonzero(moved)} <= {column}


def test_columns_that_are_mixed_are_shared_on_request():
    rows = FRAME[["fare", "unused"]]
    model = make_pipeline(PolynomialFeatures(2), LinearRegression()).fit(rows, TARGET)
    with pytest.raises(UnsupportedTransformerError, match="multiplies columns"):
        TabularExplainer(model, rows)
    found = TabularExplainer(model, rows, allow_all_transformations=True).explain_global(rows)
    own = found.engineered.local_importance_values
    np.testing.assert_allclose(
        found.local_importance_values[:, 0],
        own[:, 1] + own[:, 3] + own[:, 0] / 2 + own[:, 4] / 2,
    )
    sums = found.expected_values[0] + found.local_importance_values.sum(axis=1)
    np.testing.assert_allclose(sums, model.predict(rows))
    assert KernelExplainer(model, rows).explain_local(rows.head(2)).is_raw


def test_functions_of_one_column_are_followed_without_names():
    parts = FunctionTransformer(lambda x: np.column_stack([x, x**2, np.cos(x)]))
    model = make_pipeline(
        make_column_transformer((parts, ["fare"]), (StandardScaler(), ["unused"])),
        LinearRegression(),
    ).fit(FRAME, TARGET)
    found = TabularExplainer(model, FRAME).explain_global(FRAME)
    check_folded(found, ["fare"] * 3 + ["unused"])
    assert found.engineered.features == ("fare_0", "fare_1", "fare_2", "unused")


def test_an_engineered_explanation_is_folded_by_the_users_own_maps():
    model = LogisticRegression(max_iter=1000).fit(engineered(), TARGET)
    direct = TabularExplainer(model, engineered()).explain_global(engineered())
    # Two steps: to the columns of each transformer, and those to raw columns.
    steps = ["age", "fare", "port", "text", "sex", "port flags", "fare as it is"]
    second = np.zeros((7, len(SOURCES)))
    second[[0, 1, 2, 2, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6], np.arange(14)] = 1
    first = np.array([[float(step.split(" ")[0] == column) for step in steps] for column in FRAME])
    by_tuples = TabularExplainer(model, FRAME, transformations=TUPLES).explain_global(FRAME)
    one = sparse.csr_matrix(first @ second)
    for maps in ([first, second], [one], [sparse.csr_matrix(first), sparse.csr_array(second)]):
        raw = direct.get_raw_explanation(maps, raw_feature_names=list(FRAME), eval_data=FRAME)
        assert (raw.is_raw, raw.features) == (True, tuple(FRAME))
        assert len(raw.local_importance_values[0]) == len(raw.eval_data) == N_ROWS
        np.testing.assert_array_equal(raw.expected_values, direct.expected_values)
    np.testing.assert_allclose(
        raw.local_importance_values, by_tuples.local_importance_values, atol=1e-9
    )
    np.testing.assert_allclose(
        raw.global_importance_values, by_tuples.global_importance_values, atol=1e-9
    )


def test_what_is_frozen_is_the_one_inside():
    scaler = StandardScaler().fit(FRAME[["fare", "unused"]])
    inner = LogisticRegression().fit(scaler.transform(FRAME[["fare", "unused"]]), TARGET)
    frozen = make_pipeline(FrozenEstimator(scaler), FrozenEstimator(inner))
    explainer = TabularExplainer(frozen, FRAME[["fare", "unused"]])
    assert explainer.method == "linear"
    found = explainer.explain_global(FRAME)
    assert found.engineered.features == ("fare", "unused")
    expected = TabularExplainer(make_pipeline(scaler, inner), FRAME[["fare", "unused"]])
    np.testing.assert_array_equal(
        found.local_importance_values, expected.explain_global(FRAME).local_importance_values
    )
