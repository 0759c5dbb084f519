"""Operations of the page against the transformers they are read from, odd cells included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.frozen import FrozenEstimator
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from mlflow_explain.dashboard.models import twin
from mlflow_explain.dashboard.models.linear import linear
from mlflow_explain.dashboard.models.preprocessing import transformed
from mlflow_explain.dashboard.models.program import Program
from mlflow_explain.dashboard.models.values import CannotExportError, Exported, Game
from mlflow_explain.data.table import dense

DRAW = np.random.default_rng(3)
N = 120
NUMBERS = np.round(DRAW.normal(2, 3, (N, 4)), 2)
POSITIVE = np.abs(NUMBERS) + 0.1
GAPS = np.where(DRAW.random(NUMBERS.shape) < 0.2, np.nan, NUMBERS)
TIES = np.clip(np.round(NUMBERS), 0, 4)
FRAME = pd.DataFrame(
    {
        "whole": DRAW.integers(0, 50, N),
        "part": GAPS[:, 0],
        "truth": DRAW.random(N) > 0.5,
        "word": DRAW.choice(["a", "b", "c", "rare"], N, p=[0.5, 0.3, 0.18, 0.02]),
        "gap": pd.Series(DRAW.choice(["x", "y", "z"], N)).where(DRAW.random(N) > 0.2, None),
        "kind": pd.Categorical(DRAW.choice([3, 1, 2], N), categories=[3, 1, 2, 7]),
    }
)
OUTCOME = DRAW.integers(0, 3, N)


def computed(transformer, rows):
    """Return what the page makes of rows, by the operations of a fitted transformer."""
    names = [str(i) for i in range(rows.shape[1])]
    labels = None
    if isinstance(rows, pd.DataFrame):
        names = labels = list(rows.columns)
    program = Program(rows, names)
    symbols = transformed(transformer, program.columns, program, labels)
    inputs, operations, slots = program.finished([symbol.register for symbol in symbols])
    core = linear(np.ones((1, len(slots))), np.zeros(1))
    made = Exported(inputs, operations, slots, core, {"kind": "identity"}, Game("none"), "none")
    return twin.slots_of(made, twin.inputs_of(rows, names, inputs))


def assert_same(transformer, rows, relative=1e-12, absolute=1e-12):
    expected = dense(transformer.transform(rows)).astype(np.float64)
    np.testing.assert_allclose(computed(transformer, rows), expected, relative, absolute)


@pytest.mark.parametrize(
    "transformer",
    [
        StandardScaler(), StandardScaler(with_mean=False), StandardScaler(with_std=False),
        MinMaxScaler(), MinMaxScaler((-1, 2), clip=True), MaxAbsScaler(), RobustScaler(),
        RobustScaler(with_centering=False), RobustScaler(with_scaling=False),
        SimpleImputer(), SimpleImputer(strategy="median", add_indicator=True),
        SimpleImputer(strategy="constant", fill_value=-7.5), MissingIndicator(),
        MissingIndicator(features="all"), PowerTransformer(), PowerTransformer(standardize=False),
        QuantileTransformer(n_quantiles=17),
        make_pipeline(SimpleImputer(), PolynomialFeatures(3)),
        make_pipeline(SimpleImputer(), PolynomialFeatures(2, interaction_only=True)),
        make_pipeline(SimpleImputer(), PCA(2)), make_pipeline(SimpleImputer(), PCA(3, whiten=True)),
        make_pipeline(SimpleImputer(), TruncatedSVD(2)),
        make_pipeline(SimpleImputer(), SelectKBest(k=2)),
        make_pipeline(SimpleImputer(), VarianceThreshold(5.0)),
        make_pipeline(SimpleImputer(), Binarizer(threshold=1.5)),
        FunctionTransformer(), FunctionTransformer(np.square), FunctionTransformer(np.sign),
        FunctionTransformer(np.abs), FunctionTransformer(np.exp), FunctionTransformer(np.negative),
        FunctionTransformer(np.expm1),
        FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler()), ("c", "drop")],
                     transformer_weights={"b": 3.0}),
        FeatureUnion([("a", "passthrough"), ("b", SimpleImputer())]),
        "passthrough",
    ],
    ids=lambda t: str(t)[:60].replace("\n", ""),
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numbers(transformer, dtype):
    rows = GAPS.astype(dtype)
    fitted = make_pipeline(transformer).fit(rows, OUTCOME)
    # Sums and logarithms in single precision are scikit-learn's own.
    assert_same(fitted, rows, *((1e-12, 1e-12) if dtype == np.float64 else (2e-6, 2e-6)))


@pytest.mark.parametrize("transformer", [StandardScaler(), MinMaxScaler(), RobustScaler()])
def test_scalers_round_single_precision_as_scikit_learn_does(transformer):
    rows = (NUMBERS * 1000.7).astype(np.float32)
    fitted = transformer.fit(rows)
    np.testing.assert_array_equal(computed(fitted, rows), fitted.transform(rows))


@pytest.mark.parametrize(
    "function",
    [np.log, np.log1p, np.log2, np.log10, np.sqrt, np.reciprocal],
    ids=lambda f: f.__name__,
)
def test_functions_of_positive_numbers(function):
    assert_same(FunctionTransformer(function).fit(POSITIVE), POSITIVE)


def test_box_cox():
    assert_same(PowerTransformer("box-cox").fit(POSITIVE), POSITIVE, 1e-11)


@pytest.mark.parametrize("n_quantiles", [3, 10, 100])
def test_ranks_of_many_equal_values(n_quantiles):
    fitted = QuantileTransformer(n_quantiles=n_quantiles).fit(TIES)
    odd = np.concatenate([TIES, TIES + 0.3, [[-9.0] * 4, [9.0] * 4, [np.nan] * 4]])
    assert_same(fitted, odd)


@pytest.mark.parametrize("encode", ["ordinal", "onehot", "onehot-dense"])
def test_bins(encode):
    bins = KBinsDiscretizer(4, encode=encode, quantile_method="averaged_inverted_cdf")
    fitted = bins.fit(NUMBERS)
    edges = np.concatenate([NUMBERS, np.column_stack([e[:5] for e in fitted.bin_edges_])])
    assert_same(fitted, edges)


def test_imputer_of_a_number_that_stands_for_missing():
    rows = np.where(np.isnan(GAPS), -1.0, GAPS)
    assert_same(SimpleImputer(missing_values=-1, add_indicator=True).fit(rows), rows)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
def test_imputer_of_an_empty_column(keep):
    rows = GAPS.copy()
    rows[:, 1] = np.nan
    assert_same(SimpleImputer(keep_empty_features=keep).fit(rows), rows)


@pytest.mark.parametrize(
    "encoder",
    [
        OneHotEncoder(), OneHotEncoder(handle_unknown="ignore"), OneHotEncoder(drop="first"),
        OneHotEncoder(drop="if_binary"), OneHotEncoder(sparse_output=False),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10),
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=3, drop="first"),
        OneHotEncoder(handle_unknown="ignore", max_categories=2),
        OrdinalEncoder(), OrdinalEncoder(encoded_missing_value=-5),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan,
                       min_frequency=10, encoded_missing_value=-2),
        TargetEncoder(random_state=0),
    ],
    ids=lambda t: str(t)[:70].replace("\n", ""),
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_encoders_of_words_numbers_and_gaps(encoder):
    rows = FRAME[["word", "gap", "truth", "whole", "kind"]]
    fitted = encoder.fit(rows, OUTCOME)
    assert_same(fitted, rows)
    if getattr(encoder, "handle_unknown", "ignore") != "error":
        odd = rows.copy()
        odd["whole"] += 49
        odd["word"] = odd["word"].replace({"a": "never seen"})
        assert_same(fitted, odd)


@pytest.mark.parametrize("outcome", [OUTCOME > 0, NUMBERS[:, 0]], ids=["two classes", "numbers"])
def test_target_encoder_of_two_classes_and_numbers(outcome):
    rows = FRAME[["word", "gap"]]
    assert_same(TargetEncoder(random_state=0, cv=3).fit(rows, outcome), rows)


@pytest.mark.parametrize("fill", ["most_frequent", "constant"])
def test_words_are_filled_in_before_they_are_encoded(fill):
    rows = FRAME[["gap", "word"]].astype(object).where(FRAME[["gap", "word"]].notna(), np.nan)
    value = {"fill_value": "none"} if fill == "constant" else {}
    filled = SimpleImputer(strategy=fill, **value)
    fitted = make_pipeline(filled, OneHotEncoder(handle_unknown="ignore")).fit(rows)
    assert_same(fitted, rows)
    again = SimpleImputer(missing_values="a", strategy="constant", fill_value="b")
    assert_same(make_pipeline(again, OneHotEncoder()).fit(FRAME[["word"]]), FRAME[["word"]])


def test_none_is_no_nan_to_scikit_learn():
    rows = FRAME[["gap"]].astype(object).where(FRAME[["gap"]].notna(), None)
    fitted = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"), OneHotEncoder()
    ).fit(rows)
    assert_same(fitted, rows)


@pytest.mark.parametrize("kind", ["truths", "numbers"])
def test_objects_that_are_no_words(kind):
    values = FRAME["truth"] if kind == "truths" else FRAME["whole"] % 4
    rows = pd.DataFrame({"a": values.astype(object).where(FRAME["gap"].notna(), None)})
    assert_same(OneHotEncoder(handle_unknown="ignore").fit(rows), rows)
    frequent = SimpleImputer(strategy="most_frequent")
    assert_same(make_pipeline(frequent, OneHotEncoder(handle_unknown="ignore")).fit(rows), rows)
    assert_same(make_pipeline(SimpleImputer(), StandardScaler()).fit(rows), rows)


def test_categories_that_are_numbers_are_scaled_as_numbers():
    rows = FRAME[["kind"]].mask(FRAME["gap"].isna())
    assert_same(make_pipeline(SimpleImputer(), StandardScaler()).fit(rows), rows)
    assert_same(StandardScaler().fit(FRAME[["kind"]]), FRAME[["kind"]])


def test_arrays_of_objects():
    rows = FRAME[["word", "whole", "gap"]].to_numpy(dtype=object)
    table = make_column_transformer(
        (OneHotEncoder(), [0, 2]), ("passthrough", slice(1, 2)), sparse_threshold=0
    ).fit(rows)
    assert_same(table, rows)


@pytest.mark.parametrize("remainder", ["drop", "passthrough", StandardScaler()])
def test_column_transformer(remainder):
    table = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["part"]),
            ("words", OneHotEncoder(), make_column_selector(dtype_include=["str", object])),
            ("kind", OrdinalEncoder(), [5]),
            ("none", "drop", ["truth"]),
            ("empty", StandardScaler(), []),
            ("same", "passthrough", [False, False, True, False, False, False]),
        ],
        remainder=remainder,
        transformer_weights={"numbers": 2.0},
    ).fit(FRAME)
    assert_same(table, FRAME)


def test_nested_tables_and_frozen_parts():
    inner = make_column_transformer((StandardScaler(), ["part"]), remainder="passthrough")
    frozen = FrozenEstimator(StandardScaler().fit(FRAME[["truth"]]))
    table = make_column_transformer((inner, ["whole", "part"]), (frozen, ["truth"])).fit(FRAME)
    assert_same(table, FRAME)


def test_nullable_and_extension_types():
    rows = pd.DataFrame(
        {"i": pd.array([1, None, 3], "Int64"), "b": pd.array([True, None, False], "boolean")}
    )
    np.testing.assert_array_equal(
        computed("passthrough", rows), [[1.0, 1.0], [np.nan, np.nan], [3.0, 0.0]]
    )


@pytest.mark.parametrize(
    ("transformer", "reason"),
    [
        (Normalizer(), "Normalizer is none of the transformers"),
        (KNNImputer(), "KNNImputer is none of the transformers"),
        (QuantileTransformer(n_quantiles=5, output_distribution="normal"), "normal distributions"),
        (FunctionTransformer(np.cos), "calls cos"),
        (FunctionTransformer(lambda x: x + 1), "calls <lambda>"),
        (FunctionTransformer(np.log1p, kw_args={"dtype": float}), "calls log1p"),
    ],
)
def test_what_it_cannot_do_is_refused_with_a_reason(transformer, reason):
    with pytest.raises(CannotExportError, match=reason):
        computed(transformer.fit(POSITIVE), POSITIVE)


def test_words_are_not_taken_for_numbers_nor_are_times():
    with pytest.raises(CannotExportError, match="column word of words"):
        computed(StandardScaler().fit(FRAME[["whole"]].to_numpy()), FRAME[["word"]])
    times = pd.DataFrame({"when": pd.to_datetime(["2020-01-01", "2021-01-01"])})
    with pytest.raises(CannotExportError, match="StandardScaler takes times, in when"):
        computed(StandardScaler().fit([[1.0], [2.0]]), times)


def test_operations_that_no_slot_needs_are_left_out():
    program = Program(NUMBERS, ["a", "b", "c", "d"])
    made = transformed(StandardScaler().fit(NUMBERS), program.columns, program)
    inputs, operations, slots = program.finished([made[2].register])
    assert [given.name for given in inputs] == ["c"]
    assert [operation["of"] for operation in operations] == [0]
    assert slots == [1]
