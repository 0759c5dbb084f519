"""The table of scoring explainers in docs/scoring.md: made, saved, weighed. Run to write it."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, SVR

from mlflow_explain import (
    KernelExplainer,
    LGBMExplainableModel,
    LIMEExplainer,
    LinearExplainableModel,
    MimicExplainer,
    TabularExplainer,
)
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.scoring.explainers import engine_kind, size_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlflow_explain import ScoringExplainer

PAGE = Path(__file__).parent / "scoring.md"
BEGIN, END = "<!-- sizes: begin -->", "<!-- sizes: end -->"
HEADER = ("class", "engine", "for example", "numbers and texts", "one file")
BESIDE = "beside its model only"
NEIGHBOURS = "any model: nearest neighbours"

# As large as many a table that is trained on.
X, Y = make_classification(2_000, 30, n_informative=12, random_state=0)


@dataclass(frozen=True)
class Example:
    """A model of an engine.

    Parameters
    ----------
    name : str
        What users call it.
    explainer : callable
        Returns its explainer.
    """

    name: str
    explainer: Callable[[], Any]


def examples() -> list[Example]:
    """Return an example of each engine, and of large models."""
    boosting = LGBMClassifier(n_estimators=100, num_leaves=31, verbose=-1, random_state=0)
    cat = CatBoostClassifier(iterations=100, verbose=0, allow_writing_files=False, random_seed=0)
    forest = RandomForestClassifier(100, random_state=0)
    neighbours = KNeighborsClassifier().fit(X, Y)
    bagging = BaggingRegressor(SVR(), 10, max_samples=0.3, random_state=0)

    def tabular(model: Any) -> Callable[[], Any]:
        return lambda: TabularExplainer(model.fit(X, Y), X)

    return [
        Example("LightGBM, 100 trees of 31 leaves", tabular(boosting)),
        Example("random forest, 100 deep trees", tabular(forest)),
        Example("CatBoost, 100 trees", tabular(cat)),
        Example("logistic regression", tabular(LogisticRegression())),
        Example("SVC, 2,000 rows", tabular(SVC())),
        Example("bagging of 10 SVRs of 600 rows", tabular(bagging)),
        Example("PyTorch, two layers", lambda: TabularExplainer(network(), X.astype(np.float32))),
        Example(NEIGHBOURS, lambda: KernelExplainer(neighbours, X, show_progress=False)),
        Example(NEIGHBOURS, lambda: LIMEExplainer(neighbours, X, show_progress=False)),
        Example(NEIGHBOURS, lambda: MimicExplainer(neighbours, X, LGBMExplainableModel)),
        Example(NEIGHBOURS, lambda: MimicExplainer(neighbours, X, LinearExplainableModel)),
    ]


def network() -> Any:
    """Return a network of torch."""
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(30, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a line per example."""
    for example in examples():
        scoring = example.explainer().create_scoring_explainer()
        kind = engine_kind(scoring.scorer.engine)
        yield (
            f"`{type(scoring).__name__}`", kind, example.name, size_in_words(scoring.nbytes),
            file_size(scoring),
        )  # fmt: skip


def file_size(scoring: ScoringExplainer) -> str:
    """Return the size of the single file, in words."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = scoring.save(Path(folder) / "kept")
        except UnsupportedModelError:
            return BESIDE
        return size_in_words(Path(path).stat().st_size)


def table() -> str:
    """Return the table as Markdown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines = [HEADER, ("---",) * len(HEADER), *rows()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(document: str, made: str) -> str:
    """Return a document with the table between its marks."""
    before, rest = document.split(BEGIN)
    return f"{before}{BEGIN}\n{made}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), table()))
