"""`explain_model`: explains a model that is already logged or registered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from mlflow.models import Model

from mlflow_explain.data.arguments import shown
from mlflow_explain.data.kinds import is_a
from mlflow_explain.data.table import check_present
from mlflow_explain.data.texts.models import takes_texts
from mlflow_explain.data.texts.reading import are_texts
from mlflow_explain.errors import ArtifactNotFoundError, InvalidInputError
from mlflow_explain.explainers.tabular import TabularExplainer
from mlflow_explain.explainers.text import TextExplainer
from mlflow_explain.tracking.log import Keeping, keep
from mlflow_explain.tracking.models import addresses, nested
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.runs.completed import completed
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.places import is_uri
from mlflow_explain.tracking.runs.store import RunStore, connected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow.entities import Run
    from mlflow.models import ModelSignature

    from mlflow_explain._typing import Rows
    from mlflow_explain.explainers.base import Explainer
    from mlflow_explain.tracking.models.addresses import Target
    from mlflow_explain.tracking.runs.logged import LoggedExplanation


def explain_model(
    model_uri: str | Path,
    data: Rows | str | Path,
    *,
    initialization_examples: Rows | str | Path | None = None,
    classes: Sequence[Any] | None = None,
    true_y: Any = None,
    comment: str | None = None,
    run_id: Run | str | None = None,
    include_data: bool = True,
    top_k: int | None = None,
) -> LoggedExplanation:
    """Explain a logged model on rows of a table or file, and keep the explanation with a run.

    Parameters
    ----------
    model_uri : str or Path
        ``models:/name/version``, ``models:/id``, ``runs:/...`` or a local path; a model of any
        of MLflow's flavours, or one logged by this package.
    data : DataFrame, array, str or Path
        Rows to explain, or the path of a csv or parquet file. Columns that are not in the model's
        signature are left out. For a model of a list of texts: the list, or a column of them.
    initialization_examples : DataFrame, array, str or Path, optional
        Rows for the background, or the path of their file; by default `data`.
    classes : sequence, optional
        Names of the classes.
    true_y : array-like or str, optional
        Observed outcomes, or the name of their column in `data`.
    comment : str, optional
        Free text kept with the explanation.
    run_id : Run or str, optional
        Run to log to; by default the active one, or a new one.
    include_data : bool, default=True
        Keep the explained rows and their outcomes; of texts also the values per text.
    top_k : int, optional
        Keep so many most important features, and the sum of the others; 0 or None for all.

    Returns
    -------
    LoggedExplanation

    Raises
    ------
    ArtifactNotFoundError
        There is no such model or file.
    CorruptArtifactError
        The model's files are not those that were logged, or registered.
    UnsupportedModelError
        No engine explains the model.
    StoreError
        A store failed or refused.
    """
    rows = _rows(data)
    if isinstance(true_y, str):
        true_y = _column(rows, true_y)
    client = connected()
    target = addresses.resolved(model_uri, client)
    folder = _model_folder(target)
    loaded = nested.load(folder)
    model = loaded.plain if loaded.fitted is None else loaded.fitted
    signature = Model.load(str(folder)).signature
    rows = _inputs(rows, signature)
    background = rows
    if initialization_examples is not None:
        background = _inputs(_rows(initialization_examples), signature)
    explainer = _explainer(model, background, classes)
    whole = completed(explainer.explain_global(rows), comment, true_y, None)
    asked = Keeping(target.uri, include_data, top_k, model_digest=nested.digest_of(folder))
    return keep(RunStore.of(run_id, client), client, whole, asked)


def _explainer(model: Any, background: Any, classes: Sequence[Any] | None) -> Explainer:
    """Return an explainer of texts where the model takes a list of them, else of a table."""
    if takes_texts(model) or are_texts(background):
        # A logged function is asked by MLflow, whose model of it has no answers but one.
        asked = model.predict if is_a(model, "mlflow", "PyFuncModel") else model
        return TextExplainer(asked, background, classes=classes)
    return TabularExplainer(model, background, classes=classes)


def _model_folder(target: Target) -> Path:
    """Return the local folder of the user's model."""
    folder = registry.verified(target)
    with typed(f"give the model {target.uri}"):
        return nested.plain_folder(folder)


def _rows(given: Rows | str | Path) -> Rows:
    return _read(str(given)) if isinstance(given, str | Path) else given


def _column(rows: Rows, name: str) -> Any:
    """Return a column of the rows by its name."""
    if not isinstance(rows, pd.DataFrame):
        raise InvalidInputError(
            f"rows with a column {name}, in a DataFrame or a file",
            shown(rows),
            "Pass the outcomes.",
        )
    check_present([name], rows)
    return rows[name]


def _inputs(rows: Rows, signature: ModelSignature | None) -> Rows:
    """Return the columns that the signature names, if both have names."""
    inputs = None if signature is None else signature.inputs
    if inputs is None or not inputs.has_input_names() or not isinstance(rows, pd.DataFrame):
        return rows
    check_present(inputs.input_names(), rows)
    return rows[inputs.input_names()]


def _read(path: str) -> pd.DataFrame:
    if not is_uri(path) and not Path(path).is_file():
        raise ArtifactNotFoundError("a csv or parquet file", path, "Check the path.")
    with typed(f"give {path}"):
        local = nested.downloaded(path)
    try:
        return pd.read_parquet(local) if path.endswith(".parquet") else pd.read_csv(local)
    except (ValueError, pa.ArrowException) as error:
        raise InvalidInputError(
            "a csv or parquet file of rows, with the names of its columns",
            f"{path}, which is not read ({type(error).__name__})",
            "The ending `.parquet` tells which of the two it is.",
        ) from error
