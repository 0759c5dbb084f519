from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

from mlflow_explain import TabularExplainer
from mlflow_explain.data.answering import answering
from mlflow_explain.data.predictor import Predictor, predictor_of

X, TWO = make_classification(400, 6, n_informative=4, random_state=0)
THREE = np.array(["a", "b", "c"])[np.digitize(X[:, 0] + X[:, 1], [-1, 1])]
FRAME = pd.DataFrame(X, columns=[f"c{i}" for i in range(6)])
SMALL = {"n_estimators": 5, "verbose": -1}


class Asked:
    """Counts the passes over the trees of a LightGBM model."""

    def __init__(self, monkeypatch) -> None:
        self.threads: list[int | None] = []
        real = lgb.Booster.predict

        def predict(booster, rows, **options):
            self.threads.append(options.get("num_threads"))
            return real(booster, rows, **options)

        monkeypatch.setattr(lgb.Booster, "predict", predict)


MODELS = {
    "two": (lgb.LGBMClassifier(**SMALL), FRAME, TWO),
    "three": (lgb.LGBMClassifier(**SMALL), FRAME, THREE),
    "array": (lgb.LGBMClassifier(**SMALL), X, TWO),
    "csr": (lgb.LGBMClassifier(**SMALL), sparse.csr_matrix(X), TWO),
    "one job": (lgb.LGBMClassifier(n_jobs=1, **SMALL), FRAME, THREE),
    "single": (lgb.LGBMClassifier(**SMALL), FRAME.astype(np.float32), THREE),
    "whole numbers": (lgb.LGBMClassifier(**SMALL), FRAME.round().astype(int), TWO),
    "regression": (lgb.LGBMRegressor(**SMALL), FRAME, X[:, 0]),
    "forest": (RandomForestClassifier(5, random_state=0), FRAME, THREE),
    "extra": (ExtraTreesClassifier(5, random_state=0), FRAME, TWO),
    "tree": (DecisionTreeClassifier(max_depth=4), FRAME, THREE),
    "logistic": (LogisticRegression(), FRAME, TWO),
    "softmax": (LogisticRegression(), FRAME, THREE),
    "liblinear": (LogisticRegression(solver="liblinear"), FRAME, TWO),
    "bayes": (GaussianNB(), FRAME, THREE),
    "linear": (LinearRegression(), FRAME, X[:, 0]),
}


@pytest.mark.parametrize("name", list(MODELS))
def test_answers_are_the_models_own_bit_for_bit(name):
    model, rows, outcome = MODELS[name]
    model.fit(rows, outcome)
    predictor = predictor_of(model)
    answer = answering(predictor, rows[:20])
    for part in (rows[:1], rows[:300]):
        predicted, probabilities = answer(part)
        own = model.predict(part)
        np.testing.assert_array_equal(predicted, own, strict=True)
        if predictor.task == "regression":
            assert probabilities is None
        else:
            np.testing.assert_array_equal(probabilities, model.predict_proba(part), strict=True)


@pytest.mark.parametrize("name", ["two", "three", "array", "csr", "regression"])
def test_73_the_trees_are_walked_once_by_as_many_threads_as_the_model_asks_for(name, monkeypatch):
    model, rows, outcome = MODELS[name]
    model.fit(rows, outcome)
    answer = answering(predictor_of(model), rows[:20])
    asked = Asked(monkeypatch)
    model.predict(rows[:3])
    answer(rows[:3])
    answer(rows[:300])
    # LightGBM keeps one number for the process: requests at once must not differ in it.
    assert len(asked.threads) == 3
    assert len(set(asked.threads)) == 1


@pytest.mark.parametrize(
    "threads",
    [{"num_threads": 1}, {"nthread": 2}, {"n_jobs": 2, "num_threads": 1}, {"n_jobs": -1}, {}],
)
def test_73_all_calls_ask_for_as_many_threads_as_the_model_does(threads, monkeypatch):
    model = lgb.LGBMClassifier(**SMALL, **threads).fit(FRAME, TWO)
    engine = TabularExplainer(model, FRAME).choice
    answer = answering(predictor_of(model), FRAME[:20])
    asked = Asked(monkeypatch)
    model.predict(FRAME[:3])
    answer(FRAME[:3])
    engine.relative_error(predictor_of(model), FRAME[:3])
    assert len(asked.threads) == 3
    assert len(set(asked.threads)) == 1


def test_a_subclass_answers_for_itself():
    class Opposite(lgb.LGBMClassifier):
        def predict(self, rows, **options):
            return 1 - super().predict(rows, **options)

    model = Opposite(**SMALL).fit(FRAME, TWO)
    predicted, _ = answering(predictor_of(model), FRAME[:20])(FRAME[:50])
    np.testing.assert_array_equal(predicted, model.predict(FRAME[:50]))


def test_parameters_read_when_predicting_stay_with_the_library(monkeypatch):
    model = lgb.LGBMClassifier(pred_early_stop=True, pred_early_stop_freq=1,
                               pred_early_stop_margin=0.01, **SMALL).fit(FRAME, TWO)  # fmt: skip
    answer = answering(predictor_of(model), FRAME[:20])
    _, probabilities = answer(FRAME[:50])
    np.testing.assert_array_equal(probabilities, model.predict_proba(FRAME[:50]))
    assert not np.array_equal(probabilities[:, 1], model.booster_.predict(X[:50]))


def test_another_answer_on_the_probe_means_two_passes(monkeypatch):
    model = LogisticRegression().fit(FRAME, TWO)
    # As a version of the library that made something else of the decision function.
    monkeypatch.setattr(type(model), "predict_proba", lambda self, rows: np.ones((len(rows), 2)))
    _, probabilities = answering(Predictor(model, "classification", (0, 1), (0, 1)), FRAME[:20])(
        FRAME[:2]
    )
    assert probabilities.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_categories_are_coded_by_the_library():
    rows = FRAME.assign(c0=pd.Categorical(np.where(X[:, 0] > 0, "up", "down")))
    model = lgb.LGBMClassifier(**SMALL).fit(rows, TWO)
    predicted, probabilities = answering(predictor_of(model), rows[:20])(rows[:50])
    np.testing.assert_array_equal(predicted, model.predict(rows[:50]))
    np.testing.assert_array_equal(probabilities, model.predict_proba(rows[:50]))
