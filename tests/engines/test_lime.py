"""Local linear models against closed forms, plain least squares, the package lime, and counts."""

from __future__ import annotations

import io
import itertools
import json
import logging
import re
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from lime.lime_tabular import LimeTabularExplainer
from scipy import sparse
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines.base import EngineState, Refusal
from mlflow_explain.engines.lime import limits, making
from mlflow_explain.engines.lime.columns import Bins, Number, one_by_one
from mlflow_explain.engines.lime.regression import fit
from mlflow_explain.errors import CorruptArtifactError, FeatureError, InvalidInputError

MODES = pytest.mark.parametrize("discretize", [True, False])


class Counted:
    """A function of rows that remembers what it was asked."""

    def __init__(self, function):
        self.function = function
        self.calls = []

    def __call__(self, rows):
        self.calls.append(rows)
        return self.function(rows)

    @property
    def sizes(self):
        return [rows.shape[0] for rows in self.calls]


def asked(model):
    return (
        predictor_of(model) if hasattr(model, "predict") else Predictor(model, "regression", None)
    )


def made(model, examples, background=None, *, max_bytes=limits.MAX_BYTES, **settings):
    settings.setdefault("n_samples", 600)
    examples = table_of(examples)
    absent = examples if background is None else table_of(background)
    return making.made(asked(model), examples, absent, making.Settings(**settings), max_bytes)


def curved(rows):
    return np.tanh(rows[:, 0]) + 0.5 * rows[:, 1] ** 2 + rows[:, 2] * rows[:, 3]


@pytest.fixture(scope="module")
def normal():
    return np.random.default_rng(0).normal(size=(400, 6))


@pytest.fixture(scope="module")
def mixed():
    """Columns of every type, with what is missing in each of them."""
    rng = np.random.default_rng(3)
    n = 60
    days = pd.Series(pd.date_range("2024-01-01", periods=n, freq="D"))
    return pd.DataFrame(
        {
            "real": np.where(np.arange(n) % 5 == 0, np.nan, rng.normal(size=n)),
            "count": rng.integers(0, 9, n),
            "byte": rng.integers(0, 4, n).astype(np.uint8),
            "narrow": rng.normal(size=n).astype(np.float32),
            "flag": rng.random(n) < 0.5,
            "word": pd.Series(rng.choice(["a", "b", "c"], n)).where(rng.random(n) < 0.8),
            "plain": pd.Series([None, "x", 1, True, float("nan"), 2.5] * 10, dtype=object),
            "kind": pd.Categorical(rng.choice(["low", "high"], n), ["low", "mid", "high"], True),
            "whole": pd.array([1, None, 3, 4] * 15, dtype="Int64"),
            "truth": pd.array([True, None, False] * 20, dtype="boolean"),
            "day": days.where(days.dt.day % 4 > 0),
            "empty": np.full(n, np.nan),
        },
        index=[f"row {i}" for i in range(n)],
    )


def count_of(rows):
    """A model of mixed columns that sees the missing cells."""
    return rows.isna().sum(axis=1) + rows["count"] * (rows["kind"] == "low")


# Truths.


def test_a_model_that_is_linear_in_the_groups_is_found(normal):
    row, background = normal[7], normal[:100]
    edges = np.percentile(normal, [25, 50, 75], axis=0)
    own = [np.searchsorted(edges[:, j], row[j]) for j in range(6)]
    sizes = np.array([3.0, -2.0, 0.0, 1.0, 0.5, -0.1])

    def same(rows):
        groups = [np.searchsorted(edges[:, j], rows[:, j]) for j in range(6)]
        return np.column_stack([group == mine for group, mine in zip(groups, own, strict=True)])

    def model(rows):
        return 10 + same(rows) @ sizes

    found = made(model, normal, background)
    models = found.local_models(row[None])
    np.testing.assert_allclose(models.coefficients[0, :, 0], sizes, atol=1e-6)
    np.testing.assert_allclose(models.intercepts, [[10.0]], atol=1e-6)
    np.testing.assert_allclose(models.r2, [[1.0]], atol=1e-12)
    local = found.explain(row[None])
    expected = sizes * (1 - same(background).mean(axis=0))
    np.testing.assert_allclose(local.values[0, :, 0], expected, atol=1e-6)
    np.testing.assert_allclose(local.base_values, model(background).mean())
    np.testing.assert_allclose(local.outputs()[:, 0], model(row[None]), atol=1e-6)
    assert local.standard_errors.max() < 1e-6


