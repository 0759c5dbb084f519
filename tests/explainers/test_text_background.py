"""What texts are compared with: the mean of all initialization examples, where that is a sum."""

from __future__ import annotations

import pickle
import tracemalloc

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, StackingRegressor
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from mlflow_explain import TabularExplainer, TextExplainer, load, save, save_model
from mlflow_explain.engines.text import centring
from mlflow_explain.errors import InvalidInputError

RANDOM = np.random.default_rng(0)
# Rare words: most of them stand in none of a hundred texts.
VOCABULARY = [f"w{i}" for i in range(400)]
SHARES = 1 / np.arange(1, 401)
TEXTS = [
    " ".join(RANDOM.choice(VOCABULARY, n, p=SHARES / SHARES.sum()))
    for n in RANDOM.integers(1, 12, 300)
]
SCORES = RANDOM.normal(size=300) + ["w1" in text.split() for text in TEXTS]
TWO, THREE = (SCORES > 0.3).astype(int), np.digitize(SCORES, [-0.3, 0.8])
NEW = ["w1 w2 unseen W1", "", "w90"]


def densified(rows):
    return np.asarray(rows.todense(), dtype=float)


dense = FunctionTransformer(densified, accept_sparse=True, feature_names_out="one-to-one")


def rows_beside():
    return pd.DataFrame({"price": np.arange(300.0), "review": TEXTS})


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(centring, "_CHARACTERS", 1_500)
    monkeypatch.setattr(centring, "_BLOCK_BYTES", 8 * 400 * 70)


def odds(model, rows):
    found = model.predict_joint_log_proba(rows)
    return found[:, 1] - found[:, 0]


