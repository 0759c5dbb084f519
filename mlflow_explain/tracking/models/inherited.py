"""What a pair takes over from the model it is made of: requirements, environment, metadata."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from mlflow_explain.errors import ArtifactNotFoundError, InvalidInputError, warn_or_log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlflow.models import Model

_logger = logging.getLogger(__name__)

REQUIREMENTS, CONSTRAINTS = "requirements.txt", "constraints.txt"
PYTHON_ENV, CONDA_ENV = "python_env.yaml", "conda.yaml"
# The frames between a warning and the user's call of `log_model` are MLflow's.
_LEVEL = 2
# A line that names a file: of more requirements, or of constraints.
_FILE = re.compile(r"(?:(?P<more>-r|--requirement)|-c|--constraint)(?:\s+|=)(?P<name>.+)")
_HASH = re.compile(r"(?:^|\s)--(?:hash[=\s]\S+|require-hashes)")
# One package in two sizes, either of which is imported by the same name.
_SAME = {"mlflow-skinny": "mlflow"}


def lines_of(path: Path, above: tuple[Path, ...] = ()) -> list[str]:
    """Return the requirements of a file, and of those it names.

    Parameters
    ----------
    path : Path
        The file.
    above : tuple of Path
        Files that led to it.

    Raises
    ------
    ArtifactNotFoundError
        There is no such file.
    InvalidInputError
        It names itself.
    """
    if path.resolve() in above:
        raise InvalidInputError(
            "files of requirements that do not name themselves", f"{path}", "Remove the line."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ArtifactNotFoundError(
            "every file that requirements name", f"none at {path}", "Add it, or the line is wrong."
        ) from error
    return whole_lines(text.splitlines(), path.parent, (*above, path.resolve()))


def whole_lines(lines: Iterable[str], base: Path, above: tuple[Path, ...] = ()) -> list[str]:
    """Return each requirement in a line of its own, without comments.

    Parameters
    ----------
    lines : iterable of str
        Of a file, or of the user's list.
    base : Path
        Where the files lie that they name: of requirements they are read, and of constraints they
        are named by their whole path, which `parted` reads.
    above : tuple of Path
        Files that led to these lines.
    """
    found: list[str] = []
    for line in _joined(lines):
        named = _FILE.fullmatch(line)
        if named is None or "://" in line:
            found.append(line)
        elif named["more"]:
            found += lines_of(base / named["name"], above)
        else:
            path = (base / named["name"]).absolute()
            # Refused here if it is not there.
            lines_of(path, above)
            found.append(f"-c {path}")
    return found


def parted(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return requirements as they are written, and the constraints that their files hold.

    Parameters
    ----------
    lines : sequence of str
        What `whole_lines` returned.
    """
    kept, constraints = [], []
    for line in lines:
        named = _FILE.fullmatch(line)
        if named is None or "://" in line:
            kept.append(line)
        else:
            constraints += lines_of(Path(named["name"]))
    return [*kept, *([f"-c {CONSTRAINTS}"] if constraints else [])], constraints


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines with those that go on in the next one as a single one, as pip reads them."""
    begun = ""
    for line in (*lines, ""):
        text = line.rstrip()
        if text.lstrip().startswith("#"):
            continue
        if text.endswith("\\"):
            begun += text[:-1]
            continue
        whole = (begun + text).partition(" #")[0].strip()
        begun = ""
        if whole:
            yield " ".join(whole.split())


def without_hashes(lines: Sequence[str]) -> list[str]:
    """Return requirements without hashes: pip would want one of each package, of ours too."""
    kept = [_HASH.sub("", line).strip() for line in lines]
    if kept != list(lines):
        warn_or_log(
            "Hashes of requirements are left out: those of the explainer have none, and pip "
            "installs all with hashes or none.",
            _logger,
            _LEVEL,
        )
    return [line for line in kept if line]


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
    theirs = without_hashes(lines_of(path)) if path.is_file() else []
    pinned = {name: one for one in map(_parsed, theirs) if (name := _pinned_name(one))}
    added, conflicts = [], []
    for line in ours:
        mine = _parsed(line)
        found = None if mine is None else pinned.get(_name_of(mine))
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
    mine_pinned = {_name_of(one) for one in map(_parsed, added) if one is not None}
    kept = [line for line in theirs if not _is_open(_parsed(line), mine_pinned)]
    return [*kept, *added]


def _parsed(line: str) -> Requirement | None:
    """Return a line's requirement; None for an option, a file or an address."""
    try:
        return Requirement(line.partition(" --")[0])
    except InvalidRequirement:
        return None


def _name_of(requirement: Requirement) -> NormalizedName:
    name = canonicalize_name(requirement.name)
    return canonicalize_name(_SAME.get(name, name))


def _pinned_name(requirement: Requirement | None) -> NormalizedName | None:
    """Return the name of what a requirement says a version or an address of, in this Python."""
    if requirement is None or not (requirement.specifier or requirement.url):
        return None
    applies = requirement.marker is None or requirement.marker.evaluate()
    return _name_of(requirement) if applies else None


def _is_open(requirement: Requirement | None, names: set[NormalizedName]) -> bool:
    """Whether a requirement says nothing that one of these names does not say better."""
    if requirement is None or requirement.specifier or requirement.url or requirement.extras:
        return False
    return _name_of(requirement) in names


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
