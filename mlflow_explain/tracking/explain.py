"""`explain_model`: explains a model that is already logged or registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mlflow
import pandas as pd
from mlflow.models import Model

from mlflow_explain.data.table import check_present
from mlflow_explain.explainers.tabular import TabularExplainer
from mlflow_explain.tracking import nested
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
    if isinstance(true_y, str):
        check_present([true_y], rows)
        true_y = rows[true_y]
    folder = nested.plain_folder(model_uri)
    _, model = nested.load(folder)
    rows = _inputs(rows, Model.load(str(folder)).signature)
    background = rows if initialization_examples is None else initialization_examples
    explainer = TabularExplainer(model, background, classes=classes)
    return log_explanation(
        explainer.explain_global(rows),
        run_id=run_id,
        comment=comment,
        true_y=true_y,
        model_uri=model_uri,
    )


def _inputs(rows: Rows, signature: ModelSignature | None) -> Rows:
    """Return the columns that the signature names, if both have names."""
    inputs = None if signature is None else signature.inputs
    if inputs is None or not inputs.has_input_names() or not isinstance(rows, pd.DataFrame):
        return rows
    check_present(inputs.input_names(), rows)
    return rows[inputs.input_names()]


def _read(path: str) -> pd.DataFrame:
    local = mlflow.artifacts.download_artifacts(artifact_uri=path)
    return pd.read_parquet(local) if path.endswith(".parquet") else pd.read_csv(local)