CASES = {
    "tf-idf": (TfidfVectorizer(), LogisticRegression(), TWO, lambda m, x: m.decision_function(x)),
    "numbers": (CountVectorizer(), Ridge(), SCORES, lambda m, x: m.predict(x)),
    "presence": (CountVectorizer(), BernoulliNB(), TWO, odds),
    "counts": (CountVectorizer(), MultinomialNB(), TWO, odds),
    "one by one": (
        TfidfVectorizer(), OneVsRestClassifier(LogisticRegression()), THREE,
        lambda m, x: np.column_stack([each.decision_function(x) for each in m.estimators_]),
    ),
    "squares": (
        make_pipeline(CountVectorizer(), dense), GaussianNB(var_smoothing=0.1), TWO, odds,
    ),
    "stacked": (
        make_pipeline(CountVectorizer(), dense),
        StackingRegressor([("r", Ridge())], LinearRegression(), passthrough=True, cv=2), SCORES,
        lambda m, x: m.predict(x),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_base_value_is_the_mean_output_of_all_examples(case):
    vectorizer, estimator, targets, margins = CASES[case]
    model = make_pipeline(vectorizer, estimator).fit(TEXTS, targets)
    explainer = TextExplainer(model, TEXTS, method="terms")
    explanation = explainer.explain_local(NEW)
    own = margins(model[-1], model[:-1].transform(TEXTS)).reshape(300, -1)

    assert (explanation.background.n_rows, explanation.background.method) == (300, "all")
    np.testing.assert_allclose(explanation.local.base_values, own.mean(axis=0), atol=1e-9)
    sums = explanation.local.outputs()
    new = margins(model[-1], model[:-1].transform(NEW)).reshape(3, -1)
    np.testing.assert_allclose(sums, new, atol=1e-9)


def test_a_word_is_its_coefficient_times_its_distance_from_the_mean_of_all_examples():
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, TWO)
    found = TextExplainer(model, TEXTS).explain_local(NEW).to_frame()
    at = model[0].vocabulary_["w90"]
    terms = model[0].transform([*TEXTS, "w90"])
    away = terms[300, at] - terms[:300, at].toarray().mean()

    assert found["w90"].iloc[2] == pytest.approx(model[1].coef_[0, at] * away, abs=1e-12)


def test_parabolas_have_the_values_of_a_background_of_all_examples():
    model = make_pipeline(*CASES["squares"][:2]).fit(TEXTS, TWO)
    terms, new = (model[0].transform(texts) for texts in (TEXTS, NEW))
    nb = model[1]
    # Each term's own part of the log-odds, for its value and on average.
    part = lambda x: (  # noqa: E731 - one line of arithmetic
        -0.5 * ((x - nb.theta_[1]) ** 2 / nb.var_[1] - (x - nb.theta_[0]) ** 2 / nb.var_[0])
    )
    expected = part(new[0]) - part(terms).mean(axis=0)
    at = [model[0][0].vocabulary_[word] for word in ("w1", "w2")]
    found = TextExplainer(model, TEXTS, method="terms").explain_local(NEW).to_frame()

    np.testing.assert_allclose(found[["w1", "w2"]].iloc[0], expected[at], atol=1e-9)


@pytest.mark.parametrize("baseline", ["background", "empty"])
def test_columns_beside_the_text_are_those_of_all_examples(baseline):
    rows = rows_beside()
    columns = make_column_transformer((CountVectorizer(), "review"), remainder="passthrough")
    model = make_pipeline(columns, Ridge()).fit(rows, SCORES)
    found = TextExplainer(model, rows, baseline=baseline).explain_local(rows[:2])
    given = rows if baseline == "background" else rows.assign(review="")

    assert found.local.base_values[0] == pytest.approx(model.predict(given).mean(), abs=1e-9)
    assert found.background.n_rows == 300


def test_rows_are_vectorised_in_parts_and_stay_sparse(monkeypatch):
    hashing = HashingVectorizer(n_features=2**18)
    model = make_pipeline(hashing, LogisticRegression()).fit(TEXTS, TWO)
    seen, own = [], hashing.transform
    monkeypatch.setattr(hashing, "transform", lambda texts: seen.append(len(texts)) or own(texts))
    tracemalloc.start()
    TextExplainer(model, TEXTS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    all_dense = 8 * 2**18 * len(TEXTS)

    assert peak < all_dense / 8
    # What looks at the model, and at the background, comes first.
    parts = seen[seen.index(100) + 1 :]
    assert sum(parts) == 300
    assert max(parts) < 150


def test_what_plays_between_rows_has_a_sample_of_them():
    model = make_pipeline(
        CountVectorizer(max_features=20), RandomForestClassifier(3, random_state=0)
    ).fit(TEXTS, TWO)
    sampled = TextExplainer(model, TEXTS, feature_perturbation="interventional")
    assert (sampled.background.n_rows, sampled.background.method) == (100, "sample")
    assert sampled.explain_local(NEW).background.n_rows == 100
    # As of tables, the sample is always the same.
    again = TextExplainer(model, TEXTS, feature_perturbation="interventional", seed=5)
    np.testing.assert_array_equal(
        sampled.explain_local(NEW).expected_values, again.explain_local(NEW).expected_values
    )
    numbers = np.arange(300.0)[:, None]
    of_table = TabularExplainer(Ridge().fit(numbers, SCORES), numbers)
    assert (of_table.background.n_rows, of_table.background.seed) == (100, sampled.background.seed)


def test_what_is_saved_pickled_and_served_has_the_same_mean(tmp_path):
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, TWO)
    explainer = TextExplainer(model, TEXTS)
    base = model.decision_function(TEXTS).mean()
    again = pickle.loads(pickle.dumps(explainer))  # noqa: S301 - our own
    assert again.explain_local(NEW).expected_values[1] == pytest.approx(base, abs=1e-9)
    scoring = explainer.create_scoring_explainer()
    save(scoring, directory=str(tmp_path / "alone"))
    assert load(str(tmp_path / "alone")).explain(NEW) == scoring.explain(NEW)

    save_model(model, tmp_path / "pair", scoring_explainer=scoring)
    served = mlflow.pyfunc.load_model(str(tmp_path / "pair")).predict(pd.DataFrame({"text": NEW}))
    assert served["expected_value"].tolist() == pytest.approx([base] * 3, abs=1e-9)


def test_examples_that_the_model_does_not_take_are_refused():
    rows = rows_beside()
    columns = make_column_transformer((CountVectorizer(), "review"), remainder="passthrough")
    model = make_pipeline(columns, Ridge()).fit(rows, SCORES)
    drawn = TextExplainer(model, rows[:101]).subject.template.data.index
    (left,) = set(range(101)) - set(drawn)
    with pytest.raises(InvalidInputError, match="makes NaN or infinity"):
        TextExplainer(model, rows[:101].assign(price=rows["price"].where(rows.index != left)))

    def strict(frame):
        return frame[["price"]].astype(np.int64)

    columns = make_column_transformer(
        (CountVectorizer(), "review"),
        (FunctionTransformer(strict, feature_names_out="one-to-one"), ["price"]),
    )
    model = make_pipeline(columns, Ridge()).fit(rows, SCORES)
    with pytest.raises(InvalidInputError, match=r"IntCasting.* from its preprocessing"):
        TextExplainer(model, rows[:101].assign(price=rows["price"].where(rows.index != left)))
