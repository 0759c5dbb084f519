"""README's table of models and explainers: fitted, explained and read off. Run to write it anew."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, OneClassSVM
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

from mlflow_explain import (
    DeepExplainer,
    KernelExplainer,
    LGBMExplainableModel,
    LIMEExplainer,
    LinearExplainer,
    MimicExplainer,
    PFIExplainer,
    TabularExplainer,
    TreeExplainer,
)
from mlflow_explain.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- supported: begin -->", "<!-- supported: end -->"

ANY = "any other; any function"

# More columns than the black box enumerates.
X, CLASSES = make_classification(
    120, 13, n_informative=6, n_redundant=0, n_classes=3, random_state=0
)
TARGETS = {
    "two classes": (CLASSES > 0).astype(int),
    "three classes": CLASSES,
    "regression": abs(X[:, 0]) + CLASSES + 1.0,
}
SMALL = {"n_estimators": 3, "random_state": 0}


@dataclass(frozen=True)
class Family:
    """Models that are explained alike.

    Parameters
    ----------
    name : str
        What users call them.
    classifier, regressor : estimator or None
        An unfitted one of each; None where there is none.
    """

    name: str
    classifier: Any
    regressor: Any


def families() -> list[Family]:
    """Return the families of the table."""
    forest = RandomForestClassifier(**SMALL), RandomForestRegressor(**SMALL)
    quiet = {"verbose": 0, "allow_writing_files": False, "iterations": 3}
    return [
        Family("LightGBM", LGBMClassifier(verbose=-1, **SMALL), LGBMRegressor(verbose=-1, **SMALL)),
        Family("XGBoost", XGBClassifier(**SMALL), XGBRegressor(**SMALL)),
        Family("CatBoost", CatBoostClassifier(**quiet), CatBoostRegressor(**quiet)),
        Family("decision tree", DecisionTreeClassifier(), DecisionTreeRegressor()),
        Family("random forest", *forest),
        Family("extra trees", ExtraTreesClassifier(**SMALL), ExtraTreesRegressor(**SMALL)),
        Family(
            "gradient boosting",
            GradientBoostingClassifier(**SMALL),
            GradientBoostingRegressor(**SMALL),
        ),
        Family(
            "histogram gradient boosting",
            HistGradientBoostingClassifier(max_iter=3),
            HistGradientBoostingRegressor(max_iter=3),
        ),
        Family("isolation forest", None, IsolationForest(**SMALL)),
        Family("logistic, linear regression", LogisticRegression(), LinearRegression()),
        Family("Poisson and other log links", None, PoissonRegressor()),
        Family("linear SVM", LinearSVC(), LinearSVR()),
        Family("discriminant analysis", LinearDiscriminantAnalysis(), None),
        Family("naive Bayes", GaussianNB(), None),
        Family("SVM with RBF kernel", SVC(), SVR()),
        Family("one-class SVM", None, OneClassSVM()),
        Family("kernel ridge", None, KernelRidge(kernel="rbf")),
        Family("Gaussian process", None, GaussianProcessRegressor()),
        Family(
            "calibrated linear SVM (one sigmoid)",
            CalibratedClassifierCV(LinearSVC(), ensemble=False),
            None,
        ),
        Family(
            "voting of forests",
            VotingClassifier([("a", forest[0])], voting="soft"),
            VotingRegressor([("a", forest[1])]),
        ),
        Family("bagging of trees", BaggingClassifier(**SMALL), BaggingRegressor(**SMALL)),
        Family(
            "stacking of forests",
            StackingClassifier([("a", forest[0])], LogisticRegression()),
            StackingRegressor([("a", forest[1])], LinearRegression()),
        ),
        Family("one against the rest, logistic", OneVsRestClassifier(LogisticRegression()), None),
        Family(
            "transformed target, linear (identity)",
            None,
            TransformedTargetRegressor(LinearRegression()),
        ),
        Family(
            "neural network of scikit-learn",
            MLPClassifier((4,), max_iter=5),
            MLPRegressor(hidden_layer_sizes=(4,), max_iter=5),
        ),
        Family("nearest neighbours", KNeighborsClassifier(), KNeighborsRegressor()),
    ]


def rows_of_families() -> Iterator[list[str]]:
    """Yield a line per family: who explains it, and in which unit, for each task."""
    for family in families():
        explained = {}
        for task, target in TARGETS.items():
            model = family.regressor if task == "regression" else family.classifier
            if model is not None:
                explained[task] = TabularExplainer(model.fit(X, target), X)
        forced = [kind for kind in (TreeExplainer, LinearExplainer) if _all_take(kind, explained)]
        names = [f"`{kind.__name__}`" for kind in (TabularExplainer, *forced)]
        yield [family.name, ", ".join(names), *(cell(explained.get(task)) for task in TARGETS)]


def rows_of_explainers() -> Iterator[list[str]]:
    """Yield a line per explainer that takes any model with `predict`, or a function."""
    models = {
        "two classes": KNeighborsClassifier(),
        "three classes": KNeighborsClassifier(),
        "regression": KNeighborsRegressor(),
    }
    fitted = {task: models[task].fit(X, target) for task, target in TARGETS.items()}
    kinds: dict[str, Callable[[Any], Any]] = {
        "KernelExplainer": lambda model: KernelExplainer(model, X, show_progress=False),
        "MimicExplainer": lambda model: MimicExplainer(model, X, LGBMExplainableModel),
        "LIMEExplainer": lambda model: LIMEExplainer(model, X, show_progress=False),
    }
    for name, kind in kinds.items():
        yield [ANY, f"`{name}`", *(cell(kind(model)) for model in fitted.values())]
    measures = [
        PFIExplainer(model, show_progress=False).explain_global(X, TARGETS[task]).global_measure
        for task, model in fitted.items()
    ]
    yield [ANY, "`PFIExplainer` (global only)", *measures]


def rows_of_networks() -> Iterator[list[str]]:
    """Yield the line of networks."""
    import torch

    torch.manual_seed(0)
    widths = {"two classes": 2, "three classes": 3, "regression": 1}
    cells = [
        cell(DeepExplainer(torch.nn.Sequential(torch.nn.Linear(13, n), torch.nn.Tanh()), X))
        for n in widths.values()
    ]
    yield ["PyTorch, Keras", "`TabularExplainer`, `DeepExplainer`", *cells]


def cell(explainer: Any) -> str:
    """Return an explainer's engine, its unit, and whether its values are exact."""
    if explainer is None:
        return ""
    engine = explainer.choice.engine
    sampled = not getattr(engine, "is_exact", True)
    how = "approximate" if sampled or engine.tolerance == math.inf else "exact"
    return f"{engine.name}: {engine.output_space}, {how}"


def table() -> str:
    """Return the table as Markdown."""
    header = ["model", "explainer", *TARGETS]
    lines = [header, ["---"] * len(header)]
    with warnings.catch_warnings():
        # Models of three trees or five steps, on few rows, have not converged.
        warnings.simplefilter("ignore")
        lines += [*rows_of_families(), *rows_of_networks(), *rows_of_explainers()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(document: str, made: str) -> str:
    """Return a document with the table between its marks."""
    before, rest = document.split(BEGIN)
    return f"{before}{BEGIN}\n{made}\n{END}{rest.split(END)[1]}"


def _all_take(kind: Any, explained: dict[str, Any]) -> bool:
    """Whether an explainer of one kind of engine takes all the models."""
    try:
        for explainer in explained.values():
            kind(explainer.subject.whole.model, X)
    except UnsupportedModelError:
        return False
    return True


if __name__ == "__main__":
    README.write_text(written(README.read_text(), table()))