def test_a_linear_model_is_found_around_the_row(normal):
    weights = np.array([[3.0, 1.0], [-2.0, 0.0], [0.0, 0.0], [1.0, 5.0], [0.5, 0.0], [0.0, -1.0]])
    model = LinearRegression().fit(normal, normal @ weights + [1.0, -1.0])
    found = made(model, normal * 1.0, normal[:100], discretize=False)
    local = found.explain(normal[:9])
    expected = (normal[:9] - normal[:100].mean(axis=0))[:, :, None] * weights
    np.testing.assert_allclose(local.values, expected, atol=1e-6)
    np.testing.assert_allclose(local.outputs(), model.predict(normal[:9]), atol=1e-6)
    slopes = found.local_models(normal[:9]).coefficients
    np.testing.assert_allclose(slopes, np.tile(weights.T * normal.std(axis=0), (9, 1, 1))
                               .transpose(0, 2, 1), atol=1e-6)  # fmt: skip


def test_the_fits_are_those_of_weighted_least_squares():
    rng = np.random.default_rng(1)
    z, weights = rng.normal(size=(3, 4, 50)), rng.random((3, 50))
    outputs = rng.normal(size=(3, 50, 2))
    found = fit(z.copy(), weights, outputs)
    for i in range(3):
        plain = LinearRegression().fit(z[i].T, outputs[i], weights[i])
        np.testing.assert_allclose(found.coefficients[i], plain.coef_.T, atol=1e-7)
        np.testing.assert_allclose(found.intercepts[i], plain.intercept_, atol=1e-7)
        answers = plain.predict(z[i].T)
        r2 = r2_score(outputs[i], answers, sample_weight=weights[i], multioutput="raw_values")
        np.testing.assert_allclose(found.r2[i], r2, atol=1e-7)
        # The sandwich, with the intercept as a column of its own.
        design = np.column_stack([np.ones(50), z[i].T])
        bread = np.linalg.inv((design * weights[i][:, None]).T @ design)
        for k in range(2):
            pull = design * (weights[i] * (outputs[i] - answers)[:, k])[:, None]
            variance = np.diag(bread @ pull.T @ pull @ bread)[1:] * 50 / 45
            np.testing.assert_allclose(found.standard_errors[i, :, k] ** 2, variance, rtol=1e-5)


@pytest.mark.parametrize("n_features", [1, 3, 40, 130])
def test_samples_in_blocks_are_samples(n_features):
    rng = np.random.default_rng(2)
    z, y = rng.normal(size=(2, n_features, 1500)), rng.normal(size=(1, 1500, 1))
    found = fit(z.copy(), np.ones((2, 1500)), y)
    plain = LinearRegression().fit(z[1].T, y[0])
    np.testing.assert_allclose(found.coefficients[1], plain.coef_.T, atol=1e-8)


@MODES
def test_standard_errors_are_what_other_draws_change(normal, discretize):
    model = lambda rows: curved(rows) + np.sin(3 * rows[:, 4])  # noqa: E731 - one line says it
    each = [
        made(model, normal, discretize=discretize, n_samples=500, seed=seed)
        .local_models(normal[5:6])
        for seed in range(60)
    ]  # fmt: skip
    spread = np.std([models.coefficients[0, :, 0] for models in each], axis=0)
    said = np.mean([models.standard_errors[0, :, 0] for models in each], axis=0)
    if discretize:
        assert (np.abs(spread / said - 1) < 0.35).all()
    else:
        # Mirrored samples know better than they say.
        assert (spread < 1.35 * said).all()


def test_weights_fall_with_the_distance(normal):
    def step(rows):
        return (rows[:, 0] > normal[0, 0] + 1.5).astype(float)

    near, far = (
        made(step, normal, discretize=False, n_samples=4000, kernel_width=width)
        .local_models(normal[:1])
        .coefficients[0, 0, 0]
        for width in (0.6, 50.0)
    )
    assert near < far / 2
    # All cells count the same where the kernel is wide: plain least squares of a step at 1.5.
    threshold = 1.5 / normal[:, 0].std()
    assert far == pytest.approx(np.exp(-(threshold**2) / 2) / np.sqrt(2 * np.pi), rel=0.1)


