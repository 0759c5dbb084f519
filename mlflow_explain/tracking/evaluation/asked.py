"""Explaining a model that MLflow evaluates by asking it only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlflow_explain.data import time_limit
from mlflow_explain.data.functions import FunctionClassifier, FunctionLabels
from mlflow_explain.data.reading import two_dimensional
from mlflow_explain.engines.black_box.limits import DEFAULT_COALITIONS, LEAST_COALITIONS, MAX_EXACT
from mlflow_explain.errors import MissingPartError, OutOfTimeError
from mlflow_explain.explainers.forced import KernelExplainer
from mlflow_explain.explainers.mimic import MimicExplainer
from mlflow_explain.explainers.pfi import PFIExplainer
from mlflow_explain.surrogates.models import LGBMExplainableModel
from mlflow_explain.tracking.evaluation import model as seen
from mlflow_explain.tracking.evaluation.rows import (
    BACKGROUND,
    Evaluated,
    Found,
    examples,
    explained,
)

if TYPE_CHECKING:
    from mlflow_explain.tracking.evaluation.metered import Metered
    from mlflow_explain.tracking.evaluation.options import EvaluatorOptions

# A black box is asked for attributions where so many rows can have them, else for what permuted
# columns cost it.
_WORTH = 30
_REPEATS = 5
# How often the background, or the rows, are asked for beside what is planned.
_ASKED_ANYWAY = 3
# Rows to wake a model with.
_FEW = 10
# A part of what is left is planned with: rows differ, and so does the machine.
_SAFE = 0.5
_SURROGATE: Any = LGBMExplainableModel


def explain(function: Metered, name: str, given: Evaluated, options: EvaluatorOptions) -> Found:
    """Explain a model by its answers: attributions if they can be had, else permutations.

    Parameters
    ----------
    function : Metered
        Answers numbers, labels or probabilities of rows.
    name : str
        What the model is called.
    given : Evaluated
        The rows.
    options : EvaluatorOptions
        How.

    Raises
    ------
    InvalidInputError
        It answers nothing of the kind.
    OutOfTimeError
        The time or the predictions allowed suffice for no explanation.
    """
    some = given.rows(given.drawn(BACKGROUND))
    # The first call may load or compile, and says little of how long a row takes.
    function(given.rows(given.drawn(_FEW)))
    # A function may write to what it is given.
    answer = time_limit.asked(lambda rows: function(rows.copy()), some)
    model = seen.as_function(function, answer, given.targets, given.task)
    method = options.explainer
    if method == "auto":
        method = _method_for(model, given, function.in_time(_SAFE))
    made = _MAKERS[method](model, function, given, options)
    how = f"{_HOW[method]} (`explainer` in `evaluator_config` chooses another way.)"
    return replace(made, explanation=replace(made.explanation, model_type=name), how=how)


def _method_for(model: seen.AsFunction, given: Evaluated, predictions: int) -> str:
    """Return how to explain a model that is asked only, with so many predictions.

    Where it tells a number or probabilities, and few columns make all coalitions cheap, they are
    asked for. What tells labels only has no output to share among the columns.
    """
    n_columns = given.features.shape[1]
    per_row = 2**n_columns * min(BACKGROUND, len(given))
    affordable = n_columns <= MAX_EXACT and per_row * _WORTH <= predictions
    return "kernel" if affordable and not isinstance(model, FunctionLabels) else "pfi"


def _kernel(
    model: seen.AsFunction, function: Metered, given: Evaluated, options: EvaluatorOptions
) -> Found:
    """Explain single rows by asking for coalitions of columns."""
    n_columns, background = given.features.shape[1], examples(given, options)
    n_background = min(BACKGROUND, two_dimensional(background).shape[0])
    allowed = function.in_time(_SAFE)
    # Fewer coalitions, with larger standard errors, where the usual number leaves few rows.
    coalitions = max(
        LEAST_COALITIONS * n_columns,
        min(DEFAULT_COALITIONS, allowed // (n_background * _WORTH)),
    )
    per_row = n_background * (2**n_columns if n_columns <= MAX_EXACT else coalitions)
    wanted = min(options.max_rows, len(given))
    most = min(wanted, (allowed - _ASKED_ANYWAY * n_background) // per_row)
    if most < 1:
        raise _too_few(1, most, per_row)
    explainer = KernelExplainer(
        model, background, features=given.given_names, nsamples=coalitions, show_progress=False
    )
    first = explained(explainer, given, most)
    used = function.most - function.left
    # Rows that share values with the background ask for less than was planned with.
    allowed = min(int(_SAFE * function.left), function.in_time(_SAFE))
    more = min(wanted, allowed * most // used)
    if more < 2 * most:
        return first
    try:
        second = explained(explainer, given, more)
    except OutOfTimeError:
        return first
    return second if len(second.positions) > len(first.positions) else first


def _mimic(
    model: seen.AsFunction, function: Metered, given: Evaluated, options: EvaluatorOptions
) -> Found:
    """Explain a surrogate that is fitted to answers for the rows, and for some between them."""
    n_rows = min(len(given), options.max_rows)
    # Real rows are asked for to fit the surrogate, and again where it is explained.
    times = function.in_time(_SAFE) // n_rows - _ASKED_ANYWAY
    explainer = MimicExplainer(
        model,
        given.rows(given.drawn(n_rows)),
        _SURROGATE,
        augment_data=times > 0,
        max_num_of_augmentations=max(1, min(10, times)),
        features=given.given_names,
    )
    return explained(explainer, given, n_rows)


def _pfi(
    model: seen.AsFunction, function: Metered, given: Evaluated, options: EvaluatorOptions
) -> Found:
    """Say what the model's score loses where a column is permuted."""
    if given.targets is None:
        raise MissingPartError(
            "observed outcomes, by which permuted columns are scored", "none", "Pass `targets`."
        )
    per_row = 1 + _REPEATS * given.features.shape[1]
    count = min(len(given), options.max_rows, function.in_time(_SAFE) // per_row)
    least = min(_WORTH, len(given), options.max_rows)
    if count < least:
        raise _too_few(least, count, per_row)
    positions = given.drawn(count)
    explainer = PFIExplainer(
        model,
        features=given.given_names,
        # The logarithmic loss: accuracy hardly changes where classes are rare.
        for_classifier_use_predict_proba=isinstance(model, FunctionClassifier),
        n_repeats=_REPEATS,
        show_progress=False,
    )
    explanation = explainer.explain_global(given.rows(positions), given.targets[positions])
    return Found(explanation, positions)


_MAKERS = {"kernel": _kernel, "mimic": _mimic, "pfi": _pfi}
_HOW = {
    "kernel": "The model was asked from outside, with coalitions of its columns.",
    "mimic": "A surrogate of the model is explained; its fidelity says how near it is.",
    "pfi": "The model was asked from outside: importance is what its score loses where a column "
    "is permuted.",
}


def _too_few(least: int, count: int, per_row: int) -> OutOfTimeError:
    return OutOfTimeError(
        f"time and predictions for {least} rows at least",
        f"those for {max(0, count)}: the model is asked {per_row:,} times for each",
        "Raise `max_seconds` or `max_predictions`.",
    )
