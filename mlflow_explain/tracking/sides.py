"""What `compare` and the command line are given, turned into the explanation it stands for."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mlflow_explain.artifact import explanations, load_explanation
from mlflow_explain.artifact.sealed import open_sealed
from mlflow_explain.errors import ArtifactNotFoundError, InvalidInputError
from mlflow_explain.explanation import Explanation
from mlflow_explain.tracking.models import addresses
from mlflow_explain.tracking.pages.registry import TAG_EXPLANATION
from mlflow_explain.tracking.pages.show import entries_of_model
from mlflow_explain.tracking.runs import listed
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.kept import opened
from mlflow_explain.tracking.runs.logged import LoggedExplanation
from mlflow_explain.tracking.runs.places import FORMS, Kind, kind_of, parsed, run_named
from mlflow_explain.tracking.runs.records import TAG_PREFIX, records_of
from mlflow_explain.tracking.runs.store import RunStore, connected, run_id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

    from mlflow_explain.artifact.sealed import Sealed
    from mlflow_explain.tracking.models.addresses import Target
    from mlflow_explain.tracking.runs.records import Record


class Given(NamedTuple):
    """An explanation to compare, and what it is called."""

    name: str
    explanation: Explanation


def given_by(given: Any, *, engineered: bool = False) -> Given:
    """Return the explanation that something stands for.

    Parameters
    ----------
    given : Explanation, LoggedExplanation, Run, str or Path
        An explanation; a run or its id (its newest explanation); the address of an explanation or
        of a model; a folder that holds an explanation.
    engineered : bool, default=False
        Read the engineered features of a Pipeline rather than its raw columns.

    Raises
    ------
    InvalidInputError
        It is none of these.
    ArtifactNotFoundError
        There is no such run, model or folder, or it has no explanation.
    """
    if isinstance(given, LoggedExplanation):
        given = given.explanation
    if isinstance(given, Explanation):
        return Given(given.comment or f"{given.model_type} {given.id[:8]}", given)
    if isinstance(given, Path):
        return Given(str(given), load_explanation(given))
    if isinstance(given, str):
        return _of_text(given, engineered)
    run_id = run_named(given)
    if run_id is not None:
        return _of_text(f"runs:/{run_id}", engineered)
    raise InvalidInputError(
        f"an Explanation, {FORMS}, or a folder", type(given).__name__, "Pass one of these."
    )


def _of_text(text: str, engineered: bool) -> Given:
    kind = kind_of(text)
    if kind is Kind.FOLDER:
        return Given(text, load_explanation(text))
    store, record = _kept_by(text)
    takes_engineered = record.engineered and (engineered or not record.raw)
    name = store.run().info.run_name or store.run_id if kind is Kind.RUN else text
    with opened(store, record) as sealed:
        return Given(
            name, explanations.read(sealed, kind="engineered" if takes_engineered else "raw")
        )


@contextmanager
def sealed_at(text: str) -> Iterator[Sealed]:
    """Open the explanation that a text stands for; files are fetched when they are read."""
    if kind_of(text) is Kind.FOLDER:
        yield open_sealed(text, explanations.KIND)
        return
    with opened(*_kept_by(text)) as sealed:
        yield sealed


def _kept_by(text: str) -> tuple[RunStore, Record]:
    """Return run and record of the explanation that an address, or a run's id, stands for."""
    named = parsed(text)
    if named is None and kind_of(text) is Kind.MODEL:
        named = of_model(text)
    run_id, explanation_id = named or (run_id_of(text), None)
    store = RunStore(run_id)
    return store, listed.newest(store, explanation_id)


def of_model(uri: str) -> tuple[str, str]:
    """Return run and id of the explanation that belongs to a model.

    A version's tag is first; then the newest explanation on the page of the logged model; then the
    newest of the model's run that names the model as what it explains. An alias, a stage or the
    name of a run's model is looked up first: what an explanation names is what it stood for then.
    """
    client = connected()
    target = addresses.resolved(uri, client)
    tagged = parsed(target.tags.get(TAG_EXPLANATION, ""))
    if tagged is not None:
        return tagged
    model = _logged_model(target, client)
    entries = [] if model is None else entries_of_model(model)
    if entries:
        return entries[0].run_id, entries[0].record.id
    made_in = _run_of(target, model)
    if made_in:
        names = {target.uri, f"models:/{target.model_id}"}
        tags = RunStore(made_in, client).run().data.tags
        for record in reversed(records_of(tags)):
            if record.model_uri in names:
                return made_in, record.id
    raise ArtifactNotFoundError(
        f"an explanation of {uri}: in the tag `{TAG_EXPLANATION}` of its version, in a tag "
        f"`{TAG_PREFIX}<id>` of its logged model, or in its run, logged with `model_uri`",
        "none",
        "Pass `explanation=` to `log_model`, or explain it by `explain_model` and compare that.",
    )


def _logged_model(target: Target, client: MlflowClient) -> LoggedModel | None:
    if target.model is not None or target.model_id is None:
        return target.model
    with typed(f"show the model {target.model_id}"):
        return client.get_logged_model(target.model_id)


def _run_of(target: Target, model: LoggedModel | None) -> str | None:
    found = None if target.version is None else target.version.run_id
    return found or (None if model is None else model.source_run_id)
