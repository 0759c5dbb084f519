"""Exact values of terms against closed forms, tree kernels on vectorised rows, and their sums."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from mlflow_explain import TabularExplainer, TextExplainer, TreeExplainer
from mlflow_explain.data import time_limit
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.texts.halves import TransformedRows
from mlflow_explain.data.texts.models import of_table
from mlflow_explain.engines import registry
from mlflow_explain.engines.text import estimators
from mlflow_explain.errors import InvalidInputError, OutOfTimeError, UnsupportedModelError

WORDS = [
    "good", "bad", "phone", "battery", "screen", "price", "awful", "great", "never", "again",
    "love", "hate", "cheap", "slow", "fast", "broken",
]  # fmt: skip


def documents(n, seed, longest=12):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, longest, n)
    return [" ".join(rng.choice(WORDS, length)).capitalize() + "." for length in lengths]


TEXTS = documents(80, 0)
STARS = np.array([sum(w in "good great love fast" for w in t.lower().split()) for t in TEXTS])
BINARY = (np.median(STARS) < STARS).astype(int)
CLASSES = np.minimum(STARS, 2)
ODD = [
    "",
    "unseen zzz words",
    "GOOD good Good",
    "\U0001f600 good \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u05d8\u05d5\u05d1 good \u0645\u0631\u062d\u0628\u0627",
    "<script>alert('bad')</script> <b>good</b>",
    "\u0130 good \u0130yi bad, caf\u00e9 e\u0301",
    "   ",
]


def explained(model, texts, examples=TEXTS, **options):
    """Return the explainer, and its engine's attributions of texts."""
    explainer = TextExplainer(model, examples, method="terms", **options)
    table = explainer._prepared.texts.table(texts)
    return explainer, explainer.choice.engine.explain(table)


def words_of(local, texts):
    """Return {(row, word in lower case): values} summed over tokens."""
    found = {}
    tokens = local.tokens
    for row, start, end, values in zip(
        tokens.row.tolist(), tokens.start, tokens.end, tokens.values, strict=True
    ):
        word = texts[row][start:end].lower()
        found[row, word] = found.get((row, word), 0.0) + values
    return found


LINEAR = {
    "binary": (LogisticRegression(), BINARY),
    "classes": (LogisticRegression(), CLASSES),
    "svm": (LinearSVC(), BINARY),
    "regression": (Ridge(), STARS.astype(float)),
}


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize(
    "vectorizer",
    [CountVectorizer(), TfidfVectorizer(), HashingVectorizer(n_features=2**12)],
    ids=["count", "tfidf", "hashing"],
)
def test_a_word_is_its_coefficient_times_its_distance_from_the_mean(vectorizer, name):
    estimator, y = LINEAR[name]
    model = make_pipeline(vectorizer, estimator).fit(TEXTS, y)
    texts = [*documents(9, 1), *ODD]
    explainer, local = explained(model, texts)
    assert explainer.method == "text terms"
    background = explainer.subject.template.data["text"].tolist()
    mean = np.asarray(vectorizer.transform(background).mean(axis=0)).ravel()
    x = vectorizer.transform(texts).toarray()
    slope = np.atleast_2d(model[-1].coef_)
    truth = (x - mean)[:, :, None] * slope.T[None]
    bucket = {w: int(vectorizer.transform([w]).indices[0]) for w in WORDS}
    assert len(set(bucket.values())) == len(WORDS)
    found = words_of(local, texts)
    placed = np.zeros_like(truth)
    for (row, word), values in found.items():
        if word in bucket:
            np.testing.assert_allclose(values, truth[row, bucket[word]], atol=1e-9)
            placed[row, bucket[word]] = truth[row, bucket[word]]
        elif vectorizer.transform([word]).nnz == 0:
            np.testing.assert_array_equal(values, 0.0)
        else:
            at = vectorizer.transform([word]).indices
            placed[row, at] = truth[row, at]
    absent = (truth - placed).sum(axis=1)
    np.testing.assert_allclose(local.tokens.rest, absent, atol=1e-9)
    np.testing.assert_allclose(local.tokens.totals(), local.values[:, 0], atol=1e-9)
    np.testing.assert_allclose(local.outputs(), scores_of(model, texts), atol=1e-9)