# The package lime.


@pytest.fixture(scope="module")
def smooth():
    rng = np.random.default_rng(5)
    rows = rng.uniform(-1, 1, size=(2000, 5))
    rows[:, 4] = rng.integers(0, 3, 2000)
    labels = (rows[:, 0] + rows[:, 1] * rows[:, 2] + (rows[:, 4] == 2)) > 0.3
    model = make_pipeline(PolynomialFeatures(2), LogisticRegression(max_iter=2000)).fit(
        rows, labels
    )
    return model, rows


@MODES
def test_coefficients_are_those_of_lime(smooth, discretize):
    model, rows = smooth
    found = made(
        model, rows, rows[:100], n_samples=60_000, discretize=discretize, categorical=frozenset({4})
    )
    peer = LimeTabularExplainer(
        rows, mode="classification", discretize_continuous=discretize, categorical_features=[4],
        feature_selection="none", sample_around_instance=True, random_state=0,
    )  # fmt: skip
    models = found.local_models(rows[:4])
    for i in range(4):
        theirs = peer.explain_instance(
            rows[i], model.predict_proba, num_features=5, num_samples=60_000
        )
        coefficients = np.zeros(5)
        for j, value in theirs.local_exp[1]:
            coefficients[j] = value
        ours = models.coefficients[i, :, 1]
        # Two draws differ by more than four standard errors once in ten thousand times.
        allowed = 4 * np.sqrt(2) * models.standard_errors[i, :, 1]
        assert (np.abs(ours - coefficients) <= allowed).all()
        assert allowed.max() < 0.1 * np.abs(coefficients).max()
        assert np.corrcoef(ours, coefficients)[0, 1] > 0.998
        assert np.abs(ours).argmax() == np.abs(coefficients).argmax()
        assert models.r2[i, 1] == pytest.approx(theirs.score, abs=0.03)
        assert models.intercepts[i, 1] == pytest.approx(theirs.intercept[1], abs=0.03) or (
            # Theirs measures numbers from 0, ours from the row.
            not discretize
        )


# What is asked.


def test_groups_are_asked_for_once_and_rows_never(normal):
    counted = Counted(curved)
    found = made(counted, normal, normal[:100])
    assert counted.sizes == [100, 600]
    found.explain(normal[:50])
    assert counted.sizes == [100, 600]


def test_samples_around_rows_are_asked_in_one_call_per_chunk(normal):
    counted = Counted(curved)
    found = made(counted, normal, normal[:100], discretize=False)
    found.explain(normal[:7])
    assert counted.sizes == [100, 7 * 600]
    small = Counted(curved)
    made(small, normal, normal[:100], discretize=False, max_bytes=250_000).explain(normal[:7])
    assert small.sizes[0] == 100
    assert set(small.sizes[1:-1]) == {small.sizes[1]} <= {600, 1200, 1800}
    assert sum(small.sizes[1:]) == 7 * 600
    tiny = Counted(curved)
    made(tiny, normal, normal[:100], max_bytes=4800)
    assert tiny.sizes == [100] + [100] * 6


