"""`log_explanation`: keeps an explanation with a run."""

from __future__ import annotations

import re
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain._version import __version__
from mlflow_explain.errors import InvalidInputError, MissingPartError
from mlflow_explain.tracking.models import nested
from mlflow_explain.tracking.pages import show as pages
from mlflow_explain.tracking.runs import figures, items
from mlflow_explain.tracking.runs.logged import LoggedExplanation
from mlflow_explain.tracking.runs.records import Record
from mlflow_explain.tracking.runs.store import RunStore, typed

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, Rows
    from mlflow_explain.explanation import Explanation


_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def log_explanation(
    explanation: Explanation,
    *,
    run_id: str | None = None,
    comment: str | None = None,
    true_y: Any = None,
    cohort_data: Rows | None = None,
    model_uri: str | None = None,
    include_data: bool = True,
    top_k: int | None = None,
    include_report: bool = True,
    model_id: str | None = None,
) -> LoggedExplanation:
    """Keep an explanation with a run: values, rows, report, picture, table, metrics.

    Parameters
    ----------
    explanation : Explanation
        What to keep.
    run_id : str, optional
        The run; by default the active one, or a new one.
    comment : str, optional
        Free text kept with it.
    true_y : array-like of shape (n_rows,), optional
        Observed outcomes of the explained rows. A Series in another order is put right by its
        index; anything else is taken by position.
    cohort_data : DataFrame of n_rows rows, optional
        Columns the model never sees, kept to compare groups of rows; aligned as `true_y`.
    model_uri : str, optional
        The logged model it explains; the digest of its files is kept with the explanation.
    include_data : bool, default=True
        Keep the explained rows, their outcomes and the cohort columns. Without them the values
        are kept alone.
    top_k : int, optional
        Keep the values, and the columns of the rows, of so many most important features only, and
        the sum of the others; by default all.
    include_report : bool, default=True
        Keep ``report.html``, the page to look at.
    model_id : str, optional
        A logged model of the run's experiment: the metrics are its own, too.

    Returns
    -------
    LoggedExplanation
        Its `id` is the explanation's own, or a new one where the run has that already.

    Raises
    ------
    LengthMismatchError
        Outcomes or cohort columns are not of the explained rows.
    StoreError
        The store failed or refused. What was written until then is shown to nobody.
    """
    complete = _completed(explanation, comment, true_y, cohort_data)
    store = RunStore.of(run_id)
    return _keep(
        store,
        complete,
        model_uri=model_uri,
        include_data=include_data,
        top_k=top_k,
        include_report=include_report,
        model_id=model_id,
    )


def _keep(
    store: RunStore,
    whole: Explanation,
    *,
    model_uri: str | None,
    include_data: bool,
    top_k: int | None,
    include_report: bool,
    model_id: str | None,
) -> LoggedExplanation:
    """Write a complete explanation to a run: files first, then the manifest, last the record.

    Parameters
    ----------
    store : RunStore
        The run.
    whole : Explanation
        With all its features: what is left out still counts in the metrics.
    model_uri, include_data, top_k, include_report, model_id
        As of `log_explanation`.
    """
    run = store.run()
    model_digest = None if model_uri is None else _digest_of(model_uri)
    with (
        typed("have room for the files of an explanation"),
        tempfile.TemporaryDirectory(prefix="mlflow-explain-") as temporary,
    ):
        explanation = _with_place(store, whole.top(top_k), Path(temporary))
        folder = Path(temporary) / "staged"
        folder.mkdir()
        digest = items.staged(
            explanation,
            folder,
            model_uri=model_uri,
            model_digest=model_digest,
            include_data=include_data,
            include_report=include_report,
        )
        record = Record.of(explanation, digest, model_uri, has_report=include_report)
        store.send(items.of(explanation, folder, record, figures.metrics(whole), model_id))
        logged = LoggedExplanation(
            explanation,
            run.info.run_id,
            run.info.experiment_id,
            items.place_of(explanation.id),
            digest,
        )
        # It is kept now, whatever becomes of the pages that show it.
        pages.show(store.client, logged, folder, model_uri=model_uri, model_id=model_id)
    return logged


def _digest_of(model_uri: str) -> str:
    with typed(f"give the model {model_uri}"):
        return nested.digest_of(nested.plain_folder(model_uri))


def _with_place(store: RunStore, explanation: Explanation, temporary: Path) -> Explanation:
    """Return the explanation under an id whose folder in the run is its alone.

    Each writer leaves a mark of its own and then looks: of two who write the same explanation at
    the same time at least one sees the other's. Who sees anything but its own mark takes a new id,
    so nothing that lies there is touched, or mixed with this one.
    """
    if not _ID.fullmatch(explanation.id):
        raise InvalidInputError(
            "an explanation's id of letters, digits, `-` and `_`, at most 64",
            repr(explanation.id)[:80],
            "Leave `id` out when you make an Explanation.",
        )
    place = items.place_of(explanation.id)
    if not store.names(place):
        mark = temporary / f"writer-{uuid.uuid4().hex[:12]}"
        mark.write_text(f"mlflow-explain {__version__}\n", encoding="utf-8")
        store.send([items.ArtifactItem(mark, place)])
        if store.names(place) == [mark.name]:
            return explanation
    return _renamed(explanation)


def _renamed(explanation: Explanation) -> Explanation:
    """Return the explanation, and its engineered one, under a new id."""
    name = uuid.uuid4().hex
    engineered = explanation.engineered and replace(explanation.engineered, id=name)
    return replace(explanation, id=name, engineered=engineered)


def _ordered(given: Any, ids: AnyArray) -> Any:
    """Return a Series or DataFrame in the order of the rows, if it has their ids in another."""
    index = getattr(given, "index", None)
    if not isinstance(index, pd.Index) or not index.is_unique or len(index) != len(ids):
        return given
    rows = pd.Index(ids)
    other_order = not index.equals(rows) and rows.is_unique and bool(rows.isin(index).all())
    return given.reindex(rows) if other_order else given


def _completed(
    explanation: Explanation, comment: str | None, true_y: Any, cohort_data: Rows | None
) -> Explanation:
    """Return the explanation with what the user adds to it."""
    if not hasattr(explanation, "global_importance_values"):
        raise InvalidInputError(
            "an Explanation", type(explanation).__name__, "Pass what an explainer returned."
        )
    if comment is not None:
        explanation = replace(explanation, comment=comment)
    if true_y is None and cohort_data is None:
        return explanation
    if explanation.rows is None:
        raise MissingPartError(
            "an explanation that holds its rows",
            "one without",
            "Leave out `true_y` and `cohort_data`.",
        )
    rows = explanation.rows
    outcomes = rows.true_y if true_y is None else np.asarray(_ordered(true_y, rows.ids))
    cohorts = rows.cohort_data if cohort_data is None else _ordered(cohort_data, rows.ids)
    return replace(explanation, rows=replace(rows, true_y=outcomes, cohort_data=cohorts))
