"""Arguments of `log_model` and `save_model`, checked before anything is written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.arguments import shown
from mlflow_explain.data.kinds import is_frame
from mlflow_explain.engines.deep.recognition import is_network
from mlflow_explain.errors import ArtifactExistsError, ArtifactNotFoundError, InvalidInputError
from mlflow_explain.tracking.models import environment, inherited
from mlflow_explain.tracking.models import signature as signatures
from mlflow_explain.tracking.models.flavors import network_signature
from mlflow_explain.tracking.models.originals import asked_by

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

    from mlflow_explain.scoring.scorer import Scorer
    from mlflow_explain.tracking.models.originals import Original


def new_folder(path: str | Path, *sources: Original | None) -> Path:
    """Return the folder a model is saved to, which must be new or empty, and no part of a source.

    Parameters
    ----------
    path : str or Path
        What the user named.
    *sources : Original or None
        The models that are given by their files.
    """
    if not isinstance(path, str | Path) or not str(path):
        raise InvalidInputError("a path", shown(path) if path else "none", "Name a new folder.")
    folder = Path(path)
    lower = [part for part in (folder, *folder.parents) if part.exists()]
    if lower and not lower[0].is_dir():
        raise ArtifactExistsError("a new folder", f"{lower[0]}, a file", "Name another.")
    for source in sources:
        root = None if source is None else source.root
        if root is not None and folder.resolve().is_relative_to(root.resolve()):
            raise InvalidInputError(
                "a folder outside of the model it is made of", f"{folder}", "Name another."
            )
    if lower and lower[0] == folder and any(folder.iterdir()):
        raise ArtifactExistsError(
            "a new folder", f"{folder}, which is not empty", "Name another, or empty it."
        )
    return folder


def code_of(given: Any, folder: Path | None = None) -> tuple[Path, ...]:
    """Return the paths of the user's own modules, each of a name of its own.

    Parameters
    ----------
    given : sequence of str or Path
        What the user passed.
    folder : Path, optional
        Where they are copied to; by default a temporary folder, as when a model is logged.
    """
    if isinstance(given, str | bytes | os.PathLike):
        raise InvalidInputError(
            "`code_paths`: a list of files and folders", "one path", f"Pass [{str(given)!r}]."
        )
    found: dict[str, Path] = {}
    for one in _listed(given, "code_paths", str | Path):
        # As MLflow does; `..` in a path would be copied from where it leads to.
        path = Path(os.path.abspath(one))  # noqa: PTH100 - links stay what they are called
        if not path.exists():
            raise ArtifactNotFoundError(
                "`code_paths`: files and folders", f"{one}, which does not exist", "Check it."
            )
        _check_copied(path, folder or Path(tempfile.gettempdir()))
        if found.setdefault(path.name, path) != path:
            raise InvalidInputError(
                "`code_paths` of names of their own",
                f"{found[path.name]} and {path}",
                "Rename one: they are copied side by side.",
            )
    return tuple(found.values())


def _check_copied(path: Path, folder: Path) -> None:
    """Refuse what cannot be copied beside a model."""
    if folder.resolve().is_relative_to(path.resolve()):
        raise InvalidInputError(
            "`code_paths` that do not hold the folder they are copied to",
            f"{path}, which holds {folder}",
            "Name the modules themselves.",
        )
    if environment.is_ours(path.name):
        raise InvalidInputError(
            "`code_paths` of your own", f"{path}, the name of this package", "Leave it out."
        )


def _listed(given: Any, name: str, kind: Any) -> list[Any]:
    """Return a list of paths or texts; refuse anything else."""
    try:
        found = [] if given is None else list(given)
    except TypeError:
        found = [given]
    wrong = [one for one in found if not isinstance(one, kind) or not str(one).strip()]
    if wrong:
        raise InvalidInputError(f"`{name}`: a list of texts", shown(wrong[0]), "Pass a list.")
    return found


def requirements_of(
    original: Original | None,
    explainer: Scorer,
    whole: list[str] | None,
    extra: list[str],
) -> list[str]:
    """Return what serves a model with its explainer; its own requirements win.

    Parameters
    ----------
    original : Original or None
        The model.
    explainer : Scorer
        Its explainer.
    whole, extra : list of str or None
        What `requirements_given` returned.
    """
    if whole is not None:
        return [*whole, *extra]
    more = inherited.without_hashes(extra)
    if original is None:
        asked = asked_by(explainer)
        ours = environment.pip_requirements(explainer.engine, model=asked and asked.fitted)
        return [*ours, *more]
    ours = environment.pip_requirements(explainer.engine, model=original.fitted)
    if original.folder is not None:
        ours = inherited.requirements(original.folder, ours)
    return [*ours, *more]


def requirements_given(whole: Any, extra: Any) -> tuple[list[str] | None, list[str]]:
    """Return `pip_requirements` and `extra_pip_requirements` as lists of whole lines.

    Parameters
    ----------
    whole, extra : str, Path, sequence of str or None
        What the user passed; a text is the path of a file, as in MLflow.
    """
    read = None if whole is None else _asked_for(whole, "pip_requirements")
    return read, _asked_for(extra, "extra_pip_requirements")


def _asked_for(given: Any, name: str) -> list[str]:
    """Return requirements as a list: a text, or a Path, names a file of them."""
    if isinstance(given, str | Path):
        if not Path(given).is_file():
            raise ArtifactNotFoundError(
                f"`{name}`: a list of requirements, or the path of a file of them",
                f"{given}, which is no file",
                f"Pass [{str(given)!r}] if it is a requirement.",
            )
        return inherited.lines_of(Path(given))
    return inherited.whole_lines(_listed(given, name, str), Path.cwd())


def plain_signature_of(
    given: ModelSignature | None, original: Original | None, explainer: Scorer
) -> ModelSignature:
    """Return the signature of the model without its explainer.

    Parameters
    ----------
    given : ModelSignature or None
        The user's own.
    original : Original or None
        The model.
    explainer : Scorer
        Its explainer.
    """
    if original is None:
        return signatures.plain_signature(given, explainer)
    given = given or original.signature
    if given is None and is_network(original.fitted) and not is_frame(explainer.template.data):
        return network_signature(original.fitted, len(explainer.features))
    return signatures.plain_signature(given, explainer, labels=original.answers_labels)