@MODES
def test_memory_does_not_grow_with_the_rows(normal, discretize):
    found = made(curved, normal, discretize=discretize, max_bytes=2**20)
    rows = np.tile(normal, (4, 1))
    found.explain(rows[:9])
    tracemalloc.start()
    local = found.explain(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A fit of all rows at once would take 90 MB.
    assert peak < 2 * local.values.nbytes + 6 * 2**20


def test_samples_are_cells_of_the_examples_in_their_own_proportions():
    rows = np.array([[0.0, 5.0], [0.0, 6.0], [1.0, 7.0], [2.0, 8.0]])
    counted = Counted(lambda x: x[:, 0])
    made(counted, rows, n_samples=400)
    samples = counted.calls[1]
    for j in range(2):
        values, counts = np.unique(samples[:, j], return_counts=True)
        own, times = np.unique(rows[:, j], return_counts=True)
        np.testing.assert_array_equal(values, own)
        np.testing.assert_array_equal(counts, 100 * times)
    # Columns are drawn apart: all combinations are there.
    assert len(np.unique(samples, axis=0)) == 12


# Kinds of columns.


@MODES
def test_columns_keep_their_types_and_missing_values(mixed, discretize):
    counted = Counted(count_of)
    found = made(counted, mixed, mixed.head(20), discretize=discretize)
    local = found.explain(mixed)
    assert np.isfinite(local.values).all()
    assert np.isfinite(local.standard_errors).all()
    for rows in counted.calls:
        pd.testing.assert_series_equal(rows.dtypes, mixed.dtypes)
    samples = pd.concat(counted.calls[1:])
    known = {type(cell) for cell in mixed["plain"]}
    assert {type(cell) for cell in samples["plain"]} == known
    assert samples["byte"].max() <= 255
    if discretize:
        for name in mixed:
            assert set(samples[name].dropna()) <= set(mixed[name].dropna())
    # All that matters is found, and what never differs is 0.
    assert local.values[:, mixed.columns.get_loc("empty")].max() == 0
    assert np.abs(local.values[:, mixed.columns.get_loc("count")]).max() > 1


@MODES
def test_what_is_missing_is_a_group_of_its_own(discretize):
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(300, 2))
    rows[::3, 0] = np.nan

    def model(x):
        return 5.0 * np.isnan(x[:, 0]) + 0.0 * x[:, 1]

    found = made(model, rows, rows[:90], discretize=discretize)
    local = found.explain(rows[:3])
    np.testing.assert_allclose(local.base_values, [5 / 3])
    np.testing.assert_allclose(local.values[0, :, 0], [5 * 2 / 3, 0], atol=1e-6)
    if discretize:
        # Against the row's group stand cells of all others, a third and more of them missing.
        assert (local.values[1:, 0, 0] < -0.5).all()
    else:
        # Around a number all is known.
        np.testing.assert_allclose(local.values[1:, :, 0], 0, atol=1e-9)


def test_words_in_an_array_are_categories_and_numbers_in_it_numbers():
    rng = np.random.default_rng(6)
    rows = np.empty((200, 3), dtype=object)
    rows[:, 0] = rng.choice(["a", "b"], 200)
    rows[:, 1] = rng.normal(size=200)
    rows[:, 2] = rng.integers(0, 2, 200).astype(bool)

    def model(x):
        return 2.0 * (x[:, 0] == "a") + (x[:, 2] == True)  # noqa: E712 - cells of an object array

    found = made(model, rows, rows[:100])
    readers = [type(column.reader).__name__ for column in found.columns]
    assert readers == ["Categories", "Bins", "Categories"]
    local = found.explain(rows[:5])
    np.testing.assert_allclose(local.outputs()[:, 0], model(rows[:5]).astype(float), atol=1e-6)
    around = made(model, rows, rows[:100], discretize=False)
    assert [isinstance(column, Number) for column in around.columns] == [False, True, False]
    np.testing.assert_allclose(around.explain(rows[:5]).values, local.values, atol=1e-6)


def test_codes_are_categories_where_it_is_said(normal):
    rows = normal.copy()
    rows[:, 1] = np.arange(400) % 5

    def model(x):
        return (x[:, 1] == 2).astype(float) + 0 * x[:, 0]

    found = made(model, rows, categorical=frozenset({1}))
    row = rows[rows[:, 1] == 2][:1]
    np.testing.assert_allclose(found.explain(row).values[0, 1, 0], 0.8, atol=1e-6)
    grouped = made(model, rows).explain(row).values[0, 1, 0]
    # Between two quartiles there is a 1 beside each 2, or nothing.
    assert grouped == pytest.approx(0.8, abs=1e-6) or grouped < 0.7


def test_whole_numbers_stay_whole_and_in_their_range():
    rows = pd.DataFrame({"small": np.arange(200, dtype=np.uint8), "signed": np.arange(-100, 100)})
    counted = Counted(lambda x: x["small"] + 0.5 * x["signed"])
    found = made(counted, rows, rows.head(100), discretize=False)
    local = found.explain(rows.iloc[[0, 199]])
    samples = counted.calls[1]
    assert samples["small"].between(0, 255).all()
    assert samples["small"].iloc[:600].min() == 0
    # Rounding and clipping are seen by the local model: it stays exact.
    np.testing.assert_allclose(local.outputs()[:, 0], [-50.0, 199 + 49.5], atol=1e-5)


