"""What the registry shows: a description between our markers, tags, links both ways, digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    CorruptArtifactError,
    InvalidInputError,
)
from mlflow_explain.tracking.models import addresses, nested
from mlflow_explain.tracking.pages import text as page_text
from mlflow_explain.tracking.pages.show import beside, first_of
from mlflow_explain.tracking.pages.text import Page, noted
from mlflow_explain.tracking.runs.entries import run_page
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.kept import kept_at
from mlflow_explain.tracking.runs.logged import LoggedExplanation
from mlflow_explain.tracking.runs.places import uri_of
from mlflow_explain.tracking.runs.store import connected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.models.addresses import Target
    from mlflow_explain.tracking.runs.kept import Kept

TAG_DIGEST = "mlflow_explain.explainer_digest"
TAG_MODEL_DIGEST = "mlflow_explain.model_digest"
TAG_EXPLANATION = "mlflow_explain.explanation"
TAG_EXPLANATION_DIGEST = "mlflow_explain.explanation_digest"
TAG_MODEL = "mlflow_explain.explains"
TAG_EXPLAINER = "mlflow_explain.explained_by"

# What a version links to -> the words before it.
_LINKS = {TAG_MODEL: "Explains", TAG_EXPLAINER: "Explained by"}
# Entry of our flavour -> the tag that holds it in the registry.
_DIGESTS = {"explainer_digest": TAG_DIGEST, "model_digest": TAG_MODEL_DIGEST}


def describe_version(name: str, version: int | str, logged: LoggedExplanation) -> None:
    """Write an explanation's summary into a model version's description, and tag the version.

    What the user wrote there stays; what stands between our markers is replaced.

    Parameters
    ----------
    name : str
        Registered model.
    version : int or str
        Its version.
    logged : LoggedExplanation
        What `log_explanation` returned.

    Raises
    ------
    ArtifactNotFoundError
        There is no such version, or the explanation was deleted since.
    StoreError
        The registry failed or refused.
    """
    check_logged(logged)
    kept_at(logged.uri, connected())
    tags = {TAG_EXPLANATION: logged.uri, TAG_EXPLANATION_DIGEST: logged.digest}
    tag_version(name, version, tags)
    show_in_version(connected(), name, str(version), logged.explanation)


def check_logged(given: Any) -> None:
    """Refuse what is not an explanation's place in a run."""
    if not isinstance(given, LoggedExplanation):
        raise InvalidInputError(
            "what `log_explanation` returned",
            shown(given),
            "Keep the explanation with a run first.",
        )


def show_in_version(
    client: MlflowClient, name: str, version: str, at_hand: Explanation | None = None
) -> None:
    """Write a version's description anew from its tags; the user's words in it stay."""
    with typed(f"show version {version} of {name}"):
        found = client.get_model_version(name, version)
    kept = explanation_of(found, client)
    page = Page(
        "version",
        [one.entry for one in kept],
        first_of(kept, at_hand),
        [*_links(found.tags), *_runs(found, kept, client)],
    )
    text = noted(found.description, page)
    with typed(f"describe version {version} of {name}"):
        client.update_model_version(name, version, text)


def remove(client: MlflowClient, run_id: str, explanation_id: str) -> None:
    """Remove an explanation that was deleted from pages of all versions whose tags name it."""
    uri = uri_of(run_id, explanation_id)
    tagged = f"tags.`{TAG_EXPLANATION}` = '{uri}'"
    with beside(f"The pages of versions that show {uri}"):
        with typed(f"find versions that show {uri}"):
            found = addresses.all_pages(
                lambda token: client.search_model_versions(tagged, page_token=token)
            )
        for version in found:
            with beside(f"The page of version {version.version} of {version.name}"):
                _forget(client, version.name, version.version)


def _forget(client: MlflowClient, name: str, version: str) -> None:
    with typed(f"change version {version} of {name}"):
        for tag in (TAG_EXPLANATION, TAG_EXPLANATION_DIGEST):
            client.delete_model_version_tag(name, version, tag)
    show_in_version(client, name, version)


def explanation_of(version: ModelVersion, client: MlflowClient) -> list[Kept]:
    """Return the explanation a version's tags speak of, if it is still there."""
    uri = version.tags.get(TAG_EXPLANATION)
    if uri is None:
        return []
    try:
        return [kept_at(uri, client)]
    except ArtifactNotFoundError:
        return []


def _links(tags: Mapping[str, str]) -> list[str]:
    """Return sentences that lead to the versions a version is linked to."""
    made = []
    for tag, verb in _LINKS.items():
        name, _, version = tags.get(tag, "").removeprefix("models:/").rpartition("/")
        if name:
            made.append(f"{verb} {page_text.version_link(name, version)}.")
    return made


def _runs(version: ModelVersion, kept: list[Kept], client: MlflowClient) -> list[str]:
    """Return sentences that lead to the run of the explanation, and to the version's own."""
    made = [f"The explanation is kept with [this run]({_run(one)})." for one in kept]
    source = version.run_id
    if not made or not source or source == kept[0].entry.run_id:
        return made
    try:
        with typed(f"show run {source}"):
            experiment_id = client.get_run(source).info.experiment_id
    except ArtifactNotFoundError:
        # The registry may be shared by several tracking stores.
        return made
    return [*made, f"The model is of [another run]({run_page(experiment_id, source)})."]


def _run(kept: Kept) -> str:
    return run_page(kept.experiment_id, kept.entry.run_id)


def tag_version(name: str, version: int | str, tags: Mapping[str, str | None]) -> None:
    """Set the tags of a model version that are not None."""
    client = connected()
    with typed(f"tag version {version} of {name}"):
        for key, value in tags.items():
            if value is not None:
                client.set_model_version_tag(name, str(version), key, value)


def digests_of(config: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the tags that bind a version to the files of a model of our flavour."""
    return {tag: config[entry] for entry, tag in _DIGESTS.items()}


def verified(target: Target) -> Path:
    """Return the local folder of a model's files, which are those it was registered with.

    A version, or a logged model, without tags is not checked: it was registered without
    `log_model`.

    Raises
    ------
    ArtifactNotFoundError
        The files are gone.
    CorruptArtifactError
        A digest differs from a tag of the version, or of the logged model.
    """
    folder = addresses.fetched(target)
    with typed(f"give {target.uri}"):
        ours = nested.ours_of(folder)
    tagged = {tag: target.tags[tag] for tag in _DIGESTS.values() if tag in target.tags}
    if ours is not None:
        found = digests_of(ours)
    elif TAG_MODEL_DIGEST in tagged:
        # The model inside a pair, by its own address; or another one in the pair's place.
        found = {TAG_MODEL_DIGEST: nested.digest_of(folder)}
    else:
        found = {}
    for tag, digest in found.items():
        if tagged.get(tag, digest) != digest:
            raise CorruptArtifactError(
                f"the files that {target.uri} was registered with",
                f"others: their digest differs from its tag {tag}",
                "The files or the tag were changed; register the model again.",
            )
    return folder


def link(
    explainer: tuple[str, str], model: tuple[str, str], model_digest: str | None = None
) -> None:
    """Link an explainer's version and its model's version to each other, in tags and texts."""
    tag_version(*explainer, {TAG_MODEL: f"models:/{model[0]}/{model[1]}"})
    address = f"models:/{explainer[0]}/{explainer[1]}"
    tag_version(*model, {TAG_EXPLAINER: address, TAG_MODEL_DIGEST: model_digest})
    client = connected()
    show_in_version(client, *explainer)
    show_in_version(client, *model)
