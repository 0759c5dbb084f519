"""`log_explanation`: keeps an explanation with a run."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow

from mlflow_explain._version import __version__
from mlflow_explain.dashboard.source import Source
from mlflow_explain.data.arguments import whole_or_none
from mlflow_explain.errors import InvalidInputError, without_passwords
from mlflow_explain.tracking.models import addresses, nested
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.pages import show as pages
from mlflow_explain.tracking.runs import figures, items
from mlflow_explain.tracking.runs.completed import completed
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.logged import LoggedExplanation
from mlflow_explain.tracking.runs.places import is_uri, place_of
from mlflow_explain.tracking.runs.records import ID, Record
from mlflow_explain.tracking.runs.store import RunStore, connected

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mlflow import MlflowClient
    from mlflow.entities import Run

    from mlflow_explain._typing import Rows
    from mlflow_explain.explanation import Explanation


def log_explanation(
    explanation: Explanation,
    *,
    run_id: Run | str | None = None,
    comment: str | None = None,
    true_y: Any = None,
    cohort_data: Rows | None = None,
    model_uri: str | None = None,
    include_data: bool = True,
    top_k: int | None = None,
    include_report: bool = True,
    model_id: str | None = None,
    model: Any = None,
) -> LoggedExplanation:
    """Keep an explanation with a run: values, rows, report, picture, table, metrics.

    Parameters
    ----------
    explanation : Explanation
        What to keep.
    run_id : Run or str, optional
        The run; by default the active one, or a new one, which stays active as after MLflow's own
        calls; if the explanation cannot be kept, it is ended as failed.
    comment : str, optional
        Free text kept with it.
    true_y : array-like of shape (n_rows,), optional
        Observed outcomes of the explained rows. A Series in another order is put right by its
        index, where the rows have one; anything else is taken by position.
    cohort_data : DataFrame of n_rows rows, optional
        Columns the model never sees, kept to compare groups of rows; aligned as `true_y`.
    model_uri : str, optional
        The logged model it explains; the digest of its files is kept with the explanation.
    include_data : bool, default=True
        Keep the explained rows, their outcomes and the cohort columns. Without them the values
        are kept alone. Of texts, words are names of features and stay; values per text do not, as
        they tell its words.
    top_k : int, optional
        Keep the values, and the columns of the rows, of so many most important features only, and
        the sum of the others; by default, or with 0, all.
    include_report : bool, default=True
        Keep ``report.html``, the page to look at.
    model_id : str, optional
        A logged model of the run's experiment: the metrics are its own, too.
    model : object, optional
        The model it explains, which the page holds for what-if; by default the one that made the
        explanation, where it is still there and can be put in exactly. False for none, as with
        ``include_data=False``.

    Returns
    -------
    LoggedExplanation
        Its `id` is the explanation's own, or a new one where the run has that already.

    Raises
    ------
    InvalidInputError
        An argument is not what it should be, or the run was deleted.
    LengthMismatchError
        Outcomes or cohort columns are not of the explained rows.
    StoreError
        The store failed or refused. What was written until then is shown to nobody.
    """
    client = connected()
    return keep(
        RunStore.of(run_id, client),
        client,
        completed(explanation, comment, true_y, cohort_data),
        Keeping(model_uri, include_data, top_k, include_report, model_id, model=model),
    )


@dataclass(frozen=True, slots=True)
class Keeping:
    """What of an explanation is kept, and with which model.

    Parameters
    ----------
    model_uri, include_data, top_k, include_report, model_id, model
        As of `log_explanation`.
    model_digest : str, optional
        Of the model's files, by who has read them from this very address already: they are not
        fetched again.
    source : Source, optional
        What is known of the model, for the page.
    """

    model_uri: str | None = None
    include_data: bool = True
    top_k: int | None = None
    include_report: bool = True
    model_id: str | None = None
    model_digest: str | None = None
    model: Any = None
    source: Source | None = None


def keep(
    opening: AbstractContextManager[RunStore],
    client: MlflowClient,
    whole: Explanation,
    asked: Keeping,
) -> LoggedExplanation:
    """Write a complete explanation to a run: files first, then the manifest, last the record.

    Parameters
    ----------
    opening : context manager of RunStore
        Opens the run, which may have to be started: after all is checked that can be before.
    client : mlflow.MlflowClient
        Of the same store.
    whole : Explanation
        With all its features: what is left out still counts in the metrics.
    asked : Keeping
        What of it is kept.
    """
    explanation, asked = _checked(whole, asked, client)
    with (
        opening as store,
        typed("have room for the files of an explanation"),
        tempfile.TemporaryDirectory(prefix="mlflow-explain-") as temporary,
    ):
        experiment_id = store.check_open().info.experiment_id
        explanation = _with_place(store, explanation, Path(temporary))
        folder = Path(temporary) / "staged"
        folder.mkdir()
        digest = _sent(store, explanation, folder, asked, figures.metrics(whole))
        place = place_of(explanation.id)
        logged = LoggedExplanation(explanation, store.run_id, experiment_id, place, digest)
        # It is kept now, whatever becomes of the pages that show it.
        pages.show(store.client, logged, folder, model_uri=asked.model_uri, model_id=asked.model_id)
    return logged


def _checked(
    whole: Explanation, asked: Keeping, client: MlflowClient
) -> tuple[Explanation, Keeping]:
    """Return what is kept, and of which files of a model; refused before a run starts."""
    explanation = whole.top(whole_or_none("top_k", asked.top_k, 0))
    _check_id(explanation.id)
    # Before the explanation takes another id.
    asked = replace(asked, source=Source.of(explanation.id, asked.model))
    if asked.model_id is not None:
        with typed(f"show the model {asked.model_id}"):
            client.get_logged_model(asked.model_id)
    if asked.model_uri is not None and asked.model_digest is None:
        model_uri, model_digest = _explained(asked.model_uri, client)
        asked = replace(asked, model_uri=model_uri, model_digest=model_digest)
    return explanation, asked


def _sent(
    store: RunStore,
    explanation: Explanation,
    folder: Path,
    asked: Keeping,
    metrics: dict[str, float],
) -> str:
    """Write the files into a folder, send them, and last the record; return their digest."""
    digest = items.staged(
        explanation,
        folder,
        model_uri=asked.model_uri,
        model_digest=asked.model_digest,
        include_data=asked.include_data,
        include_report=asked.include_report,
        source=asked.source,
        run_id=store.run_id,
    )
    record = Record.of(explanation, digest, asked.model_uri, has_report=asked.include_report)
    sent = items.of(explanation, folder, record, metrics, asked.model_id)
    store.send(sent, "the explanation")
    return digest


def _explained(model_uri: str, client: MlflowClient) -> tuple[str, str]:
    """Return the address of a model, which no moved alias changes, and the digest of its files."""
    target = addresses.resolved(model_uri, client)
    set_now = mlflow.get_tracking_uri()
    if is_uri(target.uri) and client.tracking_uri != set_now:
        # Where MLflow would look for the files.
        raise InvalidInputError(
            f"{without_passwords(client.tracking_uri)}, the client's store, to be set while its "
            "models are read",
            without_passwords(set_now),
            "Call `mlflow.set_tracking_uri` before, or leave out `model_uri`.",
        )
    folder = registry.verified(target)
    with typed(f"read the model {target.uri}"):
        return target.uri, nested.digest_of(nested.plain_folder(folder))


def _with_place(store: RunStore, explanation: Explanation, temporary: Path) -> Explanation:
    """Return the explanation under an id whose folder in the run is its alone.

    Each writer leaves a mark of its own and then looks: of two who write the same explanation at
    the same time at least one sees the other's. Who sees anything but its own mark takes a new id,
    so nothing that lies there is touched, or mixed with this one.
    """
    place = place_of(explanation.id)
    if not store.names(place):
        mark = temporary / f"writer-{uuid.uuid4().hex[:12]}"
        mark.write_text(f"mlflow-explain {__version__}\n", encoding="utf-8")
        store.send([items.ArtifactItem(mark, place)], "the explanation")
        if store.names(place) == [mark.name]:
            return explanation
    return _renamed(explanation)


def _renamed(explanation: Explanation) -> Explanation:
    """Return the explanation, and its engineered one, under a new id."""
    name = uuid.uuid4().hex
    engineered = explanation.engineered and replace(explanation.engineered, id=name)
    return replace(explanation, id=name, engineered=engineered)


def _check_id(name: str) -> None:
    if not ID.fullmatch(name):
        raise InvalidInputError(
            "an explanation's id of letters, digits, `-` and `_`, at most 64",
            repr(name)[:80],
            "Leave `id` out when you make an Explanation.",
        )
