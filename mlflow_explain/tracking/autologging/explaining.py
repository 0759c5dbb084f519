"""Explains a training that has succeeded, within bounds, and keeps what was found in its run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from mlflow.utils.autologging_utils import AUTOLOGGING_INTEGRATIONS

from mlflow_explain.data import time_limit
from mlflow_explain.data.arranged import arranged
from mlflow_explain.data.kinds import is_a, is_frame, is_search
from mlflow_explain.data.texts.models import takes_texts
from mlflow_explain.errors import (
    MissingPartError,
    UnsupportedTransformerError,
)
from mlflow_explain.tracking import flavor
from mlflow_explain.tracking.autologging.aside import aside
from mlflow_explain.tracking.autologging.complaints import guarded, note, warn
from mlflow_explain.tracking.autologging.samples import SEED
from mlflow_explain.tracking.autologging.settings import EXPLAINERS, of_texts
from mlflow_explain.tracking.log import log_explanation
from mlflow_explain.tracking.pages import registry

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows
    from mlflow_explain.explainers.base import Explainer
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.autologging.samples import Sample
    from mlflow_explain.tracking.autologging.settings import Settings
    from mlflow_explain.tracking.autologging.watching import Training
    from mlflow_explain.tracking.runs.logged import LoggedExplanation

# Names of the logged models: an explainer that needs no model, and one with the model it asks.
ALONE, PAIR = "scoring-explainer", "explained-model"


def explain(training: Training) -> None:
    """Explain a training and log what was found; whatever fails costs the user a warning."""
    why = _not_explained(training)
    if why is not None:
        note("%s is not explained: %s", _name(training), why)
        return
    with aside(silent=training.settings.silent):
        kept = None
        with guarded(f"explain {_name(training)}"):
            explainer, explanation = _explained(training)
            kept = explainer, _logged(training, explanation)
        if kept is not None and training.settings.register_scoring_explainer:
            with guarded(f"log the scoring explainer of {_name(training)}"):
                _log_scoring_explainer(training, *kept)


def explained(model: Any, sample: Sample, settings: Settings) -> tuple[Explainer, Explanation]:
    """Return an explainer, and the explanation of as many rows as the time allows.

    Rows are explained in a random order, so that those that are reached stand for all, and then
    put back into their own.

    Raises
    ------
    OutOfTimeError
        Not one row can be explained in time.
    """
    order = np.random.default_rng(SEED).permutation(len(sample.positions))
    rows = sample.rows.iloc[order] if is_frame(sample.rows) else sample.rows[order]
    with time_limit.within(settings.max_seconds):
        explainer = _explainer(model, rows, sample, settings)
        found = explainer.explain_global(rows)
    reached = order[: found.num_examples]
    at = np.sort(reached)
    if len(at) < len(order):
        warn(
            f"explained {len(at)} of {len(order)} rows of {type(model).__name__} within "
            f"max_seconds={settings.max_seconds:g}."
        )
    index = rows.index.to_numpy()[: len(at)] if is_frame(rows) else None
    found = arranged(found, sample.positions[reached], index, sample.n_rows)
    if sample.outcomes is not None and found.rows is not None:
        found = replace(found, rows=replace(found.rows, true_y=sample.outcomes[at]))
    return explainer, replace(found, comment=_comment(sample, len(at), settings))


def _explainer(model: Any, rows: Rows, sample: Sample, settings: Settings) -> Explainer:
    if takes_texts(model):
        return of_texts(model, rows, settings.explainer)
    try:
        return EXPLAINERS[settings.explainer](model, rows, sample.names)
    except UnsupportedTransformerError as error:
        # It tells of arguments that nobody can pass from here.
        fix = "autolog(explainer='kernel') or 'mimic' explains it from outside, in raw columns."
        raise UnsupportedTransformerError(error.expected, error.got, fix) from error


def _explained(training: Training) -> tuple[Explainer, Explanation]:
    if isinstance(training.sample, Exception):
        raise training.sample
    if training.model is None:
        raise MissingPartError(
            f"the model that {training.framework}.train returns, from MLflow's logging of it",
            "none: MLflow logged no model",
            "Turn on log_models of its autologging.",
        )
    return explained(training.model, training.sample, training.settings)


def _logged(training: Training, explanation: Explanation) -> LoggedExplanation:
    """Keep an explanation with the training's run, and show it on the registered version."""
    info = training.info
    logged = log_explanation(
        explanation,
        run_id=training.run_id,
        model_uri=None if info is None else info.model_uri,
        include_report=training.settings.log_dashboard,
        model_id=None if info is None else info.model_id,
    )
    version = _version(training)
    if version is not None:
        registry.describe_version(*version, logged)
    return logged


def _log_scoring_explainer(
    training: Training, explainer: Explainer, logged: LoggedExplanation
) -> None:
    """Log the scoring explainer with the run: alone, or with the model if it asks it."""
    scoring = explainer.create_scoring_explainer()
    if scoring.asks_model and training.info is None:
        note("No scoring explainer of %s: it asks the model, which is not logged", _name(training))
        return
    version, mlflows = _version(training), AUTOLOGGING_INTEGRATIONS.get("sklearn", {})
    flavor.log_model(
        training.model if scoring.asks_model else None,
        scoring_explainer=scoring,
        name=PAIR if scoring.asks_model else ALONE,
        run_id=training.run_id,
        registered_model_name=None if version is None else f"{version[0]}-explainer",
        explanation=logged,
        model_version=version,
        # As MLflow wrote the model itself.
        serialization_format=mlflows.get("serialization_format"),
    )


def _not_explained(training: Training) -> str | None:
    """Return why there is nothing to explain, and nothing to complain of."""
    model = training.model
    if training.run_id is None:
        return "MLflow logged it to no run"
    if is_a(model, "sklearn", "BaseSearchCV") and not is_search(model):
        return "a search without refit=True keeps no model"
    if model is not None and not hasattr(model, "predict"):
        return "it does not predict"
    return None


def _name(training: Training) -> str:
    library_call = f"the model of {training.framework}.train"
    return library_call if training.model is None else type(training.model).__name__


def _version(training: Training) -> tuple[str, str] | None:
    """Return the registered version of the model, if MLflow has registered it."""
    name, info = training.registered_name, training.info
    if name is None or info is None or info.registered_model_version is None:
        return None
    return name, str(info.registered_model_version)


def _comment(sample: Sample, n_rows: int, settings: Settings) -> str:
    """Say which rows were explained."""
    if n_rows == sample.n_rows:
        return f"autolog: all {n_rows} training rows"
    reached = len(sample.positions) == n_rows
    bound = f"max_rows={settings.max_rows}" if reached else f"max_seconds={settings.max_seconds:g}"
    return f"autolog: {n_rows} of {sample.n_rows} training rows, drawn with seed {SEED} ({bound})"
