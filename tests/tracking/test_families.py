"""A model of each engine, logged as a pair and served."""

from __future__ import annotations

import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from catboost import CatBoostClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC

from mlflow_explain import TabularExplainer, load_model, save_model
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError
from tests.serving import Endpoint, body_of

RNG = np.random.default_rng(0)
ROWS = pd.DataFrame({"a": RNG.normal(size=120), "b": RNG.normal(size=120)})
MIXED = ROWS.assign(word=RNG.choice(["x", "y", "z"], 120))
LABELS = np.where(ROWS.a * ROWS.b + (MIXED.word == "x") > 0.2, "yes", "no")
NUMBERS = (LABELS == "yes").astype(int)


def behind(estimator):
    encode = make_column_transformer((OneHotEncoder(), ["word"]), remainder=StandardScaler())
    return make_pipeline(encode, estimator)


# name: (model, engine, rows, labels)
FAMILIES = {
    "xgboost": (xgboost.XGBClassifier(n_estimators=5, max_depth=3), "tree", ROWS, NUMBERS),
    "catboost": (
        CatBoostClassifier(iterations=5, verbose=0, allow_writing_files=False),
        "catboost", ROWS, LABELS,
    ),
    "catboost words": (
        CatBoostClassifier(
            iterations=5, verbose=0, allow_writing_files=False, cat_features=["word"]
        ),
        "catboost", MIXED, LABELS,
    ),
    "histogram categories": (
        HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype"),
        "tree", MIXED.astype({"word": "category"}), LABELS,
    ),
    "forest": (behind(RandomForestClassifier(5)), "tree", MIXED, LABELS),
    "naive bayes": (GaussianNB(), "linear", ROWS, LABELS),
    "svc": (behind(SVC()), "kernel machine", MIXED, LABELS),
    "calibrated": (
        behind(CalibratedClassifierCV(LinearSVC(), ensemble=False)), "composed", MIXED, LABELS
    ),
    "searched": (
        GridSearchCV(behind(LogisticRegression()), {"logisticregression__C": [0.1, 1]}, cv=3),
        "linear", MIXED, LABELS,
    ),
    "neighbours": (behind(KNeighborsClassifier(3)), "kernel", MIXED, LABELS),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FAMILIES))
def test_a_pair_of_any_engine_answers_predictions_and_reasons(name, tmp_path):
    model, engine, rows, labels = FAMILIES[name]
    model.fit(rows, labels)
    explainer = TabularExplainer(model, rows)
    assert explainer.method == engine
    save_model(model, tmp_path / "pair", scoring_explainer=explainer)
    status, answer = Endpoint(tmp_path / "pair").post(body_of(rows.head(4)))
    assert status == 200, answer
    replies = answer["predictions"]
    assert [r["prediction"] for r in replies] == [str(p) for p in np.ravel(model.predict(rows[:4]))]
    assert {r["explanation_status"] for r in replies} == {"ok"}
    local = explainer.explain_local(rows.head(4))
    for i, reply in enumerate(replies):
        values = reply["local_importance_values"]
        assert list(values) == list(rows.columns)
        expected = local.local_importance_values[1][i]
        np.testing.assert_allclose(list(values.values()), expected, atol=1e-9)
        assert reply["expected_value"] == pytest.approx(local.expected_values[1], abs=1e-9)
        if hasattr(model, "predict_proba"):
            shares = list(reply["probabilities"].values())
            np.testing.assert_allclose(shares, model.predict_proba(rows[:4])[i], atol=1e-12)
    again = load_model(tmp_path / "pair")
    np.testing.assert_allclose(again.explainer.explain(rows.head(4)), local.local_importance_values)


def test_a_plain_models_folder_is_not_ours(tmp_path):
    mlflow.sklearn.save_model(LogisticRegression().fit(ROWS, LABELS), str(tmp_path / "plain"))
    with pytest.raises(UnsupportedModelError, match="explain_model"):
        load_model(str(tmp_path / "plain"))


def test_a_black_box_takes_along_the_model_it_asks_and_no_other(tmp_path):
    model, _, rows, labels = FAMILIES["neighbours"]
    explainer = TabularExplainer(model.fit(rows, labels), rows)
    save_model(path=tmp_path / "alone", scoring_explainer=explainer)
    alone = load_model(tmp_path / "alone")
    few = rows.head(2)
    local = explainer.explain_local(few).local_importance_values
    np.testing.assert_array_equal(alone.explain(few), local)
    other = behind(KNeighborsClassifier(3)).fit(rows, labels[::-1])
    with pytest.raises(InvalidInputError, match="explainer of this Pipeline"):
        save_model(other, tmp_path / "other", scoring_explainer=explainer)


def test_native_formats_load_where_pickle_is_forbidden(tmp_path, monkeypatch):
    for name in ("xgboost", "catboost"):
        model, _, rows, labels = FAMILIES[name]
        model.fit(rows, labels)
        save_model(model, tmp_path / name, scoring_explainer=TabularExplainer(model, rows))
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    for name in ("xgboost", "catboost"):
        loaded = load_model(tmp_path / name)
        model, _, rows, _ = FAMILIES[name]
        np.testing.assert_array_equal(loaded.model.predict(rows), model.predict(rows))


def test_a_booster_of_xgboost_is_served_by_probability(tmp_path):
    matrix = xgboost.DMatrix(ROWS, NUMBERS)
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, matrix, 5)
    explainer = TabularExplainer(booster, ROWS)
    save_model(booster, tmp_path / "pair", scoring_explainer=explainer)
    status, answer = Endpoint(tmp_path / "pair").post(body_of(ROWS.head(3)))
    assert status == 200, answer
    chance = booster.predict(xgboost.DMatrix(ROWS.head(3)))
    for reply, p in zip(answer["predictions"], chance, strict=True):
        assert reply["probabilities"]["1"] == pytest.approx(p, abs=1e-7)
        total = reply["expected_value"] + sum(reply["local_importance_values"].values())
        assert total == pytest.approx(np.log(p / (1 - p)), abs=1e-4)


def test_explainers_of_functions_are_not_logged():
    explainer = TabularExplainer(lambda rows: rows["a"] * rows["b"], ROWS)
    with pytest.raises(UnsupportedModelError, match="MLflow's flavours"):
        save_model(explainer.subject.whole.model, "x", scoring_explainer=explainer)
