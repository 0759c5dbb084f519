"""What explanations of texts are worth: curves, exact values, human ratings; and what they cost.

``python -m benchmarks.text`` prints the tables; it takes some minutes. Documents are those of
`examples.reviews` that no model was fitted to; each of their sentences was rated by people. All
methods explain the same documents, and stand beside the same random order of their tokens.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from lightgbm import LGBMClassifier
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

from benchmarks import text_masking, text_network
from benchmarks.text_methods import COLUMN, EXACT, METHODS, N_SAMPLES
from examples import reviews
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.texts.cells import as_table
from mlflow_explain.data.texts.models import of_table
from mlflow_explain.engines.text.curves import deletion_curves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.explanation.tokens import TokenImportance

N_DOCUMENTS = 100


class Counting:
    """A model of texts that counts what it is asked for.

    Parameters
    ----------
    model : object
        A fitted classifier of a list of texts.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.classes_ = model.classes_
        self.n_asked = 0

    def predict(self, texts: Sequence[str]) -> Any:
        """Return labels."""
        self.n_asked += len(texts)
        return self.model.predict(texts)

    def predict_proba(self, texts: Sequence[str]) -> Any:
        """Return probabilities."""
        self.n_asked += len(texts)
        return self.model.predict_proba(texts)


@dataclass(frozen=True)
class Line:
    """One method, measured on all documents: each array is of shape (n_documents,).

    Parameters
    ----------
    model, method : str
        Names.
    deletion, insertion : ndarray
        Areas under the curves, of the probability of the class predicted.
    fewer, more : ndarray
        By how much a random order's area is larger in deletion, and smaller in insertion.
    exact, people : ndarray
        Rank correlations: of tokens with the exact values, of sentences with human ratings; NaN
        where there are none.
    seconds, asked : float
        A document.
    made_in : float
        Seconds until the explainer is made.
    """

    model: str
    method: str
    deletion: FloatArray
    insertion: FloatArray
    fewer: FloatArray
    more: FloatArray
    exact: FloatArray
    people: FloatArray
    seconds: float
    asked: float
    made_in: float


def lines() -> list[Line]:
    """Measure all methods on both models."""
    data = reviews.load()
    chosen = np.random.default_rng(0).choice(len(data.test), N_DOCUMENTS, replace=False)
    trees = make_pipeline(
        TfidfVectorizer(min_df=2, sublinear_tf=True),
        LGBMClassifier(min_child_samples=5, random_state=0, verbose=-1),
    )
    models = {"logistic regression": reviews.model(), "LightGBM": trees}
    return [
        line
        for name, model in models.items()
        for line in _measured(name, model.fit(data.train, data.train_y), data, chosen)
    ]


def section() -> str:
    """Measure all, and return the section of the report."""
    found = lines()
    head = (
        "| model | method | deletion | random - it | insertion | it - random | exact values | "
        "human ratings | made in, s | s / document | texts asked |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    return (
        f"## Text\n\n{N_DOCUMENTS} held-out documents of `examples/reviews.py`, TF-IDF. Deletion "
        "and insertion: areas under the curves of the predicted class's probability while tokens "
        "go, the most important first, or come; in the first less is better, in the second more. "
        "Beside them the paired difference from a random order of the same tokens, larger is "
        "better. Exact values: rank correlation of tokens with the closed form (logistic "
        "regression, against the empty text) or the folded tree kernel. Human ratings: rank "
        "correlation of sentences with what twenty readers said of each; it judges the model with "
        f"the explanation. Local linear models have {N_SAMPLES:,} samples. Means with standard "
        "errors over documents.\n\n"
        + head
        + "\n".join(_row(line) for line in found)
        + f"\n\n{text_masking.part()}\n\n{text_network.part()}"
    )


def main() -> None:
    """Measure and print."""
    print(section())  # noqa: T201 - the result is what the command is for


def _row(line: Line) -> str:
    parts = (line.deletion, line.fewer, line.insertion, line.more, line.exact, line.people)
    figures = " | ".join(_mean(part) for part in parts)
    return (
        f"| {line.model} | {line.method} | {figures} | {line.made_in:.1f} | {line.seconds:.3f} "
        f"| {line.asked:,.0f} |"
    )


def _mean(values: FloatArray) -> str:
    """Return a mean and its standard error."""
    known = values[np.isfinite(values)]
    if not len(known):
        return "-"
    return f"{known.mean():.3f} ± {known.std(ddof=1) / np.sqrt(len(known)):.3f}"


def _measured(name: str, model: Any, data: reviews.Reviews, chosen: Any) -> Iterator[Line]:
    """Yield the line of each method."""
    texts = [data.test[i] for i in chosen]
    rows = as_table(texts, COLUMN)
    predictor = predictor_of(of_table(model, COLUMN))
    exact: TokenImportance | None = None
    counting = Counting(model)
    for method, make in METHODS.items():
        begin = time.perf_counter()
        explain = make(model if method in EXACT else counting, data.train)
        made_in, before = time.perf_counter() - begin, counting.n_asked
        begin = time.perf_counter()
        tokens = explain(texts)
        seconds = time.perf_counter() - begin
        if exact is None:
            exact = tokens
        curves = deletion_curves(predictor, rows, tokens, documents=N_DOCUMENTS)
        assert curves is not None  # noqa: S101 - documents have tokens
        areas = curves.areas()
        yield Line(
            name,
            method,
            deletion=areas["deletion"],
            insertion=areas["insertion"],
            fewer=areas["deletion_random"] - areas["deletion"],
            more=areas["insertion"] - areas["insertion_random"],
            exact=_by_token(tokens, exact),
            people=_by_sentence(tokens, data, chosen),
            seconds=seconds / len(texts),
            asked=(counting.n_asked - before) / len(texts),
            made_in=made_in,
        )


def _towards(tokens: TokenImportance, row: int) -> FloatArray:
    """Return what a document's tokens are worth to the last class, (n_tokens,)."""
    return np.asarray(tokens.values[tokens.of_row(row), -1])


def _by_token(tokens: TokenImportance, exact: TokenImportance) -> FloatArray:
    """Return each document's rank correlation with the exact values."""
    return np.array([
        _correlation(_towards(tokens, row), _towards(exact, row)) for row in range(tokens.n_rows)
    ])  # fmt: skip


def _by_sentence(tokens: TokenImportance, data: reviews.Reviews, chosen: Any) -> FloatArray:
    """Return each document's rank correlation of its sentences with people's ratings."""
    found = []
    for row, document in enumerate(chosen):
        here, first = tokens.of_row(row), data.test_spans[document][:, 0]
        sentence = np.searchsorted(first, tokens.start[here], side="right") - 1
        worth = np.bincount(sentence, weights=_towards(tokens, row), minlength=len(first))
        found.append(_correlation(worth, data.test_ratings[document]))
    return np.array(found)


def _correlation(one: FloatArray, other: FloatArray) -> float:
    """Return the rank correlation; NaN of fewer than three values, or of equal ones."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(spearmanr(one, other).statistic)


if __name__ == "__main__":
    main()
