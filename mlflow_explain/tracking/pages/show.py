"""Writes what MLflow's pages of runs and logged models show, anew from what is kept.

Two who write a page at the same moment may leave out one another's explanation; the next one to
write it puts that right, for a page is always made of all that is kept.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from mlflow_explain.errors import ArtifactError, ExplainError
from mlflow_explain.tracking.models.addresses import all_pages, resolved
from mlflow_explain.tracking.models.nested import SMALL_SET
from mlflow_explain.tracking.pages import text as page_text
from mlflow_explain.tracking.pages.text import Page, noted, run_note
from mlflow_explain.tracking.runs.entries import Entry
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.items import TagItem
from mlflow_explain.tracking.runs.kept import Kept, kept_at, kept_of
from mlflow_explain.tracking.runs.places import ROOT, parsed, place_of, uri_of
from mlflow_explain.tracking.runs.records import TAG_PREFIX, record_of
from mlflow_explain.tracking.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.runs.logged import LoggedExplanation

_logger = logging.getLogger(__name__)

# Every one who loads the model fetches these files, too.
_LARGEST_REPORT = 2_000_000
_REPORT = "report.html"


def show(
    client: MlflowClient,
    logged: LoggedExplanation,
    folder: Path,
    *,
    model_uri: str | None = None,
    model_id: str | None = None,
) -> None:
    """Show an explanation that was just kept on the pages of its run and of its logged model."""
    with beside(f"The page of run {logged.run_id}"):
        show_in_run(client, logged.run_id, logged.explanation)
    with beside(f"The page of the model {model_id or model_uri}"):
        if model_id is None and model_uri is not None:
            model_id = resolved(model_uri, client).model_id
        if model_id is not None:
            show_in_model(client, model_id, logged, folder)


def remove(client: MlflowClient, run_id: str, explanation_id: str) -> None:
    """Remove an explanation that was deleted from the pages of its run and of logged models."""
    with beside(f"The page of run {run_id}"):
        show_in_run(client, run_id)
    with beside(f"The pages of models that show {explanation_id}"):
        for model_id in _showing(client, run_id, explanation_id):
            with beside(f"The page of the model {model_id}"):
                remove_from_model(client, model_id, explanation_id)


def _showing(client: MlflowClient, run_id: str, explanation_id: str) -> list[str]:
    """Return the ids of the logged models, of whatever run, whose tags name an explanation."""
    key = f"{TAG_PREFIX}{explanation_id}"
    with typed(f"find models that show {explanation_id}"):
        experiments = all_pages(lambda token: client.search_experiments(page_token=token))
        searched = [each.experiment_id for each in experiments]
        found = all_pages(
            lambda token: client.search_logged_models(
                searched, filter_string=f"tags.`{key}` LIKE '%'", page_token=token
            )
        )
    # Another run may keep the same explanation.
    uri = uri_of(run_id, explanation_id)
    return [str(model.model_id) for model in found if uri in model.tags[key]]


@contextmanager
def beside(what: str) -> Iterator[None]:
    """Do what is not worth failing for: what the store refuses or fails at is told as a warning.

    The explanation is kept, and found, when its pages are written. One that cannot be written costs
    a warning, and is put right by the next explanation.
    """
    try:
        yield
    except ExplainError as error:
        _logger.warning("%s could not be updated: %s: %s", what, type(error).__name__, error)
        _logger.debug("%s could not be updated.", what, exc_info=True)


def show_in_run(client: MlflowClient, run_id: str, newest: Explanation | None = None) -> None:
    """Write the run's note anew from all its explanations; the user's words in it stay.

    Parameters
    ----------
    client : mlflow.MlflowClient
        Of the run's store.
    run_id : str
        The run.
    newest : Explanation, optional
        Its newest explanation, if it is at hand; otherwise what is needed of it is read.
    """
    store = RunStore(run_id, client)
    run = store.run()
    existing, kept = run.data.tags.get(MLFLOW_RUN_NOTE), kept_of(store, run)
    note = run_note(existing, [one.entry for one in kept], first_of(kept, newest))
    if note == (existing or ""):
        return
    if note:
        store.send([TagItem(MLFLOW_RUN_NOTE, note)], "the note of the run")
    else:
        store.forget(MLFLOW_RUN_NOTE)


def first_of(kept: list[Kept], at_hand: Explanation | None = None) -> Explanation | None:
    """Return the first explanation without its rows, or None where it cannot be read."""
    if not kept:
        return None
    if at_hand is not None and at_hand.id == kept[0].record.id:
        return at_hand
    try:
        return kept[0].glance()
    except ArtifactError as error:
        # The page lists what it cannot show.
        _logger.debug("%s cannot be shown: %s", kept[0].entry.uri, error)
        return None


def show_in_model(
    client: MlflowClient, model_id: str, logged: LoggedExplanation, folder: Path | None = None
) -> None:
    """Show an explanation on the page of a logged model: files, a note, a tag.

    Parameters
    ----------
    client : mlflow.MlflowClient
        Of the model's store.
    model_id : str
        ``m-...``
    logged : LoggedExplanation
        What `log_explanation` returned.
    folder : Path, optional
        Where the explanation's files lie; by default they are fetched from the run.
    """
    kept = kept_at(logged.uri, client)
    with (
        typed(f"take files for the model {model_id}"),
        tempfile.TemporaryDirectory(prefix="mlflow-explain-") as temporary,
    ):
        small = Path(temporary) / "small"
        small.mkdir()
        _gather(kept, small, folder)
        client.log_model_artifacts(model_id, str(small), place_of(logged.id))
        tag = asdict(kept.record) | {"uri": logged.uri, "experiment_id": kept.experiment_id}
        key = f"{TAG_PREFIX}{logged.id}"
        client.set_logged_model_tags(model_id, {key: json.dumps(tag, ensure_ascii=False)})
    _write_model_note(client, model_id, logged.explanation)


def remove_from_model(client: MlflowClient, model_id: str, explanation_id: str) -> None:
    """Remove an explanation from a logged model's page, and its files from the model's."""
    key = f"{TAG_PREFIX}{explanation_id}"
    with typed(f"change the model {model_id}"):
        model = client.get_logged_model(model_id)
        if key not in model.tags:
            return
        client.delete_logged_model_tag(model_id, key)
    _write_model_note(client, model_id)
    with typed(f"delete files of the model {model_id}"):
        location = model.artifact_location
        repository = get_artifact_repository(location, tracking_uri=client.tracking_uri)
        repository.delete_artifacts(place_of(explanation_id))  # type: ignore[no-untyped-call]


def entries_of_model(model: LoggedModel) -> list[Entry]:
    """Return the explanations a logged model's tags speak of, the newest first."""
    found = (_entry(key, value) for key, value in model.tags.items() if key.startswith(TAG_PREFIX))
    entries = [entry for entry in found if entry is not None]
    return sorted(entries, key=lambda e: (e.record.created, e.record.id), reverse=True)