def test_infinite_numbers_are_the_outermost_or_none():
    rows = np.random.default_rng(7).normal(size=(100, 2))
    rows[3, 0], rows[4, 0] = np.inf, -np.inf
    assert Bins(np.array([0.0, 1.0])).groups(rows[3:5, :1]).tolist() == [2, 0]
    for discretize in (True, False):
        found = made(lambda x: np.arctan(x[:, 0]) + x[:, 1], rows, discretize=discretize)
        assert np.isfinite(found.explain(rows[2:6]).values).all()


def test_an_unknown_category_is_explained_by_the_others():
    frame = pd.DataFrame({"a": ["x", "y"] * 20, "b": np.arange(40.0)})
    found = made(lambda rows: 4.0 * (rows["a"] == "x") + 0 * rows["b"], frame, n_samples=200)
    local = found.explain(pd.DataFrame({"a": ["z"], "b": [1.5]}))
    np.testing.assert_allclose(local.values, 0, atol=1e-6)


@MODES
def test_decimals_are_numbers(normal, discretize):
    rows = normal[:, :2].round(3)
    exact = np.frompyfunc(lambda cell: Decimal(str(cell)), 1, 1)(rows)
    exact[5, 0] = rows[5, 0] = np.nan

    def model(x):
        return np.nan_to_num(x[:, 0].astype(float)) ** 2 + x[:, 1].astype(float)

    found, plain = (made(model, of, discretize=discretize) for of in (exact, rows))
    assert [type(column) for column in found.columns] == [type(column) for column in plain.columns]
    np.testing.assert_allclose(
        found.explain(exact[:9]).values, plain.explain(rows[:9]).values, atol=1e-9
    )


# Few rows, few columns, few samples.


@MODES
def test_one_feature_one_row_no_row(normal, discretize):
    found = made(lambda x: 2 * x[:, 0], normal[:, :1], discretize=discretize)
    assert found.explain(normal[:1, :1]).values.shape == (1, 1, 1)
    none = found.explain(normal[:0, :1])
    assert none.values.shape == none.standard_errors.shape == (0, 1, 1)
    assert found.local_models(normal[:0, :1]).coefficients.shape == (0, 1, 1)
    alone = made(lambda x: 2 * x[:, 0], normal[:1, :1], discretize=discretize)
    np.testing.assert_array_equal(alone.explain(normal[:1, :1]).values, 0)


@MODES
def test_what_does_not_matter_is_nothing_and_equal_columns_share(normal, discretize):
    rows = np.column_stack([normal[:, :3], np.full(400, 7.0), normal[:, 0]])

    def model(x):
        return curved(np.column_stack([x[:, 0], x[:, 0], x[:, 1], x[:, 1]])) * 1.0

    local = made(model, rows, discretize=discretize, n_samples=3000).explain(rows[:20])
    # A constant column, and two that the model does not look at.
    np.testing.assert_array_equal(local.values[:, 3], 0)
    noise = np.abs(local.values[:, [2, 4]]) / local.standard_errors[:, [2, 4]]
    assert noise.max() < 4.5
    assert np.abs(local.values[:, [2, 4]]).mean() < 0.1 * np.abs(local.values[:, 0]).mean()


def test_too_few_samples_or_too_many_columns_are_refused(normal):
    refusal = made(curved, normal, n_samples=13)
    assert isinstance(refusal, Refusal)
    assert refusal.reason.endswith("not explained with 13 samples: its 6 features need 14 or more")
    assert not isinstance(made(curved, normal, n_samples=14), Refusal)
    wide = sparse.csr_matrix((3, 5000))
    refusal = made(lambda rows: rows.sum(axis=1), wide, n_samples=20_000)
    assert "5000 of them and 20000 samples need" in refusal.reason
    nothing = making.made(
        Predictor("word", "regression", None), table_of(normal), table_of(normal),
        making.Settings(),
    )  # fmt: skip
    assert nothing.reason == "builtins.str is not a function and has no `predict`"
    with pytest.raises(InvalidInputError, match="at least one row"):
        made(curved, normal, normal[:0])


def test_other_columns_are_a_typed_error(normal):
    frame = pd.DataFrame(normal[:, :4], columns=list("abcd"))
    found = made(lambda rows: rows["a"], frame)
    with pytest.raises(FeatureError, match="in their order"):
        found.explain(frame[["b", "a", "c", "d"]])
    with pytest.raises(FeatureError, match="the 4 columns"):
        found.explain(frame[["a", "b"]])


