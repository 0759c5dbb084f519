"""Compares digests of what runs, models and folders hold, file by file, and tells each result."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.models import Model

from mlflow_explain.artifact.sealed import MANIFEST, open_sealed
from mlflow_explain.artifact.verify import (
    NOT_LISTED,
    VERDICTS,
    Finding,
    findings_of,
    verified_folder,
)
from mlflow_explain.errors import ArtifactNotFoundError
from mlflow_explain.scoring.store import KIND as EXPLAINER_KIND
from mlflow_explain.tracking import sides
from mlflow_explain.tracking.models import addresses, nested
from mlflow_explain.tracking.models.environment import CODE
from mlflow_explain.tracking.models.nested import FLAVOR_NAME
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.kept import Kept, kept_at, kept_of, opened
from mlflow_explain.tracking.runs.places import ROOT, Kind, kind_of, place_of, uri_of
from mlflow_explain.tracking.runs.records import TAG_PREFIX
from mlflow_explain.tracking.runs.store import RunStore, connected, run_id_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mlflow import MlflowClient

    from mlflow_explain.tracking.models.addresses import Target

_ML_MODEL = "MLmodel"
# Left by each writer of an explanation, before it writes.
_WRITERS_MARK = re.compile(r"writer-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of one explanation, model, run or folder.

    Parameters
    ----------
    address : str
        Its address or path.
    findings : tuple of Finding
        Each file and each digest.
    """

    address: str
    findings: tuple[Finding, ...] = field(default_factory=tuple)

    @property
    def n_failed(self) -> int:
        """How much is not as it was sealed."""
        return sum(finding.state == "failed" for finding in self.findings)


def verify(reference: str) -> list[Verified]:
    """Compare the digests of everything that something stands for.

    Of a run: all its explanations, and what else lies among them. Of a model: its explainer and
    the model inside with MLmodel and the registry's tags, and the explanation its tags speak of.

    Parameters
    ----------
    reference : str
        A run's id; the address of an explanation or a model; a folder.

    Returns
    -------
    list of Verified
        Nothing is unpickled, or parsed but for manifests.

    Raises
    ------
    ArtifactNotFoundError
        It is not there, or holds nothing of ours.
    StoreError
        A store failed or refused: of what it holds nothing is known.
    """
    client = connected()
    return list(_VERIFIERS[kind_of(reference)](reference, client))


def _of_folder(path: str, client: MlflowClient) -> Iterator[Verified]:
    if (Path(path) / _ML_MODEL).is_file():
        return _of_model(path, client)
    return iter([Verified(path, tuple(verified_folder(path)))])


def _of_address(uri: str, client: MlflowClient) -> Iterator[Verified]:
    return iter([_of_kept(kept_at(uri, client))])


def _of_run(reference: str, client: MlflowClient) -> Iterator[Verified]:
    store = RunStore(run_id_of(reference), client)
    run = store.run()
    with warnings.catch_warnings():
        # Told as a finding below.
        warnings.simplefilter("ignore")
        kept = kept_of(store, run)
    for one in reversed(kept):
        yield _of_kept(one)
    beside = _beside(store, run.data.tags, {one.record.id for one in kept})
    if beside or not kept:
        yield Verified(f"runs:/{store.run_id}", tuple(beside))


def _beside(store: RunStore, tags: Mapping[str, str], known: set[str]) -> list[Finding]:
    """Return what is found in a run outside of its explanations."""
    named = {key.removeprefix(TAG_PREFIX) for key in tags if key.startswith(TAG_PREFIX)}
    broken = [
        Finding(f"{TAG_PREFIX}{name}", "failed", "the tag is not as it was written")
        for name in sorted(named - known)
    ]
    unfinished = [
        Finding(
            place_of(name),
            "note",
            "an upload that was never finished, or a deletion; nothing reads it",
        )
        for name in sorted(set(store.names(ROOT)) - named)
    ]
    return [*broken, *unfinished]


def _of_kept(kept: Kept) -> Verified:
    return Verified(kept.entry.uri, tuple(_explanation(kept)))


