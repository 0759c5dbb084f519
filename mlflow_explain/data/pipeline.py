"""A Pipeline in two: the preprocessing, and the estimator that predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.pipeline import Pipeline

from mlflow_explain.data.kinds import full_name, is_frozen, is_pipeline, is_search
from mlflow_explain.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, eq=False, slots=True)
class Split:
    """The two halves of a model.

    Parameters
    ----------
    preprocess : transformer or None
        All fitted steps before the estimator, sharing the fitted objects; None without any.
    estimator : object
        The last step, or the model itself.
    """

    preprocess: Any
    estimator: Any


def split(model: Any) -> Split:
    """Split a fitted Pipeline, nested ones included; any other model is its own estimator.

    A search over parameters, such as GridSearchCV, stands for the best estimator it found, and a
    FrozenEstimator for the one inside it.

    Parameters
    ----------
    model : object
        A fitted model.

    Returns
    -------
    Split
        `preprocess.transform(rows)` then `estimator.predict` is what the Pipeline does.

    Raises
    ------
    UnsupportedModelError
        The Pipeline does not end in an estimator.
    """
    *around, estimator = layers(model)
    steps = [step for each in around if is_pipeline(each) for _, step in each.steps[:-1]]
    if estimator is None or not hasattr(estimator, "predict"):
        raise UnsupportedModelError(
            "a Pipeline whose last step predicts",
            f"one that ends in {estimator if isinstance(estimator, str) else full_name(estimator)}",
            "Add the estimator as last step, or explain the estimator with `transformations=`.",
        )
    # Samplers of imbalanced-learn act when fitting only: a prediction passes them by.
    kept = [(f"{i}", step) for i, step in enumerate(steps) if hasattr(step, "transform")]
    return Split(Pipeline(kept) if kept else None, estimator)


def layers(model: Any) -> Iterator[Any]:
    """Yield a model, and what predicts within it, down to the estimator that no other is in."""
    yield model
    while is_pipeline(model) or is_search(model) or is_frozen(model):
        if is_pipeline(model):
            model = model.steps[-1][1]
        else:
            model = model.best_estimator_ if is_search(model) else model.estimator
        yield model
