from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import ComplementNB, GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from mlflow_explain import TabularExplainer
from mlflow_explain.data.answering import BySteps, answering
from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.texts.cells import as_table
from mlflow_explain.data.texts.models import of_table

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


TEXTS = ["good phone", "bad", "", "good and bad phone", "phones are phones", "bad bad one"]
STARS = [1, 0, 0, 1, 2, 0]


class Doubting(Pipeline):
    """One that predicts otherwise than by its steps."""

    def predict(self, texts):
        return np.full(len(texts), 7)


OF_TEXTS = {
    "logistic": make_pipeline(TfidfVectorizer(), LogisticRegression()),
    "bayes": make_pipeline(CountVectorizer(), ComplementNB()),
    "svm": make_pipeline(HashingVectorizer(n_features=64), LinearSVC()),
    "trees": make_pipeline(TfidfVectorizer(), lgb.LGBMClassifier(min_child_samples=1, **SMALL)),
    "forest": make_pipeline(CountVectorizer(), RandomForestClassifier(5, random_state=0)),
    "search": GridSearchCV(
        make_pipeline(TfidfVectorizer(), LogisticRegression()),
        {"logisticregression__C": [1.0, 10.0]},
    ),
    "own": Doubting([("v", TfidfVectorizer()), ("m", LogisticRegression())]),
}


@pytest.mark.parametrize("name", OF_TEXTS)
def test_a_pipeline_of_texts_goes_through_its_steps_once(name, monkeypatch):
    model = OF_TEXTS[name].fit(TEXTS * 5, STARS * 5)
    predictor = predictor_of(of_table(model, "text"))
    answer = answering(predictor, as_table(TEXTS, "text"))
    assert isinstance(answer, BySteps) is (name != "own")
    for part in (["good", "bad phone"], TEXTS[:1]):
        predicted, probabilities = answer(as_table(part, "text"))
        np.testing.assert_array_equal(predicted, model.predict(part), strict=True)
        if hasattr(model, "predict_proba"):
            np.testing.assert_array_equal(probabilities, model.predict_proba(part), strict=True)
        else:
            assert probabilities is None
    if name == "own":
        return
    front = answer.halves.preprocess.steps[0][1]
    real, asked = type(front).transform, []
    monkeypatch.setattr(
        type(front), "transform", lambda self, texts: asked.append(texts) or real(self, texts)
    )
    answer(as_table(TEXTS, "text"))
    assert asked == [TEXTS]


@pytest.mark.parametrize("n_rows", [400, 3])
def test_a_sparse_probe_tells_a_pipeline_from_its_steps(n_rows):
    rows = sparse.csr_matrix(X)
    model = make_pipeline(MaxAbsScaler(), LogisticRegression()).fit(rows, TWO)
    answer = answering(predictor_of(model), rows[:n_rows])
    assert isinstance(answer, BySteps)
    np.testing.assert_array_equal(answer(rows)[1], model.predict_proba(rows), strict=True)


class Ruling(Pipeline):
    """One with a rule beside its steps, which few rows meet."""

    def predict(self, rows):
        found = super().predict(rows)
        met = ["refund" in row if isinstance(row, str) else row.sum() == 0.0 for row in rows]
        return np.where(met, 7, found)


RULED = {
    "pipeline": Ruling([("v", TfidfVectorizer()), ("m", LogisticRegression())]),
    "last step": make_pipeline(
        TfidfVectorizer(), Ruling([("s", MaxAbsScaler()), ("m", LogisticRegression())])
    ),
    "search": GridSearchCV(
        Ruling([("v", TfidfVectorizer()), ("m", LogisticRegression())]), {"m__C": [1.0]}
    ),
}


@pytest.mark.parametrize("name", RULED)
def test_a_rule_that_no_probe_meets_counts(name):
    model = RULED[name].fit(TEXTS[:2] * 5, STARS[:2] * 5)
    answer = answering(predictor_of(of_table(model, "text")), as_table(TEXTS[:2], "text"))
    texts = ["refund", "good", ""]
    predicted, probabilities = answer(as_table(texts, "text"))
    assert 7 in predicted
    np.testing.assert_array_equal(predicted, model.predict(texts))
    np.testing.assert_array_equal(probabilities, model.predict_proba(texts))


@pytest.mark.parametrize("kind", [Pipeline, Doubting])
def test_a_probe_that_no_step_takes_tells_only_what_the_class_does(kind):
    refusing = FunctionTransformer(_refused)
    steps = [("r", refusing), ("v", TfidfVectorizer()), ("m", LogisticRegression())]
    model = kind(steps).fit(TEXTS, STARS)
    answer = answering(predictor_of(of_table(model, "text")), as_table(["?"], "text"))
    assert isinstance(answer, BySteps) is (kind is Pipeline)
    predicted, probabilities = answer(as_table(TEXTS, "text"))
    np.testing.assert_array_equal(predicted, model.predict(TEXTS))
    np.testing.assert_array_equal(probabilities, model.predict_proba(TEXTS))


def _refused(texts):
    if "?" in texts:
        raise ValueError("?")
    return texts
