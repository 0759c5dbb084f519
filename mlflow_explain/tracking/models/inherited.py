"""What a pair takes over from the model it is made of: requirements, environment, metadata."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING, Any

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from mlflow_explain.errors import warn_or_log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlflow.models import Model

_logger = logging.getLogger(__name__)

REQUIREMENTS, CONSTRAINTS = "requirements.txt", "constraints.txt"
PYTHON_ENV, CONDA_ENV = "python_env.yaml", "conda.yaml"
# The frames between a warning and the user's call of `log_model` are MLflow's.
_LEVEL = 2


def requirements(folder: Path, ours: Sequence[str]) -> list[str]:
    """Return a model's own requirements, and those of its explainer that it does not name.

    A model's pins win: it was fitted with them. Where the explainer was made with another version
    a warning says so.

    Parameters
    ----------
    folder : Path
        The model's.
    ours : sequence of str
        What serves the pair, as it is installed here.
    """
    path = folder / REQUIREMENTS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    theirs = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    pinned = {name: one for one in map(_parsed, theirs) if (name := _pinned_name(one))}
    added, conflicts = [], []
    for line in ours:
        mine = _parsed(line)
        found = None if mine is None else pinned.get(canonicalize_name(mine.name))
        if found is None:
            added.append(line)
        elif mine is not None and not _allows(found, mine):
            conflicts.append(f"{found} (here {mine.specifier})")
    if conflicts:
        warn_or_log(
            f"The model's requirements stay as they are: {', '.join(conflicts)}. The explainer was "
            "compared with the model as it is installed here.",
            _logger,
            _LEVEL,
        )
    mine_pinned = {canonicalize_name(one.name) for one in map(_parsed, added) if one is not None}
    kept = [line for line in theirs if not _is_open(_parsed(line), mine_pinned)]
    return [*kept, *added]


def _parsed(line: str) -> Requirement | None:
    """Return a line's requirement; None for an option, a file or an address."""
    try:
        return Requirement(line.partition(" #")[0])
    except InvalidRequirement:
        return None


def _pinned_name(requirement: Requirement | None) -> NormalizedName | None:
    """Return the name of what a requirement says a version or an address of, in this Python."""
    if requirement is None or not (requirement.specifier or requirement.url):
        return None
    applies = requirement.marker is None or requirement.marker.evaluate()
    return canonicalize_name(requirement.name) if applies else None


def _is_open(requirement: Requirement | None, names: set[NormalizedName]) -> bool:
    """Whether a requirement says nothing that one of these names does not say better."""
    if requirement is None or requirement.specifier or requirement.url or requirement.extras:
        return False
    return canonicalize_name(requirement.name) in names


def _allows(theirs: Requirement, mine: Requirement) -> bool:
    """Whether the version that is installed here is one of theirs."""
    versions = [spec.version for spec in mine.specifier if spec.operator == "=="]
    return theirs.url is None and all(
        theirs.specifier.contains(version, prereleases=True) for version in versions
    )


def python_env(folder: Path | None) -> dict[str, Any]:
    """Return what a model's own environment says of Python and the tools that build it."""
    return {} if folder is None else _read(folder / PYTHON_ENV)


def conda_env(folder: Path | None) -> dict[str, Any]:
    """Return a model's own conda environment."""
    return {} if folder is None else _read(folder / CONDA_ENV)


def _read(path: Path) -> dict[str, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    return found if isinstance(found, dict) else {}


def copy_constraints(source: Path, target: Path) -> None:
    """Copy the file that a model's requirements may name."""
    if (source / CONSTRAINTS).is_file():
        shutil.copy2(source / CONSTRAINTS, target / CONSTRAINTS)


def describe(saved: Model, like: Model) -> None:
    """Say of a pair what was said of its model, unless it is said otherwise.

    Parameters
    ----------
    saved : mlflow.models.Model
        The pair's; changed.
    like : mlflow.models.Model
        The model's.
    """
    if like.metadata or saved.metadata:
        saved.metadata = {**(like.metadata or {}), **(saved.metadata or {})}
    if saved.resources is None:
        saved.resources = like.resources
    if saved.auth_policy is None:
        saved.auth_policy = like.auth_policy