def scores_of(model, texts):
    score = model.decision_function if hasattr(model, "decision_function") else model.predict
    return np.asarray(score(texts)).reshape(len(texts), -1)


@pytest.mark.parametrize(
    "vectorizer",
    [
        TfidfVectorizer(ngram_range=(1, 3)),
        CountVectorizer(analyzer="char", ngram_range=(1, 4)),
        HashingVectorizer(analyzer="char_wb", ngram_range=(2, 4), n_features=2**10),
        FeatureUnion([("w", TfidfVectorizer()), ("c", TfidfVectorizer(analyzer="char_wb"))]),
        CountVectorizer(tokenizer=lambda t: [w[:3] for w in t.split()], token_pattern=None),
    ],
    ids=["words", "characters", "hashed", "union", "tokenizer"],
)
def test_tokens_and_rest_add_up_to_the_score(vectorizer):
    model = make_pipeline(vectorizer, LogisticRegression()).fit(TEXTS, BINARY)
    texts = [*documents(9, 1), *ODD]
    _, local = explained(model, texts)
    np.testing.assert_allclose(local.outputs(), scores_of(model, texts), atol=1e-9)
    np.testing.assert_allclose(local.tokens.totals(), local.values[:, 0], atol=1e-9)
    # A text of no term is what all absent terms are.
    np.testing.assert_allclose(local.tokens.rest[9], local.values[9, 0])


def test_a_pair_of_words_is_half_of_each():
    model = make_pipeline(CountVectorizer(ngram_range=(2, 2)), Ridge()).fit(TEXTS, STARS)
    texts = ["good phone bad"]
    explainer, local = explained(model, texts)
    x = model[0].transform(explainer.subject.template.data["text"].tolist())
    value = model[-1].coef_ * (model[0].transform(texts).toarray()[0] - x.toarray().mean(axis=0))
    first, second = (value[model[0].vocabulary_[pair]] for pair in ("good phone", "phone bad"))
    np.testing.assert_allclose(
        local.tokens.values[:, 0], [first / 2, (first + second) / 2, second / 2], atol=1e-12
    )


TREES = {
    "tree": DecisionTreeClassifier(max_depth=6, random_state=0),
    "forest": RandomForestClassifier(8, max_depth=5, random_state=0),
    "catboost": CatBoostClassifier(iterations=5, depth=3, verbose=0, allow_writing_files=False),
    "lightgbm": LGBMClassifier(n_estimators=8, min_child_samples=3, verbose=-1),
}


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("vectorizer", [CountVectorizer(), TfidfVectorizer()])
def test_folded_trees_are_the_tree_kernel_on_vectorised_rows(vectorizer, name):
    y = CLASSES if name == "forest" else BINARY
    # Some take floats only.
    model = make_pipeline(vectorizer, TfidfTransformer(use_idf=False), TREES[name]).fit(TEXTS, y)
    texts = [*documents(6, 1), *ODD]
    _, local = explained(model, texts)
    front, estimator = model[:-1], model[-1]
    kernel = TreeExplainer(estimator, front.transform(TEXTS))
    truth = kernel.choice.engine.explain(front.transform(texts))
    np.testing.assert_allclose(local.base_values, truth.base_values)
    np.testing.assert_allclose(local.values[:, 0], truth.values.sum(axis=1), atol=1e-12)
    vocabulary = vectorizer.vocabulary_
    for (row, word), values in words_of(local, texts).items():
        if word in vocabulary:
            np.testing.assert_allclose(values, truth.values[row, vocabulary[word]], atol=1e-12)


@pytest.mark.parametrize("estimator", [MultinomialNB(), ComplementNB(), BernoulliNB()])
@pytest.mark.parametrize("y", [BINARY, CLASSES], ids=["binary", "classes"])
def test_naive_bayes_is_that_of_the_vectorised_rows(estimator, y):
    model = make_pipeline(CountVectorizer(), estimator).fit(TEXTS, y)
    texts = [*documents(6, 1), *ODD]
    _, local = explained(model, texts)
    rows = sparse.csr_matrix(model[0].transform(TEXTS))
    tabular = TabularExplainer(model[-1], rows).choice.engine
    truth = tabular.explain(model[0].transform(texts))
    np.testing.assert_allclose(local.values[:, 0], truth.values.sum(axis=1), atol=1e-9)
    for (row, word), values in words_of(local, texts).items():
        if word in model[0].vocabulary_:
            expected = truth.values[row, model[0].vocabulary_[word]]
            np.testing.assert_allclose(values, expected, atol=1e-9)


