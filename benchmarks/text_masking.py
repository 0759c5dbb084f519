"""How near masking is to the values it estimates, by the length of a text.

The truth is many walks without any adjustment: what each token adds when it comes, in random orders
that keep sentences together, and backwards. Models are asked for counts of terms, which add up over
tokens, so that no text is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from lightgbm import LGBMClassifier
from scipy.special import expit
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from examples import reviews
from mlflow_explain import TextExplainer
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.text.masking import DEFAULT_ASKED, MOST_ASKED
from mlflow_explain.engines.text.structure import structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.engines.text.structure import Part

    Game = Callable[[FloatArray], FloatArray]

# Documents of so many words.
N_DOCUMENTS = {60: 3, 200: 3, 400: 3, 1_000: 2}
# Answers that a truth is made of; walks there and back at most.
N_STEPS, MOST_WALKS = 250_000, 1_000


@dataclass(frozen=True)
class Line:
    """A model, measured on documents of one length: means over documents.

    Parameters
    ----------
    words : int
        Of a document.
    model : str
        Name.
    asked : float
        Texts a document.
    error, truth_error : float
        Root mean square over tokens of the error, and of the standard error of the truth; over the
        mean absolute value.
    sentence_error : float
        As `error`, of sentences.
    rank, lime : float
        Rank correlations with the truth: of masking, and of LIME with as many texts.
    within : float
        Share of tokens within 1.96 standard errors, those of both.
    """

    words: int
    model: str
    asked: float
    error: float
    truth_error: float
    sentence_error: float
    rank: float
    within: float
    lime: float


def part() -> str:
    """Measure, and return the part of the report."""
    head = (
        "| words | model | texts asked | error | of the truth | error of sentences | "
        "rank correlation | within 1.96 standard errors | rank correlation of LIME |\n"
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    return (
        "### Masking against the length of a text\n\nDocuments joined from held-out ones and cut "
        "to so many words, three each, and two of 1,000. Probabilities of the logistic regression "
        "(TF-IDF) and of LightGBM (counts), the margin of the SVC (TF-IDF). Error: root mean "
        "square over tokens, over their mean absolute value, from a truth of up to "
        f"{MOST_WALKS:,} pairs of plain walks on counts of terms ({N_STEPS:,} answers), whose own "
        "standard error is beside it, and part of the error. Within: share of tokens whose error "
        "is below 1.96 standard errors, those of masking and of the truth together. LIME is asked "
        "for as many texts; its values are another game's, so that only ranks compare.\n\n"
        + head
        + "\n".join(map(_row, lines()))
    )


def lines() -> Iterator[Line]:
    """Yield what each model has at each length."""
    data = reviews.load()
    fitted = {name: model.fit(data.train, data.train_y) for name, model in models().items()}
    for words, count in N_DOCUMENTS.items():
        texts = documents(data.test, words, count)
        for name, model in fitted.items():
            each = np.mean([_measured(model, text, data.train) for text in texts], axis=0)
            yield Line(words, name, *each.tolist())


def models() -> dict[str, Any]:
    """Return unfitted models that begin with counts of terms."""
    weights = CountVectorizer(min_df=2), TfidfTransformer(sublinear_tf=True)
    trees = LGBMClassifier(min_child_samples=5, random_state=0, verbose=-1)
    return {
        "logistic regression": make_pipeline(*weights, LogisticRegression(C=10.0, max_iter=1_000)),
        "LightGBM": make_pipeline(CountVectorizer(min_df=2, dtype="float32"), trees),
        "SVC, RBF, margin": make_pipeline(
            CountVectorizer(min_df=2), TfidfTransformer(), SVC(C=10.0, gamma=1.0)
        ),
    }


def documents(texts: list[str], words: int, count: int) -> list[str]:
    """Return texts of so many words, each joined from random ones."""
    rng = np.random.default_rng([1, words])
    found = []
    for _ in range(count):
        joined: list[str] = []
        while len(joined) < words:
            joined += texts[rng.integers(len(texts))].split()
        found.append(" ".join(joined[:words]))
    return found


def true_values(game: Game, counts: FloatArray, root: Part) -> tuple[FloatArray, FloatArray]:
    """Return what tokens add in random orders, the mean and its standard error, (n_tokens,).

    Parameters
    ----------
    game : callable
        Answers for counts of terms.
    counts : ndarray of shape (n_tokens, n_terms)
        Those of each token.
    root : Part
        What orders keep together.
    """
    rng = np.random.default_rng(99)
    n = min(MOST_WALKS, N_STEPS // (2 * len(counts)))
    each = np.zeros((n, len(counts)))
    for walk in range(n):
        order = _order(rng, root)
        for way in (order, order[::-1]):
            present = np.pad(np.cumsum(counts[way], axis=0), ((1, 0), (0, 0)))
            each[walk, way] += np.diff(game(present)) / 2
    return each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(n)


def _measured(model: Any, text: str, examples: list[str]) -> tuple[float, ...]:
    """Return the figures of a `Line` of one document."""
    places = tokens_of([text])
    root = structure(places.sentence)
    assert root is not None  # noqa: S101 - there are tokens
    counts, game = _game(model, places.words([text]))
    # Sums of the tokens' counts are those of the text, and the game is the model.
    whole = game(counts.sum(axis=0, keepdims=True))
    np.testing.assert_allclose(whole, _own(model, text), atol=1e-6)
    truth, truth_error = true_values(game, counts, root)
    # What masking asks for by default.
    n_asked = min(DEFAULT_ASKED + 4 * len(counts), MOST_ASKED)
    masked, linear = (
        TextExplainer(model, examples, method=method, nsamples=n_asked, show_progress=False)
        .explain_local([text])
        .require_local()
        .tokens
        for method in ("masking", "lime")
    )
    values, errors = masked.values[:, -1], masked.standard_errors[:, -1]
    error = values - truth
    unit, sums = np.abs(truth).mean(), np.bincount(places.sentence, truth)
    both = np.hypot(errors, truth_error)
    return (
        n_asked,
        _size(error) / unit,
        _size(truth_error) / unit,
        _size(np.bincount(places.sentence, error)) / np.abs(sums).mean(),
        _correlation(values, truth),
        # The last is rounding.
        (np.abs(error) <= 1.96 * both + 1e-9).mean(),
        _correlation(linear.values[:, -1], truth),
    )


def _game(model: Any, words: list[str]) -> tuple[FloatArray, Game]:
    """Return counts of the terms of each word, and the model's answers for sums of them."""
    vectorizer, *_, last = model
    counts = vectorizer.transform(words)
    used = np.unique(counts.indices)
    weighted = model[1] if len(model) > 2 else None

    def terms(present: FloatArray) -> FloatArray:
        if weighted is None:
            return present
        if weighted.sublinear_tf:
            present = np.where(present > 0, 1 + np.log(np.maximum(present, 1)), 0)
        present = present * weighted.idf_[used]
        norm = np.linalg.norm(present, axis=1, keepdims=True)
        return np.asarray(present / np.where(norm > 0, norm, 1))

    answer = _answers(last, used, counts.shape[1])
    return counts[:, used].toarray().astype(float), lambda present: answer(terms(present))


