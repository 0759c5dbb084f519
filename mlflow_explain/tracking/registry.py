"""What the registry's pages show: a description between our markers, tags, links both ways."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import mlflow

from mlflow_explain.dashboard import markdown, words

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from mlflow_explain.tracking.log import LoggedExplanation

# The list of versions shows a description's raw start, so ours begins with a sentence; the first
# marker ends that line, and the line belongs to us.
BEGIN = "<!-- mlflow-explain: begin -->"
END = "<!-- mlflow-explain: end -->"
_OURS = re.compile(rf"^[^\n]*{re.escape(BEGIN)}.*?{re.escape(END)}", re.MULTILINE | re.DOTALL)

TAG_DIGEST = "mlflow_explain.explainer_digest"
TAG_MODEL_DIGEST = "mlflow_explain.model_digest"
TAG_EXPLANATION = "mlflow_explain.explanation"
TAG_MODEL = "mlflow_explain.explains"
TAG_EXPLAINER = "mlflow_explain.explained_by"

_TOP_K = 10


def merged(existing: str | None, ours: str) -> str:
    """Return a description with our part replaced or added; the user's words stay as they are."""
    if _OURS.search(existing or ""):
        # A function, because backslashes of a replacement string would be read as escapes.
        return _OURS.sub(lambda _: ours, existing or "", count=1)
    kept = (existing or "").rstrip("\n")
    return f"{kept}\n\n{ours}" if kept else ours


def description(logged: LoggedExplanation) -> str:
    """Return our part of a model version's description."""
    sentence = markdown.escaped(words.headline(logged.explanation))
    report = (
        f"#/experiments/{logged.experiment_id}/runs/{logged.run_id}/artifacts/"
        f"{logged.artifact_path}/report.html"
    )
    picture = (
        f"/get-artifact?path={quote(logged.artifact_path, safe='')}%2Fsummary.png"
        f"&run_uuid={logged.run_id}"
    )
    shown = min(_TOP_K, logged.explanation.num_features)
    space = logged.explanation.output_space
    unit = "" if space is None else f", in {space}"
    return (
        f"{sentence} {BEGIN}\n\n"
        f"[Open the explanation]({report})\n\n"
        f"![Global importance]({picture})\n\n"
        f"The {shown} most important of {logged.explanation.num_features} columns{unit}:\n\n"
        f"{markdown.importance_table(logged.explanation, _TOP_K)}\n\n"
        f"{words.CAUTION}\n\n{END}"
    )


def describe_version(name: str, version: int | str, logged: LoggedExplanation) -> None:
    """Write an explanation's summary into a model version's description, and tag the version.

    Parameters
    ----------
    name : str
        Registered model.
    version : int or str
        Its version.
    logged : LoggedExplanation
        What `log_explanation` returned.
    """
    client = mlflow.MlflowClient()
    existing = client.get_model_version(name, str(version)).description
    client.update_model_version(name, str(version), merged(existing, description(logged)))
    client.set_model_version_tag(name, str(version), TAG_EXPLANATION, logged.uri)


def tag_version(name: str, version: int | str, tags: dict[str, str | None]) -> None:
    """Set the tags of a model version that are not None."""
    client: MlflowClient = mlflow.MlflowClient()
    for key, value in tags.items():
        if value is not None:
            client.set_model_version_tag(name, str(version), key, value)


def link(explainer: tuple[str, str], model: tuple[str, str]) -> None:
    """Link an explainer's version and its model's version to each other."""
    tag_version(*explainer, {TAG_MODEL: f"models:/{model[0]}/{model[1]}"})
    tag_version(*model, {TAG_EXPLAINER: f"models:/{explainer[0]}/{explainer[1]}"})
