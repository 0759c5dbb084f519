"""From what MLflow evaluates to its explanation, within a budget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.arranged import arranged
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.data.texts.models import takes_texts
from mlflow_explain.engines import registry
from mlflow_explain.errors import (
    InvalidInputError,
    MissingPartError,
    UnsupportedTransformerError,
)
from mlflow_explain.explainers.mimic import MimicExplainer
from mlflow_explain.explainers.tabular import TabularExplainer
from mlflow_explain.explainers.text import TextExplainer
from mlflow_explain.surrogates.models import LGBMExplainableModel
from mlflow_explain.tracking.evaluation import asked
from mlflow_explain.tracking.evaluation import model as seen
from mlflow_explain.tracking.evaluation.metered import Metered
from mlflow_explain.tracking.evaluation.rows import (
    BACKGROUND,
    Evaluated,
    Found,
    examples,
    explained,
)

if TYPE_CHECKING:
    from mlflow_explain.tracking.evaluation.options import EvaluatorOptions

# Rows that a surrogate of predictions is fitted on, per row explained, and at least.
_FITTED_PER_ROW, _FITTED_LEAST = 10, 1_000
_SURROGATE: Any = LGBMExplainableModel


def explain(model: Any, given: Evaluated, column: str | None, options: EvaluatorOptions) -> Found:
    """Explain what MLflow evaluates.

    Parameters
    ----------
    model : object or None
        A PyFuncModel, another object with `predict`, or None for predictions made before.
    given : Evaluated
        The rows.
    column : str or None
        Name of the model's output that is evaluated.
    options : EvaluatorOptions
        How.

    Raises
    ------
    ExplainError
        Nothing can be explained, or not within the time and the predictions allowed.
    """
    if len(given) == 0:
        raise InvalidInputError("rows to evaluate", "none", "Pass some rows.")
    if model is None:
        return _finished(_of_predictions(given, options), given)
    given = replace(given, features=seen.taken(given.features, model))
    if is_frame(given.features):
        given = replace(given, names=[str(name) for name in given.features.columns])
    return _finished(_of_model(model, given, column, options), given)


def _of_model(model: Any, given: Evaluated, column: str | None, options: EvaluatorOptions) -> Found:
    inner = seen.inside(model, given.rows(given.drawn(BACKGROUND)))
    if inner is None:
        most = options.max_predictions
        function = Metered(lambda rows: seen.answers_of(model.predict(rows), column), most)
        return asked.explain(function, seen.name_of(model), given, options)
    if takes_texts(inner):
        return _of_texts(inner, given, options)
    if options.explainer == "auto":
        try:
            explainer = TabularExplainer(
                inner, examples(given, options), features=given.given_names
            )
        except UnsupportedTransformerError:
            # A transformer mixes columns: nobody asked to share attributions among them.
            explainer = None
        if explainer is not None and explainer.method != registry.ANY.name:
            return explained(explainer, given, options.max_rows)
    answer, name = seen.of_object(inner)
    return asked.explain(Metered(answer, options.max_predictions), name, given, options)


def _of_texts(model: Any, given: Evaluated, options: EvaluatorOptions) -> Found:
    """Explain a model of a list of texts, which are the only column."""
    if len(given.names) != 1 or options.explainer != "auto":
        raise InvalidInputError(
            "a table of one column of texts and the targets, and explainer='auto', for a model "
            "of a list of texts",
            f"{len(given.names)} columns and explainer={options.explainer!r}",
            "Evaluate the column of texts with the targets alone, or keep an explanation by "
            "TextExplainer and log_explanation.",
        )
    if not is_frame(given.features):
        named = pd.DataFrame(given.features, columns=[str(name) for name in given.names])
        given = replace(given, features=named)
    column = str(given.features.columns[0])
    explainer = TextExplainer(
        model, examples(given, options), text_column=column, show_progress=False
    )
    return explained(explainer, given, options.max_rows)


def _of_predictions(given: Evaluated, options: EvaluatorOptions) -> Found:
    """Explain predictions without a model, by a surrogate that is fitted to them."""
    if given.predictions is None:
        raise MissingPartError("a model, or predictions", "neither", "Pass one of them.")
    if options.explainer not in {"auto", "mimic"}:
        raise InvalidInputError(
            "explainer='mimic' where there are predictions and no model to ask",
            repr(options.explainer),
            "Leave `explainer` out, or pass the model.",
        )
    fitted = given.drawn(max(_FITTED_PER_ROW * options.max_rows, _FITTED_LEAST))
    # The index tells the surrogate's teacher which row it is asked for.
    names = [str(name) for name in given.names]
    frame = pd.DataFrame(given.features).set_axis(names, axis=1)
    frame = frame.set_axis(range(len(frame)), axis=0)
    answers = given.predictions
    model = seen.as_function(seen.looked_up(answers), answers[fitted], given.targets, given.task)
    explainer = MimicExplainer(model, frame.iloc[fitted], _SURROGATE, augment_data=False)
    numbered = replace(given, features=frame, names=names)
    found = explained(explainer, numbered, options.max_rows)
    made = replace(found.explanation, model_type="predictions")
    how = (
        "No model was given: a surrogate fitted to the predictions is explained; its fidelity "
        "says how near it is to them."
    )
    return replace(found, explanation=made, how=how)


def _finished(found: Found, given: Evaluated) -> Found:
    """Return an explanation whose rows are in the order of the evaluation, with their own ids."""
    at = found.positions
    index = given.features.index[at].to_numpy() if is_frame(given.features) else None
    made = arranged(found.explanation, at, index, len(given))
    return replace(found, explanation=made, positions=np.sort(at))