# Sparse rows.


@MODES
@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array])
def test_18_sparse_rows_stay_sparse_and_equal_dense_ones(kind, discretize):
    rng = np.random.default_rng(8)
    rows = rng.poisson(0.7, size=(300, 12)).astype(float)
    weights = rng.normal(size=12)
    dense = made(lambda x: np.tanh(x @ weights), rows, rows[:50], discretize=discretize)
    counted = Counted(lambda x: np.tanh(np.asarray(x @ weights).ravel()))
    found = made(counted, kind(rows), kind(rows[:50]), discretize=discretize)
    local = found.explain(kind(rows[:6]))
    assert all(isinstance(asked_for, kind) for asked_for in counted.calls)
    np.testing.assert_allclose(local.values, dense.explain(rows[:6]).values, atol=1e-12)


# One answer.


@MODES
def test_a_row_in_a_batch_has_the_values_it_has_alone(normal, discretize):
    found = made(curved, normal, discretize=discretize)
    chunked = made(curved, normal, discretize=discretize, max_bytes=100_000)
    together = found.explain(normal[:30])
    for other in (chunked.explain(normal[:30]), found.explain(normal[:30][::-1])):
        np.testing.assert_array_equal(
            np.sort(other.values, axis=0), np.sort(together.values, axis=0)
        )
    for i in (0, 3, 29):
        alone = found.explain(normal[i : i + 1])
        np.testing.assert_array_equal(alone.values[0], together.values[i])
        np.testing.assert_array_equal(alone.standard_errors[0], together.standard_errors[i])


@MODES
def test_25_a_seed_decides_everything(normal, discretize):
    first, again, other = (
        made(curved, normal, discretize=discretize, seed=seed).explain(normal[:3])
        for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.values, again.values)
    np.testing.assert_array_equal(first.standard_errors, again.standard_errors)
    assert (first.values != other.values).any()


@MODES
def test_26_eight_threads_agree_with_one(normal, discretize):
    found = made(curved, normal, discretize=discretize)
    starts = range(0, 48, 3)
    alone = [found.explain(normal[i : i + 3]).values for i in starts]
    with ThreadPoolExecutor(8) as threads:
        each = threads.map(lambda i: found.explain(normal[i : i + 3]).values, starts)
        for one, other in zip(alone, each, strict=True):
            np.testing.assert_array_equal(one, other)


@MODES
def test_rows_are_left_as_they_are(normal, discretize):
    examples, rows = normal.copy(), normal[:5].copy()

    def model(cells):
        answer = curved(cells)
        # Models may spoil what they are given; it is theirs.
        cells[:] = 0
        return answer

    found = made(model, examples, examples[:100], discretize=discretize)
    first = found.explain(rows)
    np.testing.assert_array_equal(examples, normal)
    np.testing.assert_array_equal(rows, normal[:5])
    np.testing.assert_array_equal(found.explain(rows).values, first.values)


# Outputs.


@MODES
def test_classes_margins_and_targets_are_outputs(normal, discretize):
    labels = np.array(["a", "b", "c"])[np.digitize(normal[:, 0], [-0.5, 0.5])]
    probable = LogisticRegression().fit(normal, labels)
    margin = RidgeClassifier().fit(normal, labels)
    targets = Ridge().fit(normal, normal[:, :2] * 3)
    cases = {
        "probability": (probable, 3, probable.predict_proba),
        "margin": (margin, 3, margin.decision_function),
        "raw": (targets, 2, targets.predict),
    }
    for space, (model, n_outputs, answers) in cases.items():
        found = made(model, normal, normal[:100], discretize=discretize, n_samples=2000)
        assert (found.output_space, found.feature_perturbation) == (space, None)
        local = found.explain(normal[:3])
        assert (local.n_outputs, found.n_outputs) == (n_outputs, n_outputs)
        np.testing.assert_allclose(local.base_values, answers(normal[:100]).mean(axis=0))
        own = making.scores(found, predictor_of(model), normal[:3])
        np.testing.assert_allclose(own, answers(normal[:3]))
        if space == "probability":
            # One design for all classes: they sum to what probabilities sum to.
            np.testing.assert_allclose(local.values.sum(axis=2), 0, atol=1e-9)
        # Each output as if it were alone.
        one = made(lambda x, a=answers: a(x)[:, 1], normal, normal[:100],
                   discretize=discretize, n_samples=2000)  # fmt: skip
        np.testing.assert_allclose(one.explain(normal[:3]).values[..., 0], local.values[..., 1],
                                   atol=1e-9)  # fmt: skip