def _explanation(kept: Kept) -> Iterator[Finding]:
    """Yield what is found of each file of a run's explanation; one is on this disk at a time."""
    try:
        with opened(kept.store, kept.record) as sealed:
            yield Finding(MANIFEST, "ok", "as in the run's tag")
            for finding in findings_of(sealed):
                (sealed.folder / finding.name).unlink(missing_ok=True)
                yield finding
            listed = {MANIFEST, *(name.split("/")[0] for name in sealed.manifest["files"])}
    except VERDICTS as error:
        yield Finding.of_error(MANIFEST, error)
        return
    for name in sorted(set(kept.store.names(place_of(kept.record.id))) - listed):
        if not _WRITERS_MARK.fullmatch(name):
            yield Finding(name, "note", NOT_LISTED)


def _of_model(uri: str, client: MlflowClient) -> Iterator[Verified]:
    target = addresses.resolved(uri, client)
    folder = addresses.fetched(target)
    with typed(f"give {target.uri}"):
        config = Model.load(str(folder)).flavors.get(FLAVOR_NAME)
    if config is not None:
        yield Verified(target.uri, (*_model(folder, config), *_registered(target, config)))
    uri_of_explanation = target.tags.get(registry.TAG_EXPLANATION)
    if uri_of_explanation is not None:
        yield _tagged(uri_of_explanation, target, client)
        return
    try:
        named = sides.of_model(uri)
    except ArtifactNotFoundError:
        # A pair needs none; of a plain model there is nothing else to verify.
        if config is None:
            raise
    else:
        yield _of_kept(kept_at(uri_of(*named), client))


def _model(folder: Path, config: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is found of a logged pair, or of an explainer on its own."""
    place = nested.EXPLAINER_FOLDER
    bound = None
    try:
        sealed = open_sealed(folder / place, EXPLAINER_KIND)
    except VERDICTS as error:
        yield Finding.of_error(f"{place}/{MANIFEST}", error)
    else:
        wanted = config["explainer_digest"]
        yield Finding.of_digest(f"{place}/{MANIFEST}", sealed.digest, wanted, _ML_MODEL)
        for found in findings_of(sealed):
            yield Finding(f"{place}/{found.name}", found.state, found.says)
        bound = sealed.manifest["model_digest"]
    if config["has_model"]:
        name, digest = f"{nested.MODEL_FOLDER}/", nested.digest_of(folder / nested.MODEL_FOLDER)
        yield Finding.of_digest(name, digest, config["model_digest"], _ML_MODEL)
        yield Finding.of_digest(name, digest, bound, "the explainer's manifest")
    if config.get("asked_digest") is not None:
        digest = nested.digest_of(folder / nested.ASKED_FOLDER)
        yield Finding.of_digest(
            f"{nested.ASKED_FOLDER}/", digest, config["asked_digest"], _ML_MODEL
        )
    for name in (nested.PREPROCESS_FOLDER, CODE):
        if (folder / name).is_dir():
            yield Finding(f"{name}/", "note", "no digest is kept of it")


def _registered(target: Target, config: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield whether the files are those that a version, or a logged model, was tagged for."""
    if target.version is None and target.model is None:
        return
    for tag, digest in registry.digests_of(config).items():
        if digest is not None:
            yield Finding.of_digest(_ML_MODEL, digest, target.tags.get(tag), f"the tag {tag}")


def _tagged(uri: str, target: Target, client: MlflowClient) -> Verified:
    """Return what is found of the explanation that a version's tags speak of."""
    try:
        kept = kept_at(uri, client)
    except ArtifactNotFoundError as error:
        return Verified(uri, (Finding.of_error(registry.TAG_EXPLANATION, error),))
    tag = registry.TAG_EXPLANATION_DIGEST
    whose = f"the tag {tag} of {target.uri}"
    tagged = Finding.of_digest(MANIFEST, kept.record.digest, target.tags.get(tag), whose)
    return Verified(uri, (tagged, *_explanation(kept)))


# What a reference is -> what verifies it.
_VERIFIERS: dict[Kind, Callable[[str, MlflowClient], Iterator[Verified]]] = {
    Kind.FOLDER: _of_folder,
    Kind.EXPLANATION: _of_address,
    Kind.RUN: _of_run,
    Kind.MODEL: _of_model,
}