def _answers(last: Any, used: IntArray, n_terms: int) -> Game:
    """Return the last step of a model, as a function of the terms that are used."""
    if isinstance(last, LogisticRegression):
        return lambda x: np.asarray(expit(x @ last.coef_[0, used] + last.intercept_[0]))
    if isinstance(last, SVC):
        vectors = last.support_vectors_.toarray()
        squares, vectors = (vectors**2).sum(axis=1), vectors[:, used]
        dual = last.dual_coef_.toarray()[0]

        def margin(x: FloatArray) -> FloatArray:
            distance = (x**2).sum(axis=1)[:, None] + squares - 2 * x @ vectors.T
            return np.asarray(np.exp(-last.gamma * distance) @ dual + last.intercept_[0])

        return margin

    def probability(x: FloatArray) -> FloatArray:
        full = np.zeros((len(x), n_terms), dtype=np.float32)
        full[:, used] = x
        return np.asarray(last.booster_.predict(full))

    return probability


def _own(model: Any, text: str) -> FloatArray:
    """Return the model's own answer for a text, (1,)."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba([text])[:, 1])
    return np.asarray(model.decision_function([text]))


def _order(rng: np.random.Generator, part: Part) -> IntArray:
    """Return a random order of tokens in which those of each part are together."""
    if not part.children:
        return np.array([part.start])
    turn = rng.permutation(len(part.children))
    return np.concatenate([_order(rng, part.children[i]) for i in turn])


def _size(values: FloatArray) -> float:
    return float(np.sqrt((values**2).mean()))


def _correlation(one: FloatArray, other: FloatArray) -> float:
    """Return the rank correlation, where rounding makes no order."""
    return float(spearmanr(one.round(9), other.round(9)).statistic)


def _row(line: Line) -> str:
    return (
        f"| {line.words:,} | {line.model} | {line.asked:,.0f} | {line.error:.2f} | "
        f"{line.truth_error:.2f} | {line.sentence_error:.2f} | {line.rank:.2f} | "
        f"{line.within:.2f} | {line.lime:.2f} |"
    )
