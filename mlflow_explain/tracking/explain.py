"""`explain_model`: explains a model that is already logged or registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mlflow
import pandas as pd
from mlflow.models import Model

from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.explainers.tabular import TabularExplainer
from mlflow_explain.tracking import flavor, nested
from mlflow_explain.tracking.log import LoggedExplanation, log_explanation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow.models import ModelSignature

    from mlflow_explain._typing import Rows


def explain_model(
    model_uri: str,
    data: Rows | str,
    *,
    initialization_examples: Rows | None = None,
    classes: Sequence[Any] | None = None,
    true_y: Any = None,
    comment: str | None = None,
    run_id: str | None = None,
) -> LoggedExplanation:
    """Explain a logged model on rows of a table or file, and keep the explanation with a run.

    Parameters
    ----------
    model_uri : str
        ``models:/name/version``, ``models:/id``, ``runs:/...`` or a local path; a model of
        MLflow's scikit-learn or LightGBM flavour, or one logged by this package.
    data : DataFrame, array or str
        Rows to explain, or the path of a csv or parquet file. Columns that are not in the model's
        signature are left out.
    initialization_examples : DataFrame or array, optional
        Rows for the background; by default `data`.
    classes : sequence, optional
        Names of the classes.
    true_y : array-like or str, optional
        Observed outcomes, or the name of their column in `data`.
    comment : str, optional
        Free text kept with the explanation.
    run_id : str, optional
        Run to log to; by default the active one, or a new one.

    Returns
    -------
    LoggedExplanation
    """
    rows = _read(data) if isinstance(data, str) else data
    outcomes = rows[true_y] if isinstance(true_y, str) else true_y
    config, model, digest = _loaded(model_uri)
    rows = _inputs(rows, config.signature)
    background = rows if initialization_examples is None else initialization_examples
    explainer = TabularExplainer(model, background, classes=classes)
    return log_explanation(
        explainer.explain_global(rows),
        run_id=run_id,
        comment=comment,
        true_y=outcomes,
        model_uri=model_uri,
        model_digest=digest,
    )


def _loaded(model_uri: str) -> tuple[Model, Any, str]:
    """Return a model's MLmodel, its fitted object and its digest."""
    path = nested.downloaded(model_uri)
    config = Model.load(str(path))
    if flavor.FLAVOR_NAME in config.flavors:
        if not config.flavors[flavor.FLAVOR_NAME]["has_model"]:
            raise UnsupportedModelError(
                "a model that predicts", "a scoring explainer", "Name the model it explains."
            )
        path = path / flavor.MODEL_FOLDER
    _, native = nested.load(path)
    return config, native, nested.digest_of(path)


def _inputs(rows: Rows, signature: ModelSignature | None) -> Rows:
    """Return the columns that the signature names, if both have names."""
    inputs = None if signature is None else signature.inputs
    if inputs is None or not inputs.has_input_names() or not isinstance(rows, pd.DataFrame):
        return rows
    wanted = [name for name in inputs.input_names() if name in rows.columns]
    return rows[wanted]


def _read(path: str) -> pd.DataFrame:
    local = mlflow.artifacts.download_artifacts(artifact_uri=path)
    return pd.read_parquet(local) if path.endswith(".parquet") else pd.read_csv(local)