def _entry(key: str, value: str) -> Entry | None:
    """Return the explanation a tag speaks of, or None where somebody changed it."""
    try:
        told: dict[str, Any] = json.loads(value)
        named = parsed(told["uri"])
        return named and Entry(told["experiment_id"], named[0], record_of(key, told))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _write_model_note(
    client: MlflowClient, model_id: str, at_hand: Explanation | None = None
) -> None:
    with typed(f"show the model {model_id}"):
        model = client.get_logged_model(model_id)
    entries = entries_of_model(model)
    newest = at_hand if at_hand and entries and entries[0].record.id == at_hand.id else None
    if newest is None:
        newest = first_of([Kept.of(entry, client) for entry in entries[:1]])
    existing: Mapping[str, str] = model.tags
    links = []
    if entries:
        files = f"{page_text.model_page(model.experiment_id, model_id)}/artifacts"
        links = [f"A copy lies in `{ROOT}/` among the [model's files]({files})."]
    note = noted(existing.get(MLFLOW_RUN_NOTE), Page("model", entries, newest, links))
    with typed(f"describe the model {model_id}"):
        if note:
            client.set_logged_model_tags(model_id, {MLFLOW_RUN_NOTE: note})
        elif MLFLOW_RUN_NOTE in existing:
            client.delete_logged_model_tag(model_id, MLFLOW_RUN_NOTE)


def _gather(kept: Kept, small: Path, folder: Path | None) -> None:
    """Put the small set into a folder, from the staged files or from the run."""
    for name in SMALL_SET:
        if name == _REPORT and not kept.record.has_report:
            continue
        if folder is None:
            kept.store.fetch(f"{kept.entry.artifact_path}/{name}", small / name)
        else:
            shutil.copyfile(folder / name, small / name)
    report = small / _REPORT
    if report.is_file() and report.stat().st_size > _LARGEST_REPORT:
        report.unlink()
