"""Where explanations are: what a text names, and the addresses that are made of ids."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Any

from mlflow_explain.errors import ArtifactNotFoundError

ROOT = "explanations"
FORMS = (
    "a run or its id, the address of a model (models:/...) or of an explanation "
    f"(runs:/<run id>/{ROOT}/<id>)"
)
# Of one letter it is a drive: `C:/data`.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_RUN = re.compile(r"(?:runs:/+)?([\w-]+)/*")
_EXPLANATION = re.compile(rf"runs:/+([^/]+)/{ROOT}/([^/]+)/*")


class Kind(Enum):
    """What a text leads to."""

    FOLDER = "folder"
    EXPLANATION = "explanation"
    RUN = "run"
    MODEL = "model"


def place_of(explanation_id: str) -> str:
    """Return the folder of an explanation among a run's artifacts."""
    return f"{ROOT}/{explanation_id}"


def uri_of(run_id: str, explanation_id: str) -> str:
    """Return the address of an explanation, for `mlflow.artifacts.download_artifacts`, too."""
    return f"runs:/{run_id}/{place_of(explanation_id)}"


def parsed(uri: str) -> tuple[str, str] | None:
    """Return the run's and the explanation's id from an address; None from that of anything else.

    Examples
    --------
    >>> parsed(uri_of("4f2a", "9c1e"))
    ('4f2a', '9c1e')
    >>> parsed("runs:/4f2a/model")
    """
    found = _EXPLANATION.fullmatch(uri)
    return None if found is None else (found[1], found[2])


def is_uri(text: str) -> bool:
    """Whether a text is an address rather than a path, on whatever system."""
    return _SCHEME.match(text) is not None


def run_named(given: Any) -> str | None:
    """Return the id of the run that is given, as MLflow's Run, its id or ``runs:/<id>``."""
    if not isinstance(given, str):
        given = getattr(getattr(given, "info", None), "run_id", None)
    found = _RUN.fullmatch(given) if isinstance(given, str) else None
    return None if found is None else found[1]


def kind_of(text: str) -> Kind:
    """Return what a text leads to, by its form; a folder that is there goes before a run's id.

    Raises
    ------
    ArtifactNotFoundError
        It has the form of a path, and no folder is there.

    Examples
    --------
    >>> kind_of("runs:/4f2a/explanations/9c1e").value, kind_of("models:/credit/1").value
    ('explanation', 'model')
    >>> kind_of("0123456789abcdef0123456789abcdef").value
    'run'
    """
    if is_uri(text):
        if parsed(text) is not None:
            return Kind.EXPLANATION
        return Kind.MODEL if run_named(text) is None else Kind.RUN
    if Path(text).is_dir():
        return Kind.FOLDER
    if run_named(text) is None or Path(text).exists():
        raise ArtifactNotFoundError(
            f"{FORMS}, or a folder", f"{text!r}, which is no folder", "Check the address."
        )
    return Kind.RUN
