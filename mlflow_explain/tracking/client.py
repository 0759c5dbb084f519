"""`ExplanationClient`: a run's explanations, uploaded, listed, downloaded and deleted."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlflow_explain.artifact import explanations
from mlflow_explain.artifact.explanations import IMPORTANCE_TABLE
from mlflow_explain.data.arguments import shown, whole_or_none
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.tracking.log import Keeping, keep
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.pages import show as pages
from mlflow_explain.tracking.runs import listed
from mlflow_explain.tracking.runs.completed import completed
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.kept import opened
from mlflow_explain.tracking.runs.places import place_of, uri_of
from mlflow_explain.tracking.runs.records import ID, TAG_PREFIX
from mlflow_explain.tracking.runs.store import RunStore, run_id_of

if TYPE_CHECKING:
    from mlflow import ActiveRun
    from mlflow.entities import Run

    from mlflow_explain._typing import FeatureKind, Rows
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.runs.logged import LoggedExplanation


class ExplanationClient:
    """Keeps and finds the explanations of one run, in any tracking store MLflow speaks to.

    A run holds many. An upload is seen once it is complete; nothing is unpickled. MLflow's own
    settings bound how long a server is waited for (``MLFLOW_HTTP_REQUEST_TIMEOUT``,
    ``MLFLOW_HTTP_REQUEST_MAX_RETRIES``); then a `StoreError` is raised. It speaks to the store that
    was set when it was made.

    Parameters
    ----------
    run_id : Run or str
        The run, its id or its address ``runs:/<id>``.

    Examples
    --------
    >>> import mlflow, tempfile
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from mlflow_explain import ExplanationClient, TabularExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> explanation = TabularExplainer(Ridge().fit(X, y), X).explain_global(X)
    >>> before = mlflow.get_tracking_uri()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    ...     experiment = mlflow.create_experiment("ridge", f"file://{folder}/artifacts")
    ...     with mlflow.start_run(experiment_id=experiment) as run:
    ...         client = ExplanationClient.from_run(run)
    ...         _ = client.upload_model_explanation(explanation, comment="all rows", top_k=3)
    ...     found = ExplanationClient.from_run(run).download_model_explanation()
    >>> mlflow.set_tracking_uri(before)
    >>> found.get_ranked_global_names(), found.num_left_out, found.comment
    (['bmi', 's5', 'bp'], 7, 'all rows')
    """

    def __init__(self, run_id: Run | str) -> None:
        self._store = RunStore(run_id_of(run_id))

    @classmethod
    def from_run(cls, run: Run | ActiveRun | str | None = None) -> ExplanationClient:
        """Return the client of a run.

        Parameters
        ----------
        run : Run, ActiveRun or str, optional
            The run, its id or its address ``runs:/<id>``; by default the active one.

        Raises
        ------
        InvalidInputError
            No run is given, and none is active.
        """
        return cls(run_id_of(run))

    @classmethod
    def from_run_id(
        cls, workspace: Any = None, experiment_name: str | None = None, run_id: str | None = None
    ) -> ExplanationClient:
        """Return the client of a run by its id: ``from_run_id(run_id)``.

        Azure ML's ``from_run_id(workspace, experiment_name, run_id)`` is accepted too.

        Parameters
        ----------
        workspace : object, optional
            Azure ML's workspace, which is not looked at; or the run's id, if it is all there is.
        experiment_name : str, optional
            The run's experiment.
        run_id : str, optional
            The run's id.

        Raises
        ------
        InvalidInputError
            No id is given, or the run is of another experiment.
        """
        if run_id is None and experiment_name is None:
            run_id = workspace
        if run_id is None:
            raise InvalidInputError("a run's id", "no id", "Pass it as `run_id`.")
        made = cls(run_id)
        if experiment_name is not None:
            made._check_experiment(experiment_name)
        return made

    def _check_experiment(self, name: str) -> None:
        experiment_id = self._store.run().info.experiment_id
        with typed(f"show experiment {experiment_id}"):
            found = self._store.client.get_experiment(experiment_id).name
        if found != name:
            raise InvalidInputError(
                f"a run of the experiment {name!r}",
                f"{self.run_id} of {found!r}",
                "Leave the experiment's name out, or correct it.",
            )

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._store.run_id

    def __repr__(self) -> str:
        """Say whose client it is."""
        return f"<ExplanationClient of run {self.run_id}>"

    def upload_model_explanation(
        self,
        explanation: Explanation | Run,
        explanation_of_run: Explanation | None = None,
        *,
        comment: str | None = None,
        top_k: int | None = None,
        true_ys: Any = None,
        cohort_data: Rows | None = None,
        include_data: bool = True,
        model_uri: str | None = None,
        model: Any = None,
    ) -> LoggedExplanation:
        """Keep an explanation with the run: values, rows, report, picture, table, metrics.

        Parameters
        ----------
        explanation : Explanation
            What to keep.
        explanation_of_run : Explanation, optional
            See Notes.
        comment : str, optional
            Free text kept with it, by which it is found again.
        top_k : int, optional
            Keep so many most important features, and the sum of the others; 0 or None for all.
        true_ys : array-like of shape (n_rows,), optional
            Observed outcomes of the explained rows: `true_y` of `log_explanation`.
        cohort_data : DataFrame of n_rows rows, optional
            Columns the model never sees, as of `log_explanation`.
        include_data : bool, default=True
            Keep the explained rows, their outcomes and the cohort columns; of texts also the
            values per text.
        model_uri : str, optional
            The logged model it explains.
        model : object, optional
            The model itself, for the page, as of `log_explanation`.

        Returns
        -------
        LoggedExplanation
            Its `id` is the explanation's own, or a new one where the run has that already.

        Raises
        ------
        StoreError
            The store failed or refused; no part of the upload is shown to anyone.

        Notes
        -----
        Azure ML's older ``upload_model_explanation(run, explanation)`` keeps it with that run.
        """
        store: RunStore = self._store
        given: Any = explanation
        if explanation_of_run is not None:
            store, given = RunStore(run_id_of(explanation), store.client), explanation_of_run
        whole = completed(given, comment, true_ys, cohort_data)
        asked = Keeping(model_uri, include_data, top_k, model=model)
        return keep(nullcontext(store), store.client, whole, asked)

    def download_model_explanation(
        self,
        explanation_id: str | None = None,
        top_k: int | None = None,
        comment: str | None = None,
        raw: bool | None = None,
        engineered: bool | None = None,
        rows: slice | None = None,
    ) -> Explanation:
        """Return an explanation of the run, by default the newest.

        Parameters
        ----------
        explanation_id : str, optional
            The explanation's id.
        top_k : int, optional
            Return so many most important features, and the sum of the others.
        comment : str, optional
            Look only among explanations with this comment.
        raw, engineered : bool, optional
            True reads the importances of raw columns, or of engineered features, alone. By
            default, and with both, all there is: the engineered ones are behind the raw ones.
        rows : slice, optional
            Read these rows alone. Only the files of 10,000 rows they lie in are fetched.

        Returns
        -------
        Explanation

        Raises
        ------
        ArtifactNotFoundError
            The run has no such explanation.
        CorruptArtifactError
            A file is not what was uploaded.
        """
        top_k = whole_or_none("top_k", top_k, 0)
        record = listed.newest(self._store, explanation_id, comment, raw, engineered)
        with opened(self._store, record) as sealed:
            return explanations.read(sealed, kind=_kind(raw, engineered), rows=rows).top(top_k)

    def list_model_explanations(
        self,
        comment: str | None = None,
        raw: bool | None = None,
        engineered: bool | None = None,
    ) -> list[dict[str, Any]]:
        """Return what is known of each explanation of the run, the newest last.

        Parameters
        ----------
        comment : str, optional
            Only those with this comment.
        raw, engineered : bool, optional
            True: only those that hold importances of raw columns, or of engineered features.

        Returns
        -------
        list of dict
            ``pandas.DataFrame(...)`` makes a table of it: id, digest, created, comment, raw,
            engineered, method, model_type, model_task, num_features, num_examples,
            num_left_out, model_uri, has_report and uri.
        """
        found = listed.fitting(self._store, comment, raw, engineered)
        return [asdict(record) | {"uri": uri_of(self.run_id, record.id)} for record in found]

    def delete_model_explanation(self, explanation_id: str) -> None:
        """Delete an explanation of the run; its metrics stay in the run's history.

        Where the store failed halfway the explanation is not listed any more, and the same call
        deletes the files that are left.

        Parameters
        ----------
        explanation_id : str
            The explanation's id.

        Raises
        ------
        ArtifactNotFoundError
            The run has no such explanation.
        InvalidInputError
            No id is given.
        StoreError
            The store failed or refused.
        """
        if not isinstance(explanation_id, str) or not explanation_id:
            raise InvalidInputError(
                "an explanation's id", shown(explanation_id), "Take it from what is listed."
            )
        store, place = self._store, place_of(explanation_id)
        key = f"{TAG_PREFIX}{explanation_id}"
        is_listed = key in store.run().data.tags
        if not ID.fullmatch(explanation_id) or not (is_listed or store.names(place)):
            raise listed.nothing(store, id=explanation_id)
        # Unlisted first: what is half deleted must not be found.
        if is_listed:
            store.forget(key)
        pages.remove(store.client, self.run_id, explanation_id)
        registry.remove(store.client, self.run_id, explanation_id)
        store.forget_table(f"{place}/{IMPORTANCE_TABLE}")
        store.remove(place)


def _kind(raw: bool | None, engineered: bool | None) -> FeatureKind | None:
    if bool(raw) == bool(engineered):
        return None
    return "raw" if raw else "engineered"
