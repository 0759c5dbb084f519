"""How near the network of `HANTextExplainer` is to the models that it mimics."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from benchmarks.text_methods import COLUMN
from examples import reviews
from mlflow_explain import HANTextExplainer
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.texts.cells import as_table
from mlflow_explain.data.texts.models import of_table
from mlflow_explain.engines.mimic.scale import class_positions
from mlflow_explain.surrogates import fidelity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from examples.reviews import Reviews


@dataclass(frozen=True)
class Line:
    """A model, and what the network makes of it.

    Parameters
    ----------
    model : str
        Name.
    agreement, r2 : float
        Fidelity on documents that neither was fitted to.
    own_agreement, own_r2 : float
        On those that the explainer holds out, which the model was fitted to: its `quality`.
    made_in : float
        Seconds.
    """

    model: str
    agreement: float
    r2: float
    own_agreement: float
    own_r2: float
    made_in: float


def part() -> str:
    """Measure, and return the part of the report."""
    head = (
        "| model | agreement | R2 | agreement, its quality | R2, its quality | made in, s |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: |\n"
    )
    data = reviews.load()
    return (
        f"### What the network mimics\n\n`HANTextExplainer` as it is, on the {len(data.train)} "
        f"documents the models were fitted to. Agreement and R2 on the {len(data.test)} that no "
        "model was fitted to: share of documents of one class by both, and share of the variance "
        "of the log-odds. Its quality: the same on the fifth of its documents that "
        "the explainer holds out, which the model was fitted to. One seed.\n\n"
        + head
        + "\n".join(_row(line) for line in lines(data))
    )


def lines(data: Reviews) -> Iterator[Line]:
    """Yield what each model has."""
    for name, model in models().items():
        yield _measured(name, model.fit(data.train, data.train_y), data)


def models() -> dict[str, Any]:
    """Return unfitted models."""
    weights, counts = TfidfVectorizer(min_df=2, sublinear_tf=True), CountVectorizer(min_df=2)
    machine = CalibratedClassifierCV(SVC(C=10.0), ensemble=False)
    trees = LGBMClassifier(min_child_samples=5, random_state=0, verbose=-1)
    return {
        "logistic regression": reviews.model(),
        "SVC, RBF, probabilities": make_pipeline(weights, machine),
        "naive Bayes": make_pipeline(counts, MultinomialNB()),
        "LightGBM": make_pipeline(CountVectorizer(min_df=2, dtype="float32"), trees),
        "random forest": make_pipeline(weights, RandomForestClassifier(200, random_state=0)),
    }


def _measured(name: str, model: Any, data: Reviews) -> Line:
    begin = time.perf_counter()
    explainer = HANTextExplainer(model, data.train, show_progress=False)
    made_in = time.perf_counter() - begin
    engine, new = explainer.choice.engine, as_table(data.test, COLUMN)
    predictor = predictor_of(of_table(model, COLUMN))
    own = engine.explain(as_table(data.test, engine.column)).outputs()
    labels = class_positions(predictor, np.asarray(model.predict(data.test)))
    agreement = fidelity.agreement(labels, engine.scale.labels(own))
    r2 = fidelity.r2(engine.scale.outputs(predictor, new), own)
    assert agreement is not None and r2 is not None  # noqa: PT018, S101 - answers differ
    quality = engine.quality["fidelity_agreement"], engine.quality["fidelity_r2"]
    return Line(name, agreement, r2, *quality, made_in)


def _row(line: Line) -> str:
    return (
        f"| {line.model} | {line.agreement:.3f} | {line.r2:.2f} | {line.own_agreement:.3f} | "
        f"{line.own_r2:.2f} | {line.made_in:.0f} |"
    )