def test_sums_of_models_are_explained():
    vote = VotingClassifier([("a", TREES["tree"]), ("b", TREES["forest"])], voting="soft")
    model = make_pipeline(CountVectorizer(), vote).fit(TEXTS, BINARY)
    explainer, local = explained(model, TEXTS[:5])
    np.testing.assert_allclose(local.outputs(), model.predict_proba(TEXTS[:5]), atol=1e-6)
    assert "composed" in repr(explainer.choice.engine)


TABLE = pd.DataFrame(
    {
        "price": np.arange(80) % 7 * 1.5,
        "review": TEXTS,
        "shop": np.array(["a", "b", "c"])[np.arange(80) % 3],
    }
)


@pytest.mark.parametrize(
    "estimator", [Ridge(), LGBMRegressor(n_estimators=6, min_child_samples=3, verbose=-1)]
)
def test_columns_beside_the_text_are_those_of_the_tabular_explainer(estimator):
    front = make_column_transformer(
        (OneHotEncoder(), ["shop"]), (TfidfVectorizer(), "review"), (StandardScaler(), ["price"])
    )
    y = STARS + TABLE["price"] * (TABLE["shop"] == "a")
    model = make_pipeline(front, estimator).fit(TABLE, y)
    explainer = TextExplainer(model, TABLE, text_column="review", method="terms")
    rows = TABLE.iloc[:7]
    local = explainer.choice.engine.explain(rows)
    engineered = TabularExplainer(estimator, front.transform(TABLE)).choice.engine
    truth = engineered.explain(front.transform(rows)).values
    n_words = len(front.named_transformers_["tfidfvectorizer"].vocabulary_)
    folded = [truth[:, -1], truth[:, 3 : 3 + n_words].sum(axis=1), truth[:, :3].sum(axis=1)]
    np.testing.assert_allclose(local.values, np.stack(folded, axis=1), atol=1e-9)
    shown = explainer.explain_global(rows)
    assert list(shown.features[:2]) == ["price", "shop"]
    assert all(name.startswith("review: ") for name in shown.features[2:-1])


def test_a_search_stands_for_its_best_estimator():
    search = GridSearchCV(
        make_pipeline(TfidfVectorizer(), LogisticRegression()),
        {"logisticregression__C": [1.0, 10.0]}, cv=2,
    ).fit(TEXTS, BINARY)  # fmt: skip
    _, local = explained(search, TEXTS[:5])
    _, best = explained(search.best_estimator_, TEXTS[:5])
    np.testing.assert_array_equal(local.tokens.values, best.tokens.values)


def test_an_empty_baseline_is_the_answer_for_an_empty_text():
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, BINARY)
    _, local = explained(model, TEXTS[:5], baseline="empty")
    np.testing.assert_allclose(local.base_values, model.decision_function([""]))
    np.testing.assert_allclose(local.tokens.rest, 0.0, atol=1e-12)
    x = model[0].transform(TEXTS[:5]).toarray()
    for (row, word), values in words_of(local, TEXTS).items():
        if word in model[0].vocabulary_:
            at = model[0].vocabulary_[word]
            np.testing.assert_allclose(values, x[row, at] * model[-1].coef_[0, at], atol=1e-12)


def test_trees_with_an_empty_baseline_play_the_interventional_game():
    model = make_pipeline(CountVectorizer(), TREES["tree"]).fit(TEXTS, BINARY)
    explainer, local = explained(model, TEXTS[:5], baseline="empty")
    assert explainer.choice.engine.feature_perturbation == "interventional"
    np.testing.assert_allclose(local.base_values, model.predict_proba([""])[0])
    np.testing.assert_allclose(local.tokens.rest, 0.0, atol=1e-12)
    with pytest.raises(UnsupportedModelError, match="empty baseline"):
        TextExplainer(model, TEXTS, baseline="empty", feature_perturbation="tree_path_dependent")