@pytest.mark.parametrize("answer", [np.nan, np.inf])
def test_answers_that_are_no_numbers_are_typed_errors(normal, answer):
    with pytest.raises(InvalidInputError, match="finite outputs"):
        made(lambda rows: np.full(len(rows), answer), normal)


# States.


def stored_and_read(state):
    """Return a state as it comes back from JSON and npz."""
    file = io.BytesIO()
    np.savez(file, **state.arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return EngineState(json.loads(json.dumps(dict(state.settings))), dict(arrays))


@MODES
def test_a_state_brings_back_engine_and_types(mixed, discretize):
    found = made(count_of, mixed, mixed.head(20), discretize=discretize, seed=5)
    read = stored_and_read(found.state())
    counted = Counted(count_of)
    again = making.restore(read, asked(counted))
    assert counted.sizes == []
    rows = mixed.tail(4)
    np.testing.assert_array_equal(again.explain(rows).values, found.explain(rows).values)
    np.testing.assert_array_equal(again.base_values, found.base_values)
    for calls in counted.calls:
        pd.testing.assert_series_equal(calls.dtypes, mixed.dtypes)
    assert making.made_of(again, asked(count_of), rows)
    assert not making.made_of(again, asked(lambda x: count_of(x) + 0.1), rows)
    assert not making.made_of(again, asked(lambda x: x["none such"]), rows)


@pytest.mark.parametrize("rows", [np.eye(4, dtype=np.float32), sparse.csr_matrix(np.eye(4))])
def test_a_state_of_arrays_comes_back(rows):
    found = made(lambda x: np.asarray(x.sum(axis=1)).ravel(), rows, discretize=False)
    again = making.restore(stored_and_read(found.state()), found.ask.predictor)
    np.testing.assert_array_equal(again.explain(rows).values, found.explain(rows).values)


def test_a_state_of_another_kind_is_corrupt(normal):
    state = made(curved, normal).state()
    settings = {**state.settings, "columns": [{"as": "?"}] * 6}
    with pytest.raises(CorruptArtifactError, match="of a kind this version reads"):
        making.restore(EngineState(settings, state.arrays), asked(curved))


def test_without_its_model_it_does_not_come_back(normal):
    with pytest.raises(InvalidInputError, match="together with its model"):
        making.restore(made(curved, normal).state(), None)


# The rest.


def test_a_bar_is_shown_on_terminals_only(normal, capsys, monkeypatch):
    found = made(curved, normal, show_progress=True)
    found.explain(normal[:5])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    found.explain(normal[:5])
    assert re.search(r"\b5(\.00)?/5(\.00)? \[.*row/s", capsys.readouterr().err)


def test_what_takes_long_is_said_where_there_is_no_terminal(normal, monkeypatch):
    seconds = itertools.count(0, 20)
    clock = SimpleNamespace(monotonic=lambda: next(seconds))
    monkeypatch.setattr("mlflow_explain.engines.progress.time", clock)
    found = made(curved, normal, discretize=False, show_progress=True, max_bytes=1)
    with pytest.warns(UserWarning, match="pass LIMEExplainer a smaller nsamples"):
        found.explain(normal[:20])


def test_local_fidelity_is_logged_where_it_is_asked_for(normal, caplog):
    caplog.set_level(logging.INFO)
    made(curved, normal).explain(normal[:5])
    assert caplog.text == ""
    made(curved, normal, verbose=True).explain(normal[:5])
    assert "LIME: 5 rows, local R2 0." in caplog.text


def test_columns_of_sparse_rows_are_filled_up_one_at_a_time():
    rows = sparse.random(50, 9, 0.3, format="csr", random_state=0)
    columns = list(one_by_one(rows))
    assert [column.shape for column in columns] == [(50, 1)] * 9
    np.testing.assert_array_equal(np.hstack(columns), rows.toarray())
