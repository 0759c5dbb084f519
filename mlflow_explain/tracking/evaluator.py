"""`ExplainEvaluator`: explains what `mlflow.evaluate` evaluates, as a plugin of MLflow's."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mlflow.models.evaluation.base import EvaluationResult, ModelEvaluator

from mlflow_explain.errors import ArtifactNotFoundError, in_one_line, warn_or_log

if TYPE_CHECKING:
    from mlflow_explain.tracking.evaluation.options import EvaluatorOptions
    from mlflow_explain.tracking.evaluation.rows import Found
    from mlflow_explain.tracking.runs.logged import LoggedExplanation

_logger = logging.getLogger(__name__)

_TASKS = {"classifier": "classification", "regressor": "regression"}


class ExplainEvaluator(ModelEvaluator):
    """Explain the model, function or predictions that `mlflow.evaluate` evaluates.

    MLflow finds it by the name ``"mlflow_explain"``, and calls it for classifiers and regressors
    where `evaluators` names it, or is left out. It keeps an explanation with the evaluation's run,
    and adds its figures and files to the result. It never raises: what fails is a warning, and
    the other evaluators' results stay what they are.

    A model of MLflow's scikit-learn, LightGBM, XGBoost and CatBoost flavours, and a pair of ours,
    is looked into and explained as by `TabularExplainer`. Any other model or function is asked
    only: where it tells a number or probabilities and has few columns, for the coalitions of
    `KernelExplainer`; else for permuted columns, scored by the targets, as by `PFIExplainer`.
    Predictions without a model are explained by a surrogate fitted to them, with its fidelity.

    It is cheap unless told otherwise: at most 1,000 rows, drawn at random, are explained, a model
    that is asked only is asked for at most 1,000,000 rows, and after 30 seconds it ends with the
    rows explained until then. A call of the model, or the making of an engine, is not interrupted.
    Writing the explanation to the run comes on top. Where time or predictions leave
    rows out, a warning says how many were explained.

    It is off where the environment variable ``MLFLOW_EXPLAIN_EVALUATOR`` is ``false``, ``0``,
    ``no`` or ``off``, unless `enabled` says otherwise.

    Parameters
    ----------
    enabled : bool, default=True
        Explain at all. Also off where ``log_model_explainability=False`` stands beside it.
    explainer : {"auto", "kernel", "mimic", "pfi"}, default="auto"
        How; all but ``"auto"`` ask the model only. ``"mimic"`` explains a surrogate of it.
    max_rows : int, default=1000
        Most rows to explain.
    max_seconds : float, default=30
        Time for explaining.
    max_predictions : int, default=1000000
        Most rows to ask a model for that is not looked into.
    initialization_examples : DataFrame or array, optional
        Rows that stand for absent features, training rows say; by default 100 evaluation rows.
    log_explanations : bool, default=True
        Keep the explanation with the run; otherwise only its figures are in the result.
    include_data : bool, default=True
        Keep the explained rows and their outcomes, too.
    top_k : int, optional
        Keep the values of so many most important columns only; by default, or with 0, all.
    comment : str, optional
        Free text kept with the explanation, before what the evaluator says itself.

    Notes
    -----
    These are keys of `evaluator_config`, which MLflow reads in three ways: with one evaluator by
    name it is that evaluator's; with several it is ``{evaluator: its config}``; without
    `evaluators` it is either of them, and if it names no evaluator all of them are given all keys.

    Examples
    --------
    ::

        mlflow.models.evaluate(
            model_uri, data, targets="y", model_type="classifier",
            evaluators=["default", "mlflow_explain"],
            evaluator_config={"mlflow_explain": {"max_rows": 200}},
        )
    """

    @classmethod
    def can_evaluate(
        cls, *, model_type: str | None, evaluator_config: dict[str, Any], **_: Any
    ) -> bool:
        """Whether MLflow is to call `evaluate`: for classifiers and regressors.

        Where it is turned off it is called, too, and answers nothing: MLflow raises if no
        evaluator takes a model.
        """
        del evaluator_config
        return model_type in _TASKS

    def evaluate(
        self,
        *,
        model_type: str,
        dataset: Any,
        run_id: str,
        evaluator_config: dict[str, Any],
        model: Any = None,
        predictions: str | None = None,
        model_id: str | None = None,
        **_: Any,
    ) -> EvaluationResult:
        """Explain, and return the figures and files.

        Parameters
        ----------
        model_type : {"classifier", "regressor"}
            What is evaluated.
        dataset : EvaluationDataset
            Features, targets and predictions.
        run_id : str
            The evaluation's run.
        evaluator_config : dict
            The options.
        model : PyFuncModel, another object with `predict`, or None
            None for predictions in the dataset.
        predictions : str, optional
            The output of the model that is evaluated, where it has several.
        model_id : str, optional
            The logged model.

        Returns
        -------
        EvaluationResult
            Empty where nothing could be explained.
        """
        try:
            return _evaluated(
                model_type, dataset, run_id, evaluator_config, (model, predictions, model_id)
            )
        except Exception as error:
            # The user's evaluation goes on, whatever a model, an engine or a store does here.
            _warn(f"the evaluation goes on without an explanation. {in_one_line(error)}")
            _logger.debug("The explanation of an evaluation failed.", exc_info=True)
        return _result({}, {}, run_id)


def _result(metrics: dict[str, float], files: dict[str, Any], run_id: str) -> EvaluationResult:
    return EvaluationResult(metrics, files, run_id)  # type: ignore[no-untyped-call]


def _evaluated(
    model_type: str, dataset: Any, run_id: str, config: Any, asked: tuple[Any, Any, Any]
) -> EvaluationResult:
    from mlflow_explain.tracking.evaluation import options as evaluator_options
    from mlflow_explain.tracking.evaluation.artifacts import KINDS
    from mlflow_explain.tracking.runs import figures

    options, unknown = evaluator_options.read(config)
    if not options.enabled:
        return _result({}, {}, run_id)
    if unknown:
        known = ", ".join(evaluator_options.KNOWN)
        _warn(f"options {', '.join(unknown)} of the evaluator are not known; it knows {known}.")
    model, column, model_id = asked
    found = _found(model, column, dataset, model_type, options)
    artifacts = {}
    if options.log_explanations:
        logged = _logged(found, dataset, run_id, options, _uri_of(model, model_id))
        artifacts = {name: kind(uri=f"{logged.uri}/{file}") for name, (kind, file) in KINDS.items()}
    return _result(figures.metrics(found.explanation), artifacts, run_id)


def _found(
    model: Any, column: str | None, dataset: Any, model_type: str, options: EvaluatorOptions
) -> Found:
    from mlflow.tracing.provider import trace_disabled

    from mlflow_explain.data import time_limit
    from mlflow_explain.data.randomness import random_state_kept
    from mlflow_explain.tracking.evaluation import whole as evaluation
    from mlflow_explain.tracking.evaluation.rows import Evaluated

    given = Evaluated(
        features=dataset.features_data,
        names=dataset.feature_names,
        targets=dataset.labels_data,
        predictions=dataset.predictions_data,
        task=_TASKS[model_type],
    )
    with time_limit.within(options.max_seconds), random_state_kept():
        # Predictions for the sake of an explanation would fill the list of the user's traces.
        untraced = trace_disabled(evaluation.explain)
        found: Found = untraced(model, given, column, options)
    wanted = min(options.max_rows, len(given))
    if len(found.positions) < wanted:
        _warn(
            f"explained {len(found.positions)} of {wanted} rows within "
            f"max_seconds={options.max_seconds:g} and max_predictions={options.max_predictions:,}."
        )
    return found


def _logged(
    found: Found, dataset: Any, run_id: str, options: EvaluatorOptions, model_uri: str | None
) -> LoggedExplanation:
    from mlflow_explain.tracking.log import log_explanation

    targets = dataset.labels_data
    comment = " ".join(
        text for text in (options.comment, "Made by mlflow.evaluate.", found.how) if text
    )
    has_rows = found.explanation.rows is not None
    return log_explanation(
        found.explanation,
        run_id=run_id,
        comment=comment,
        true_y=targets[found.positions] if has_rows and targets is not None else None,
        model_uri=model_uri,
        include_data=options.include_data,
        top_k=options.top_k,
    )


def _uri_of(model: Any, model_id: str | None) -> str | None:
    """Return the address of the logged model that is evaluated, if the store has it.

    Functions and predictions are said to be of a model by its id alone, which MLflow takes from
    what was logged last where the user names none: they are not said to explain it.
    """
    from mlflow_explain.tracking.runs.failures import typed
    from mlflow_explain.tracking.runs.store import connected

    own = getattr(model, "model_id", None)
    if own is None or (model_id is not None and own != model_id):
        return None
    try:
        with typed(f"show the model {own}"):
            connected().get_logged_model(own)
    except ArtifactNotFoundError:
        # Loaded from a folder, or from another store.
        return None
    return f"models:/{own}"


def _warn(text: str) -> None:
    warn_or_log(f"mlflow_explain: {text}", _logger, level=4)
