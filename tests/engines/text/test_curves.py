"""Deletion and insertion curves against all orders there are, curves by hand, and counts."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from mlflow_explain.data import time_limit
from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.texts.models import TextFunction, of_table
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.text import curve_plans, curves
from mlflow_explain.engines.text.base import tokens_with
from mlflow_explain.explanation.tokens import TokenImportance
from tests.texts import Counted

WORTH = {"a": 5.0, "b": 1.0, "c": 0.5, "d": -2.0, "e": 3.0}


def summed(text):
    return 7.0 + sum(WORTH.get(word, 0.0) for word in text.split())


def regression(function):
    counted = function if isinstance(function, Counted) else Counted(function)
    return Predictor(TextFunction(counted, "text"), "regression", None)


def frame(texts):
    return pd.DataFrame({"text": pd.Series(texts, dtype=object)})


def tokens(texts, worth=WORTH, n_outputs=1, sign=1.0):
    found = tokens_of(texts)
    values = np.array([[sign * worth.get(word, 0.0)] for word in found.words(texts)])
    if n_outputs == 2:
        values = np.column_stack([-values, values])
    shape = (len(found.row), n_outputs)
    rest = np.zeros((len(texts), n_outputs))
    return tokens_with(found, frame(texts), "text", values.reshape(shape), rest)


def test_the_order_of_additive_importance_is_the_best_of_all():
    text = "b d a c e"
    words = text.split()
    areas = {}
    for order in itertools.permutations(range(5)):
        worth = {words[j]: float(5 - i) for i, j in enumerate(order)}
        found = curves.deletion_curves(regression(summed), frame([text]), tokens([text], worth))
        areas[order] = {name: area[0] for name, area in found.areas().items()}
    ours = areas[2, 4, 0, 3, 1]
    assert len(areas) == 120
    assert ours["deletion"] == min(area["deletion"] for area in areas.values())
    assert ours["insertion"] == max(area["insertion"] for area in areas.values())
    found = curves.deletion_curves(regression(summed), frame([text]), tokens([text]))
    assert {name: area[0] for name, area in found.areas().items()}["deletion"] == ours["deletion"]


def test_curves_are_those_by_hand():
    found = curves.deletion_curves(regression(summed), frame(["b a"]), tokens(["b a"]))
    assert found.shares.tolist() == pytest.approx(np.linspace(0, 1, 11).tolist())
    assert found.documents.tolist() == [0]
    # Taking out `a`, then `b`: 6, 1, 0 above the empty text; putting them in: 0, 5, 6.
    np.testing.assert_allclose(found.deletion[0], np.interp(found.shares, [0, 0.5, 1], [6, 1, 0]))
    np.testing.assert_allclose(found.insertion[0], np.interp(found.shares, [0, 0.5, 1], [0, 5, 6]))
    area = {name: value.tolist() for name, value in found.areas().items()}
    assert area["deletion"] == pytest.approx([2.0])
    assert area["insertion"] == pytest.approx([4.0])
    assert area["deletion_random"] == pytest.approx(area["insertion_random"])


def test_many_tokens_go_in_tenths():
    text = " ".join(["a", *["x"] * 18, "e"])
    model = Counted(summed)
    found = curves.deletion_curves(regression(model), frame([text]), tokens([text]))
    np.testing.assert_allclose(found.deletion[0], [8.0] + [0.0] * 10)
    np.testing.assert_allclose(found.insertion[0], [0.0] + [8.0] * 10)
    lengths = {len(asked.split()) for asked in model.calls[1]}
    assert lengths == set(range(0, 21, 2))


def test_what_pulls_a_prediction_down_goes_first_where_it_is_low():
    text = "d b"
    found = curves.deletion_curves(regression(summed), frame([text]), tokens([text]))
    # The whole text is at 6, the empty one at 7: the way down is 1.
    np.testing.assert_allclose(found.deletion[0, [0, 5, 10]], [1.0, -1.0, 0.0])


@pytest.fixture(scope="module")
def labelled():
    texts = ["a e", "a b", "d", "d c", "a e b", "d d c"]
    return texts, ["yes", "yes", "no", "no", "yes", "no"]


def test_a_binary_margin_is_read_for_the_class_predicted(labelled):
    texts, labels = labelled
    model = make_pipeline(CountVectorizer(analyzer=str.split), LogisticRegression())
    predictor = predictor_of(of_table(model.fit(texts, labels), "text"))
    asked = ["d a d c", "a d e b", "d c"]
    names = model[0].get_feature_names_out()
    worth = dict(zip(names, model[1].coef_[0], strict=True))
    one = curves.deletion_curves(predictor, frame(asked), tokens(asked, worth))
    two = curves.deletion_curves(predictor, frame(asked), tokens(asked, worth, 2))
    for kind in curves.KINDS:
        assert (getattr(one, kind) == getattr(two, kind)).all()
    np.testing.assert_allclose(one.deletion[:, 0], model.predict_proba(asked).max(axis=1))
    quality = one.quality()
    assert quality["deletion_auc"] < quality["deletion_auc_random"]
    assert quality["insertion_auc"] > quality["insertion_auc_random"]
    assert set(quality) == {
        "deletion_auc",
        "deletion_auc_random",
        "insertion_auc",
        "insertion_auc_random",
        "curve_documents",
    }


def test_a_margin_without_probabilities_is_mirrored(labelled):
    texts, labels = labelled
    model = make_pipeline(CountVectorizer(analyzer=str.split), LinearSVC()).fit(texts, labels)
    predictor = predictor_of(of_table(model, "text"))
    asked = ["d d c a", "a e d"]
    worth = dict(zip(model[0].get_feature_names_out(), model[1].coef_[0], strict=True))
    found = curves.deletion_curves(predictor, frame(asked), tokens(asked, worth))
    np.testing.assert_allclose(found.deletion[:, 0], np.abs(model.decision_function(asked)))
    areas = found.areas()
    assert (areas["deletion"] <= areas["deletion_random"] + 1e-9).all()
    assert (areas["insertion"] >= areas["insertion_random"] - 1e-9).all()


def test_three_classes_are_read_each_in_its_own():
    def classes(texts):
        counts = np.array([[text.count(word) for word in "abc"] for text in texts], dtype=float)
        return (counts + 1) / (counts + 1).sum(axis=1, keepdims=True)

    class Model:
        classes_ = np.array(["a", "b", "c"])
        predict_proba = staticmethod(classes)

        def predict(self, texts):
            return self.classes_[classes(texts).argmax(axis=1)]

    asked = ["a b b", "c a c b"]
    found = tokens_of(asked)
    values = np.array([[float(word == name) for name in "abc"] for word in found.words(asked)])
    told = tokens_with(found, frame(asked), "text", values, np.zeros((2, 3)))
    predictor = predictor_of(of_table(Model(), "text"))
    got = curves.deletion_curves(predictor, frame(asked), told)
    np.testing.assert_allclose(got.deletion[:, 0], [3 / 6, 3 / 7])
    np.testing.assert_allclose(got.deletion[1, 5], 1 / 5)
    other = TokenImportance(**{**told.arrays(), "column": "text", "values": values[:, :2],
                               "rest": np.zeros((2, 2))})  # fmt: skip
    assert curves.deletion_curves(predictor, frame(asked), other) is None


def test_documents_are_drawn_with_the_seed_and_asked_in_two_calls():
    texts = [f"a b {'x ' * (i % 30)}" for i in range(120)] + ["", "   "]
    model = Counted(summed)
    told = tokens(texts)
    first = curves.deletion_curves(regression(model), frame(texts), told, seed=1)
    assert len(model.calls) == 2
    assert len(model.calls[0]) == 100
    assert len(model.calls[1]) <= 50 * 31
    again = curves.deletion_curves(regression(summed), frame(texts), told, seed=1)
    other = curves.deletion_curves(regression(summed), frame(texts), told, seed=2)
    assert (first.documents == again.documents).all()
    assert (first.deletion_random == again.deletion_random).all()
    assert (first.documents != other.documents).any()
    assert len(first.documents) == curves.MAX_DOCUMENTS
    assert max(first.documents) < 120
    few = curves.deletion_curves(regression(summed), frame(texts), told, documents=3)
    assert few.quality()["curve_documents"] == 3.0


def test_as_many_texts_are_asked_at_a_time_as_memory_allows(monkeypatch):
    texts = [f"a b {'x ' * 40}" for _ in range(20)]
    whole = curves.deletion_curves(regression(summed), frame(texts), tokens(texts))
    monkeypatch.setattr(curve_plans, "MAX_BYTES", 5_000)
    model = Counted(summed)
    parts = curves.deletion_curves(regression(model), frame(texts), tokens(texts))
    assert max(sum(map(len, call)) for call in model.calls[1:]) <= 5_000
    for kind in curves.KINDS:
        assert (getattr(parts, kind) == getattr(whole, kind)).all()


def test_long_documents_are_fewer(monkeypatch):
    monkeypatch.setattr(curves, "MAX_CHARACTERS", 20_000)
    texts = ["a " * 500 + "b", "a " * 500 + "c"] * 12 + ["a b"]
    model = Counted(lambda text: float(text.count("a")))
    found = curves.deletion_curves(regression(model), frame(texts), tokens(texts))
    assert 15 <= len(found.documents) < 25
    assert sum(len(texts[row]) for row in found.documents) <= curves.MAX_CHARACTERS


def test_fifty_thousand_words_have_curves_in_bounded_memory():
    text = " ".join(f"word{i % 9000}" for i in range(50_000)) + " a"
    told = tokens([text])
    model = Counted(summed)
    tracemalloc.start()
    found = curves.deletion_curves(regression(model), frame([text]), told)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 128 * 2**20
    assert found.insertion[0, 1:].tolist() == [5.0] * 10


def test_there_are_no_figures_without_tokens_or_time_or_answers():
    texts = ["a b"]
    assert curves.quality_of(regression(summed), frame(["", " "]), tokens(["", " "])) == {}
    assert curves.quality_of(regression(summed), frame([]), tokens([])) == {}
    model = Counted(summed)
    with time_limit.within(60.0):
        assert curves.quality_of(regression(model), frame(texts), tokens(texts)) == {}
    assert model.calls == []
    assert "deletion_auc" in curves.quality_of(regression(summed), frame(texts), tokens(texts))
    shy = regression(lambda text: summed(text) if text else np.nan)
    assert curves.quality_of(shy, frame(texts), tokens(texts)) == {}


def test_columns_beside_the_text_stay_and_nothing_is_changed():
    rows = frame(["a b", "b d"]).assign(price=[1.0, 2.0])
    rows.index = [7, 7]
    before = rows.copy()
    asked = []

    def function(table):
        asked.append(table)
        return np.array([summed(text) for text in table["text"]]) + table["price"].to_numpy()

    predictor = Predictor(function, "regression", None)
    found = curves.deletion_curves(predictor, rows, tokens(["a b", "b d"]))
    np.testing.assert_allclose(found.deletion[:, 0], [6.0, 1.0])
    pd.testing.assert_frame_equal(rows, before)
    assert all(table.dtypes.equals(rows.dtypes) for table in asked)
    assert all(list(table.columns) == ["text", "price"] for table in asked)
