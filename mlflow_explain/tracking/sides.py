"""What `compare` is given, turned into an explanation and a name for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mlflow_explain.artifact import load_explanation
from mlflow_explain.errors import ArtifactNotFoundError, InvalidInputError
from mlflow_explain.explanation import Explanation
from mlflow_explain.tracking.client import ExplanationClient
from mlflow_explain.tracking.models import addresses
from mlflow_explain.tracking.pages.registry import TAG_EXPLANATION
from mlflow_explain.tracking.pages.show import entries_of_model
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.items import ROOT
from mlflow_explain.tracking.runs.kept import is_address
from mlflow_explain.tracking.runs.logged import LoggedExplanation
from mlflow_explain.tracking.runs.records import TAG_PREFIX, records_of
from mlflow_explain.tracking.runs.store import RunStore, connected

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

    from mlflow_explain.tracking.models.addresses import Target


_FORMS = (
    "an Explanation, a run or its id, the address of a model (models:/...) or of an explanation "
    f"(runs:/<run id>/{ROOT}/<id>), or a folder"
)
_RUN_ID = re.compile(r"[\w-]+")


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
    run_id = getattr(getattr(given, "info", None), "run_id", None)
    if run_id is not None:
        return _of_run(run_id, engineered)
    if isinstance(given, str):
        return _of_text(given, engineered)
    raise InvalidInputError(_FORMS, type(given).__name__, "Pass one of these.")


def _of_text(given: str, engineered: bool) -> Given:
    text = given.rstrip("/")
    if is_address(text):
        run_id, _, explanation_id = text.removeprefix("runs:/").split("/")
        return Given(given, _downloaded(run_id, explanation_id, engineered))
    if text.startswith("runs:/") and "/" not in text.removeprefix("runs:/"):
        return _of_run(text.removeprefix("runs:/"), engineered)
    if text.startswith(("models:/", "runs:/")):
        run_id, explanation_id = of_model(text)
        return Given(given, _downloaded(run_id, explanation_id, engineered))
    if Path(given).is_dir():
        return Given(given, load_explanation(given))
    if _RUN_ID.fullmatch(text):
        return _of_run(text, engineered)
    raise ArtifactNotFoundError(_FORMS, f"{given!r}, which is no folder", "Check the address.")


def _of_run(run_id: str, engineered: bool) -> Given:
    run = RunStore(run_id).run()
    return Given(run.info.run_name or run_id, _downloaded(run_id, None, engineered))


def _downloaded(run_id: str, explanation_id: str | None, engineered: bool) -> Explanation:
    """Return an explanation of a run, by default the newest; of two kinds the one asked for."""
    client = ExplanationClient(run_id)
    listed = client.list_model_explanations()
    found = [each for each in listed if explanation_id in {None, each["id"]}]
    if not found:
        # Which says what there is instead.
        return client.download_model_explanation(explanation_id)
    chosen = found[-1]
    takes_engineered = chosen["engineered"] and (engineered or not chosen["raw"])
    return client.download_model_explanation(
        chosen["id"], raw=not takes_engineered, engineered=takes_engineered
    )


def of_model(uri: str) -> tuple[str, str]:
    """Return run and id of the explanation that belongs to a model.

    A version's tag is first; then the newest explanation on the page of the logged model; then the
    newest of the model's run that names the model as what it explains. An alias, a stage or the
    name of a run's model is looked up first: what an explanation names is what it stood for then.
    """
    client = connected()
    target = addresses.resolved(uri, client)
    named = target.tags.get(TAG_EXPLANATION, "")
    if is_address(named):
        run_id, _, explanation_id = named.removeprefix("runs:/").strip("/").split("/")
        return run_id, explanation_id
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
