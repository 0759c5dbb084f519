"""The engine of surrogates: their own engine's values, in the teacher's columns."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from functools import partial

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from mlflow_explain import (
    DecisionTreeExplainableModel,
    LGBMExplainableModel,
    MimicExplainer,
    TreeExplainer,
    load_model,
    save_model,
)
from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.table import Table
from mlflow_explain.engines.base import EngineState, Options, Refusal
from mlflow_explain.engines.mimic.encoding import (
    MAX_CATEGORIES,
    categorical_columns,
    encoding_of,
)
from mlflow_explain.engines.mimic.engine import MIMIC
from mlflow_explain.engines.mimic.scale import class_positions, scale_of
from mlflow_explain.errors import CorruptArtifactError, InvalidInputError
from mlflow_explain.scoring import store
from mlflow_explain.surrogates.models import SURROGATES
from tests.truths import shapley, sklearn_game

FEW_TREES = {"n_estimators": 25, "num_leaves": 8}


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(0)
    return pd.DataFrame({
        "size": random.normal(size=300),
        "town": random.choice(["Aa", "Bb", "Cc", "Dd"], 300),
        "age": random.normal(40.0, 9.0, 300).round(1),
    })  # fmt: skip


def teacher(rows: pd.DataFrame) -> np.ndarray:
    town = rows["town"].map({"Aa": 1.0, "Bb": -1.0, "Cc": 2.0, "Dd": 0.0}).to_numpy(float)
    return town * rows["size"].to_numpy() + np.sin(rows["age"].to_numpy() / 5.0)


def engine_of(rows, model, surrogate=LGBMExplainableModel, **options):
    if surrogate is LGBMExplainableModel:
        options.setdefault("explainable_model_args", FEW_TREES)
    return MimicExplainer(model, rows, surrogate, **options)


# -- values ----------------------------------------------------------------------------------


def test_values_of_lightgbm_are_those_of_the_library(frame):
    explainer = engine_of(frame, teacher)
    engine, booster = explainer.choice.engine, explainer.surrogate.models[0].booster_
    encoded = engine.encoding(frame)
    own = booster.predict(encoded, pred_contrib=True)
    local = engine.explain(frame)
    np.testing.assert_allclose(local.values[:, :, 0], own[:, :-1], atol=1e-9)
    np.testing.assert_allclose(local.base_values, own[0, -1], atol=1e-9)
    assert engine.inner.trees.has_categories
    rows = frame[["size", "age"]].to_numpy()
    numbers = engine_of(rows, lambda x: x[:, 0] * x[:, 1])
    direct = TreeExplainer(numbers.surrogate.models[0], rows).explain_local(rows)
    found = numbers.explain_local(rows)
    np.testing.assert_array_equal(found.local_importance_values, direct.local_importance_values)


def test_values_of_a_decision_tree_are_those_of_enumeration(frame):
    rows = frame[["size", "age"]].to_numpy()
    explainer = engine_of(rows, lambda x: x[:, 0] * x[:, 1], DecisionTreeExplainableModel)
    tree = explainer.surrogate.model.tree_
    found = explainer.choice.engine.explain(rows[:5]).values[:, :, 0]
    for row, values in zip(rows[:5], found, strict=True):
        np.testing.assert_allclose(values, shapley(sklearn_game(tree, row, 0), 2), atol=1e-9)


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_base_plus_values_is_the_surrogates_output(frame, surrogate):
    explainer = engine_of(frame, teacher, surrogate)
    engine = explainer.choice.engine
    own = explainer.surrogate.predict(engine.encoding(frame))
    np.testing.assert_allclose(engine.explain(frame).outputs(), own, atol=1e-6)
    residual = np.abs(own[:, 0] - teacher(frame)).max()
    measured = explainer.explain_global(frame).quality["additivity_error_max"]
    assert measured == pytest.approx(residual, abs=1e-5)
    assert engine.tolerance == math.inf


# -- state -----------------------------------------------------------------------------------


@pytest.mark.parametrize("surrogate", SURROGATES)
@pytest.mark.parametrize("output", ["default", "probability"])
def test_a_stored_explainer_needs_no_model(frame, surrogate, output, tmp_path):
    labels = teacher(frame) > 0
    model = RandomForestClassifier(10, random_state=0).fit(frame[["size", "age"]], labels)

    def probability(rows):
        return model.predict_proba(rows[["size", "age"]])[:, 1]

    explainer = engine_of(
        frame.assign(age=frame["age"].where(frame["age"] < 60)), probability, surrogate,
        model_task="classification", shap_values_output=output,
    )  # fmt: skip
    store.save(explainer.create_scoring_explainer().scorer, tmp_path / "kept")
    again = store.load(tmp_path / "kept")
    np.testing.assert_array_equal(
        again.local(frame).values, explainer.explain_local(frame).local.values
    )
    engine = explainer.choice.engine
    assert again.engine.quality == engine.quality
    assert again.output_space == explainer.choice.engine.output_space
    assert not again.asks_model
    state = engine.state()
    json.dumps(state.settings, allow_nan=False)
    # Nothing kept has a line per row.
    assert all(len(array) != len(frame) for array in state.arrays.values())
    assert all(array.dtype != object for array in state.arrays.values())


def test_an_engine_knows_its_teacher(frame):
    rows = frame[["size", "age"]].to_numpy()
    models = [
        RandomForestClassifier(5, random_state=seed).fit(rows, teacher(frame) > 0)
        for seed in (0, 1)
    ]
    engine = engine_of(rows, models[0]).choice.engine
    mine, other = map(predictor_of, models)
    assert MIMIC.made_of(engine, mine, rows)
    assert not MIMIC.made_of(engine, other, rows)
    narrow = RandomForestClassifier(5).fit(rows[:, :1], teacher(frame) > 0)
    assert not MIMIC.made_of(engine, predictor_of(narrow), rows)
    three = GaussianNB().fit(rows, np.arange(len(rows)) % 3)
    again = MIMIC.restore(engine.state(), None)
    assert MIMIC.made_of(again, mine, rows)
    assert not MIMIC.made_of(again, other, rows)
    assert not MIMIC.made_of(again, predictor_of(three), rows)


def timed(frame: pd.DataFrame) -> pd.DataFrame:
    """Words, dates with and without a zone, truths, codes and numbers that may be missing."""
    days = pd.to_timedelta(np.arange(len(frame)) * 7 % 400, unit="D")
    made = frame.assign(
        day=pd.Timestamp("2024-01-01") + days,
        there=pd.Timestamp("2024-01-01", tz="Europe/Paris") + days,
        truth=frame["size"] > 0,
        code=np.arange(len(frame)) % 4,
        age=frame["age"].astype("Float64"),
        text=frame["town"] + " and " + frame["town"].shift(fill_value="Aa"),
    )
    made.loc[made.index[::9], "age"] = pd.NA
    made.loc[made.index[::11], "day"] = pd.NaT
    return made


def months(rows: pd.DataFrame) -> np.ndarray:
    return np.column_stack([rows[name].dt.month.fillna(0) for name in rows])


def whole_pipeline(seed: int):
    encode = make_column_transformer(
        (OneHotEncoder(), ["town", "code"]), (SimpleImputer(), ["size", "age"]),
        (TfidfVectorizer(), "text"), ("passthrough", ["truth"]),
    )  # fmt: skip
    return make_pipeline(encode, RandomForestRegressor(5, random_state=seed))


@pytest.mark.parametrize("kind", ["frame", "array", "sparse"])
def test_a_loaded_explainer_is_logged_with_its_own_model_only(frame, kind, tmp_path):
    rows, target = timed(frame).drop(columns=["day", "there"]), teacher(frame)
    if kind != "frame":
        rows = frame[["size", "age"]].to_numpy()
        rows = sparse.csr_matrix(rows.round().clip(0)) if kind == "sparse" else rows
    made = whole_pipeline if kind == "frame" else partial(RandomForestRegressor, 5)
    a, b = (made(seed) if kind == "frame" else made(random_state=seed) for seed in (0, 1))
    a.fit(rows, target)
    b.fit(rows, target)
    explainer = engine_of(rows, a)
    save_model(a, tmp_path / "a", scoring_explainer=explainer)
    loaded = load_model(tmp_path / "a")
    save_model(loaded.model, tmp_path / "again", scoring_explainer=loaded.explainer)
    twice = load_model(tmp_path / "again").explainer
    for given in (explainer, loaded.explainer, twice):
        with pytest.raises(InvalidInputError, match="the explainer of this"):
            save_model(b, tmp_path / "b", scoring_explainer=given)


def test_a_model_that_knows_its_rows_only_is_told_by_them_in_memory(frame, tmp_path):
    """Each whole number is a category to it, and it refuses all others."""
    rows = pd.DataFrame({"number": np.arange(300) * 1000, "size": frame["size"]})
    codes = make_column_transformer((OneHotEncoder(), ["number"]), remainder="passthrough")
    a = make_pipeline(codes, LogisticRegression()).fit(rows, rows["size"] > 0)
    b = make_pipeline(codes, LogisticRegression()).fit(rows, rows["size"] > 1)
    explainer = engine_of(rows, a)
    with pytest.raises(InvalidInputError, match="the explainer of this"):
        save_model(b, tmp_path / "b", scoring_explainer=explainer)
    save_model(a, tmp_path / "a", scoring_explainer=explainer)
    loaded = load_model(tmp_path / "a")
    assert not any("probe" in name for name in loaded.explainer.scorer.engine.state().arrays)
    with pytest.raises(InvalidInputError, match="the explainer of this"):
        save_model(a, tmp_path / "again", scoring_explainer=loaded.explainer)


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_dates_that_a_pipeline_reads(frame, surrogate):
    rows = timed(frame)[["day", "there", "size"]]
    read = make_column_transformer((FunctionTransformer(months), ["day", "there"]))
    model = make_pipeline(read, DecisionTreeRegressor(random_state=0))
    model.fit(rows, rows["day"].dt.month.fillna(0) > 6)
    found = engine_of(rows, model, surrogate).explain_global(rows)
    assert found.get_ranked_global_names()[2] == "size"
    assert np.isfinite(found.local_importance_values).all()


def test_times_and_decimals_are_numbers():
    day, nan = 86400.0, math.nan
    frame = pd.DataFrame({
        "date": [date(1970, 1, 2), None],
        "zone": pd.to_datetime(["1970-01-02T01:00+01:00", None], utc=True),
        "span": pd.to_timedelta(["1D", None]).as_unit("s"),
        "period": pd.PeriodIndex(["1970-01-02", None], freq="D"),
        "decimal": [Decimal("1.5"), None],
        "hour": [time(5), time(4)],
    })  # fmt: skip
    categorical = categorical_columns(frame)
    assert categorical == {5}
    encoded = encoding_of(frame, categorical, one_hot=False, filled=False)(frame)
    expected = [[day, day, day, day, 1.5, 1.0], [nan, nan, nan, nan, nan, 0.0]]
    np.testing.assert_array_equal(encoded, expected)


def test_it_is_built_by_its_explainer_only(frame):
    predictor = predictor_of(LogisticRegression().fit(np.eye(2), [0, 1]))
    refusal = MIMIC.build(predictor, Table(np.eye(2), ("a", "b")), Options())
    assert isinstance(refusal, Refusal)
    state = engine_of(frame, teacher).choice.engine.state()
    wrong = EngineState({**state.settings, "engine": "pickle"}, state.arrays)
    with pytest.raises(CorruptArtifactError, match="tree, linear; got 'pickle'"):
        MIMIC.restore(wrong, None)


# -- columns as numbers ----------------------------------------------------------------------


def test_codes_and_zeros_and_ones():
    frame = pd.DataFrame({
        "word": ["b", "a", None, "b"],
        "truth": [True, False, True, True],
        "number": pd.array([1, 2, pd.NA, 3], dtype="Int64"),
        "objects": np.array([1, 2.5, None, 3], dtype=object),
    })  # fmt: skip
    categorical = categorical_columns(frame)
    assert categorical == {0, 1}
    codes = encoding_of(frame, categorical, one_hot=False, filled=False)(frame)
    nan = math.nan
    np.testing.assert_array_equal(
        codes, [[1, 1, 1, 1], [0, 0, 2, 2.5], [nan, 1, nan, nan], [1, 1, 3, 3]]
    )
    encoding = encoding_of(frame, categorical, one_hot=True, filled=True)
    expected = [[0, 1, 0, 1, 1], [1, 0, 1, 0, 2], [0, 0, 0, 1, 2], [0, 1, 0, 1, 3]]
    np.testing.assert_array_equal(encoding(frame)[:, :5], expected)
    assert encoding.column_of.tolist() == [0, 0, 1, 1, 2, 3]
    unknown = frame.assign(word="z", truth=[1, 0, 1.0, True])
    assert not encoding(unknown)[:, :2].any()
    np.testing.assert_array_equal(encoding(unknown)[:, 2:], encoding(frame)[:, 2:])
    with pytest.raises(InvalidInputError, match="numbers in column number"):
        encoding(frame.assign(number="x"))


def test_whole_numbers_are_one_category_in_every_type():
    frame = pd.DataFrame({"code": [3, 1, 2]})
    encoding = encoding_of(frame, {0}, one_hot=False, filled=False)
    for same in ([3.0, 1.0, 2.0], ["3", "1", "2"], pd.Categorical([3, 1, 2])):
        assert encoding(frame.assign(code=same))[:, 0].tolist() == [2.0, 0.0, 1.0]
    assert encoding(np.array([[3.0], [2.0]]))[:, 0].tolist() == [2.0, 1.0]


def test_rare_categories_count_as_one():
    words = [f"word {i:03d}" for i in range(MAX_CATEGORIES + 50)]
    frame = pd.DataFrame({"text": words + words[:MAX_CATEGORIES]})
    encoding = encoding_of(frame, {0}, one_hot=False, filled=False)
    codes = encoding(frame)[:, 0]
    assert (codes[MAX_CATEGORIES : len(words)] == MAX_CATEGORIES).all()
    assert len(set(codes)) == MAX_CATEGORIES + 1
    assert encoding(pd.DataFrame({"text": ["never seen"]}))[0, 0] == MAX_CATEGORIES


def test_a_sparse_matrix_stays_one():
    rows = sparse.csr_matrix([[0.0, math.nan], [2.0, 4.0]])
    encoded = encoding_of(rows, (), one_hot=True, filled=True)(rows)
    assert sparse.issparse(encoded)
    np.testing.assert_array_equal(encoded.toarray(), [[0.0, 4.0], [2.0, 4.0]])
    assert math.isnan(rows[0, 1])


# -- the scale -------------------------------------------------------------------------------


def test_probabilities_that_are_certain():
    rows = np.random.default_rng(0).normal(size=(200, 2))
    forest = RandomForestClassifier(10, random_state=0).fit(rows, rows[:, 0] > 0)
    scale = scale_of(predictor_of(forest), rows[:20])
    answers = scale.answers(predictor_of(forest), rows)
    scale = scale.floored(answers)
    least = answers[(answers > 0) & (answers < 1)].min()
    assert scale.floor == pytest.approx(least / 2)
    outputs = scale.linked(answers)
    assert outputs.max() == pytest.approx(math.log((1 - least / 2) / (least / 2)))
    assert scale.floored(np.array([[0.0, 1.0]])).floor == 1e-3
    assert scale.labels(outputs).tolist() == (answers[:, 1] > 0.5).astype(int).tolist()


def test_a_margin_that_gives_the_probabilities_is_the_scale():
    rows = np.random.default_rng(0).normal(size=(200, 2))
    linear = LogisticRegression().fit(rows, rows[:, 0] > 0)
    assert scale_of(predictor_of(linear), rows).method == "decision_function"
    assert scale_of(predictor_of(linear), rows).output_space == "log-odds"
    bayes = GaussianNB().fit(rows, rows[:, 0] > 0)
    assert scale_of(predictor_of(bayes), rows).method == "probabilities"

    class Other(LogisticRegression):
        def decision_function(self, x):
            return 3.0 * super().decision_function(x)

        def predict_proba(self, x):
            odds = np.exp(super().decision_function(x))
            return np.column_stack([1 / (1 + odds), odds / (1 + odds)])

    other = Other().fit(rows, rows[:, 0] > 0)
    assert scale_of(predictor_of(other), rows).method == "probabilities"


def test_positions_of_predictions():
    predictor = Predictor(None, "classification", ("no", "yes"), (0, 1))
    assert class_positions(predictor, np.array([1.0, 0.0, 2.0])).tolist() == [1, 0, -1]
    assert class_positions(predictor, np.array([[0.2, 0.8]])).tolist() == [1]
    booster = LGBMClassifier(n_estimators=1, verbose=-1).fit(np.eye(30), [0, 1] * 15).booster_
    native = replace(predictor, model=booster)
    assert class_positions(native, np.array([0.2, 0.8])).tolist() == [0, 1]
    words = replace(predictor, labels=("no", "yes"))
    assert class_positions(words, np.array(["yes", "maybe"])).tolist() == [1, -1]
    with pytest.raises(InvalidInputError, match="a classifier"):
        class_positions(replace(words, labels=None, classes=None), np.array(["yes"]))