def test_an_empty_baseline_keeps_the_background_of_other_columns():
    front = make_column_transformer((CountVectorizer(), "review"), (StandardScaler(), ["price"]))
    model = make_pipeline(front, Ridge()).fit(TABLE, STARS + TABLE["price"])
    explainer = TextExplainer(model, TABLE, text_column="review", baseline="empty")
    assert explainer.method == "text terms"
    base = model.predict(TABLE.assign(review="")).mean()
    np.testing.assert_allclose(explainer.choice.engine.base_values, [base])


@pytest.mark.parametrize("estimator", [TREES["forest"], VotingClassifier([("a", TREES["tree"])])])
def test_a_background_that_would_not_fit_is_refused(estimator, monkeypatch):
    monkeypatch.setattr(estimators, "_BACKGROUND_BYTES", 1_000)
    model = make_pipeline(CountVectorizer(), estimator).fit(TEXTS, BINARY)
    with pytest.raises(UnsupportedModelError, match="too many for it"):
        TextExplainer(model, TEXTS, method="terms", feature_perturbation="interventional")


def test_a_text_whose_terms_cannot_be_placed_has_them_in_its_rest():
    def words(text):
        return text.split() if "!" not in text else ["good", "bad"]

    front = CountVectorizer(tokenizer=words, token_pattern=None)
    model = make_pipeline(front, LogisticRegression()).fit(TEXTS, BINARY)
    texts = ["awful screen! again", "good bad"]
    with pytest.warns(UserWarning, match="1 of 2 texts .* method='masking'"):
        _, local = explained(model, texts)
    np.testing.assert_array_equal(local.tokens.values[local.tokens.row == 0], 0.0)
    np.testing.assert_allclose(local.tokens.rest[0], local.values[0, 0])
    np.testing.assert_allclose(local.outputs(), scores_of(model, texts), atol=1e-9)
    assert (local.tokens.values[local.tokens.row == 1] != 0).all()


def test_attributions_of_capital_letters_keep_their_places():
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, BINARY)
    text = "\u0130\u0130\u0130 GOOD \u0130 Bad"
    _, local = explained(model, [text])
    tokens = local.tokens
    valued = [text[a:b] for a, b, v in zip(tokens.start, tokens.end, tokens.values, strict=True)
              if v.any()]  # fmt: skip
    assert valued == ["GOOD", "Bad"]


def test_lowercase_is_that_of_the_vectorizers():
    for lowercase in (True, False):
        front = TfidfVectorizer(lowercase=lowercase)
        model = make_pipeline(front, LogisticRegression()).fit(TEXTS, BINARY)
        explainer = TextExplainer(model, TEXTS)
        assert explainer.choice.engine.lowercase is lowercase


def lists(rows):
    return rows.toarray().tolist()


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (make_pipeline(TfidfVectorizer(), TruncatedSVD(3), LogisticRegression()), "TruncatedSVD"),
        (make_pipeline(TfidfVectorizer(), KNeighborsClassifier()), "no exact engine explains"),
        (make_pipeline(CountVectorizer(analyzer=lambda t: [t[::-1]]), LogisticRegression()),
         "analyzer"),
        (make_pipeline(TfidfVectorizer(), FunctionTransformer(lists), LogisticRegression()),
         "a list of rows"),
    ],
)  # fmt: skip
def test_refusals_say_why(model, why):
    model.fit(TEXTS, BINARY)
    explainer = TextExplainer(model, TEXTS)
    assert explainer.method == "text masking"
    assert why in explainer.choice.refusals[0].reason
    with pytest.raises(UnsupportedModelError, match=why):
        TextExplainer(model, TEXTS, method="terms")


def test_a_function_is_refused():
    explainer = TextExplainer(lambda texts: np.array([float(len(t)) for t in texts]), TEXTS)
    assert "no Pipeline" in explainer.choice.refusals[0].reason


