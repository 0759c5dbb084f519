"""Which files of a sealed folder are as they were sealed: each is read, none is parsed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlflow_explain.artifact.sealed import MANIFEST, Sealed, open_sealed
from mlflow_explain.errors import ArtifactNotFoundError, CorruptArtifactError, FormatVersionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow_explain.errors import ArtifactError

# What says that a file is not what was sealed. Of a store that fails nothing is known.
VERDICTS = (ArtifactNotFoundError, CorruptArtifactError, FormatVersionError)
NOT_LISTED = "not in the manifest; nothing reads it"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one file or digest.

    Parameters
    ----------
    name : str
        The file, or what else was looked at.
    state : {"ok", "failed", "note"}
        As it was sealed; not so; or nothing that is compared, but worth knowing.
    says : str
        What was found.
    """

    name: str
    state: Literal["ok", "failed", "note"]
    says: str = ""

    @classmethod
    def of_error(cls, name: str, error: ArtifactError) -> Finding:
        """Return what an error says of a file."""
        return cls(name, "failed", f"expected {error.expected}; got {error.got}")

    @classmethod
    def of_digest(cls, name: str, digest: str | None, wanted: str | None, whose: str) -> Finding:
        """Return whether a digest is the one that something else, named by `whose`, holds."""
        if wanted is None:
            return cls(name, "note", f"{whose} holds no digest to compare")
        if digest == wanted:
            return cls(name, "ok", f"as in {whose}")
        return cls(name, "failed", f"its sha256 differs from that in {whose}")


def findings_of(sealed: Sealed) -> Iterator[Finding]:
    """Yield what is found of each file the manifest lists, once it was read."""
    for name in sorted(sealed.manifest["files"]):
        try:
            sealed.read(name)
        except VERDICTS as error:
            yield Finding.of_error(name, error)
        else:
            yield Finding(name, "ok")


def verified_folder(path: str | Path) -> list[Finding]:
    """Return what is found of a sealed folder: its manifest, the files, and what lies beside them.

    Parameters
    ----------
    path : str or Path
        Written by `save_explanation`, or kept with a run or a model.

    Raises
    ------
    ArtifactNotFoundError
        It has no manifest.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from mlflow_explain import TabularExplainer, save_explanation
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> explanation = TabularExplainer(Ridge().fit(X, y), X).explain_global(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = save_explanation(explanation, folder)
    ...     _ = (kept / "raw" / "global.npz").write_bytes(b"changed")
    ...     [found.name for found in verified_folder(kept) if found.state == "failed"]
    ['raw/global.npz']
    """
    try:
        sealed = open_sealed(path, None)
    except (CorruptArtifactError, FormatVersionError) as error:
        return [Finding.of_error(MANIFEST, error)]
    return [*findings_of(sealed), *_beside(Path(path), sealed)]


def _beside(folder: Path, sealed: Sealed) -> Iterator[Finding]:
    """Yield a note of each file the manifest does not list."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for name in sorted(names):
        if name != MANIFEST and not sealed.has(name):
            yield Finding(name, "note", NOT_LISTED)