def test_a_restored_engine_of_trees_gives_the_same_values():
    front = TfidfVectorizer(ngram_range=(1, 2))
    model = make_pipeline(front, TREES["lightgbm"]).fit(TEXTS, BINARY)
    explainer, local = explained(model, TEXTS[:6])
    engine = explainer.choice.engine
    predictor = predictor_of(of_table(model, "text"))
    again = registry.restore(engine.name, engine.state(), lambda: predictor)
    rows = explainer.subject.template.data.iloc[:6]
    found = again.explain(rows)
    np.testing.assert_array_equal(found.values, engine.explain(rows).values)
    np.testing.assert_array_equal(found.tokens.values, local.tokens.values)
    assert registry.asked_by(again) is predictor.model
    assert registry.explains(again, predictor, rows)


def test_a_model_of_other_terms_is_refused():
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, BINARY)
    explainer, _ = explained(model, TEXTS[:6])
    engine, rows = explainer.choice.engine, explainer.subject.template.data
    longer = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["other words"] * 2, [0, 1])
    mixed = make_pipeline(TfidfVectorizer(), TruncatedSVD(2), LogisticRegression())
    mixed.fit(TEXTS, BINARY)
    for another in (longer, mixed):
        predictor = predictor_of(of_table(another, "text"))
        assert not registry.explains(engine, predictor, rows)
        with pytest.raises(InvalidInputError, match="that the explainer was made of"):
            registry.restore(engine.name, engine.state(), lambda given=predictor: given)


def test_a_million_buckets_need_little_memory():
    """Attributions of all features of 80 documents would be 0.7 GB."""
    front = HashingVectorizer(n_features=2**20)
    model = make_pipeline(front, RidgeClassifier(solver="sparse_cg")).fit(TEXTS, BINARY)
    tracemalloc.start()
    _, local = explained(model, TEXTS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(local.outputs(), scores_of(model, TEXTS), atol=1e-9)
    assert peak < 400e6


def test_an_explanation_is_of_words_and_of_absent_ones():
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, BINARY)
    explainer = TextExplainer(model, TEXTS)
    explanation = explainer.explain_global([*TEXTS[:5], *ODD])
    assert explanation.is_additive
    assert {"good", "bad"} <= set(explanation.features)
    assert explanation.quality["additivity_error_max"] < 1e-12


def test_what_a_model_has_made_of_rows_is_not_made_again(monkeypatch):
    model = make_pipeline(TfidfVectorizer(), TREES["lightgbm"]).fit(TEXTS, BINARY)
    explainer, local = explained(model, TEXTS[:6])
    engine = explainer.choice.engine
    rows = explainer._prepared.texts.table(TEXTS[:6])
    known = TransformedRows(rows, engine.model.halves.transform(rows))
    monkeypatch.setattr(TfidfVectorizer, "transform", None)
    np.testing.assert_array_equal(engine.explain(known).tokens.values, local.tokens.values)
    some = engine.explain(known.take(np.array([4, 1])))
    np.testing.assert_array_equal(some.values, local.values[[4, 1]])


class Clock:
    """One second later whenever it is looked at."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


@pytest.mark.parametrize(
    ("vectorizer", "text", "n_looks"),
    [
        (TfidfVectorizer(ngram_range=(1, 5)), "good bad phone " * 10, 7),
        (CountVectorizer(analyzer="char", ngram_range=(1, 4)), "good bad phone", 6),
        (CountVectorizer(analyzer="char_wb"), "good " * 20_000, 7),
        (FeatureUnion([("a", CountVectorizer()), ("b", CountVectorizer())]), "good bad phone", 6),
    ],
    ids=["words", "characters", "padded words", "union"],
)
def test_the_time_is_looked_at_within_a_document(vectorizer, text, n_looks, monkeypatch):
    model = make_pipeline(vectorizer, LogisticRegression()).fit(TEXTS, BINARY)
    explainer, _ = explained(model, TEXTS[:2])
    engine, rows = explainer.choice.engine, explainer._prepared.texts.table([text])
    clock = Clock()
    monkeypatch.setattr(time_limit, "clock", clock)
    with time_limit.within(1_000.0):
        engine.explain(rows)
    assert clock.now - 1.0 == n_looks
    with time_limit.within(n_looks - 1.0), pytest.raises(OutOfTimeError):
        engine.explain(rows)
