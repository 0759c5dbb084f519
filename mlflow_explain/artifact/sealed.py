"""Sealed folders: a manifest with the digest of every file, written last, verified when read.

The manifest is what makes a folder an artifact: without it nothing is there. Files are parsed from
the very bytes whose digest was compared, and no name leads outside the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mlflow_explain._version import __version__
from mlflow_explain.artifact import packed
from mlflow_explain.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
    CorruptArtifactError,
    FormatVersionError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import AnyArray

FORMAT_VERSION = 1
"""Version of the layout of all sealed folders.

To change it: add one here, copy today's readers to a module of their own beside the new ones, keep
a real folder of the old version under ``tests/data``, and add a row to the table of readers.
"""

MANIFEST = "manifest.json"
_NUMERICS = ("numpy", "pandas", "scipy", "scikit-learn", "lightgbm", "shap")


def write_json(folder: Path, name: str, content: Any) -> None:
    """Write strict JSON, readable by people."""
    text = json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False)
    _place(folder, name).write_text(text + "\n", encoding="utf-8")


def write_arrays(
    folder: Path, name: str, arrays: Mapping[str, AnyArray], *, bounded: bool = False
) -> None:
    """Write arrays as npz, as `packed.write` does."""
    packed.write(_place(folder, name), arrays, bounded=bounded)


def write_text(folder: Path, name: str, text: str) -> None:
    """Write UTF-8 text with plain line ends."""
    write_bytes(folder, name, text.encode())


def write_bytes(folder: Path, name: str, content: bytes) -> None:
    """Write a file of another format."""
    _place(folder, name).write_bytes(content)


def _place(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def prepare(path: str | Path, *, exist_ok: bool) -> Path:
    """Return an empty folder to write to, or refuse one that is taken."""
    folder = Path(path)
    for name in check_free(folder, exist_ok=exist_ok):
        (folder / name).unlink()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_free(folder: Path, *, exist_ok: bool) -> list[str]:
    """Return the files of a sealed folder that would be replaced; refuse one that is not ours."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return []
    if not exist_ok:
        raise ArtifactExistsError(
            "a new or empty folder",
            f"{folder}, which holds something",
            "Choose another path, or pass exist_ok=True to replace it.",
        )
    if not (folder / MANIFEST).is_file():
        raise ArtifactExistsError(
            "a folder written by mlflow-explain, to replace it",
            f"{folder}, which has no {MANIFEST}",
            "Choose another path.",
        )
    others = set(_files(folder)) - set(listed_files((folder / MANIFEST).read_bytes()))
    if others:
        raise ArtifactExistsError(
            "a folder that holds nothing but what mlflow-explain wrote, to replace it",
            f"{folder} with {', '.join(sorted(others))} beside",
            "Choose another path.",
        )
    return [*_files(folder), MANIFEST]


def listed_files(manifest: bytes) -> list[str]:
    """Return the names a manifest lists, none of which leads out of its folder."""
    return list(_parsed(manifest)["files"])


def seal(folder: Path, kind: str, content: Mapping[str, Any]) -> str:
    """Write the manifest of all files in the folder, last, and return its sha256.

    Parameters
    ----------
    folder : Path
        Holds all the files.
    kind : str
        ``"explanation"`` or ``"scoring-explainer"``.
    content : mapping
        What the reader needs beside the files.

    Returns
    -------
    str
        Hexadecimal sha256 of the manifest: it stands for the whole folder.
    """
    manifest = {
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "written_by": f"mlflow-explain {__version__}",
        "versions": versions(),
        **content,
        "files": {name: _sha256((folder / name).read_bytes()) for name in _files(folder)},
    }
    write_json(folder, MANIFEST, manifest)
    return _sha256((folder / MANIFEST).read_bytes())


def versions() -> dict[str, str]:
    """Return the versions of what made the numbers, for a reader who finds other ones."""
    found = {"python": platform.python_version()}
    for name in _NUMERICS:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _files(folder: Path) -> list[str]:
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if name != MANIFEST)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, eq=False, slots=True)
class Sealed:
    """A sealed folder, open for reading.

    Parameters
    ----------
    folder : Path
        Where it lies.
    manifest : mapping
        Its manifest.
    digest : str
        sha256 of the manifest.
    fetch : callable, optional
        Brings a file that is not in the folder yet, by its name.
    """

    folder: Path
    manifest: Mapping[str, Any]
    digest: str
    fetch: Callable[[str], None] | None = None

    def has(self, name: str) -> bool:
        """Whether the manifest lists a file."""
        return name in self.manifest["files"]

    def names(self, prefix: str) -> list[str]:
        """Return the listed files that start with a prefix, in order."""
        return sorted(name for name in self.manifest["files"] if name.startswith(prefix))

    def read(self, name: str) -> bytes:
        """Return a file's bytes after comparing their digest."""
        _check_name(name)
        path = self.folder / name
        if self.fetch is not None and self.has(name) and not path.exists():
            self.fetch(name)
        if not self.has(name) or not path.is_file():
            raise CorruptArtifactError(
                f"the file {name} in {self.folder}", "none", "Restore or log it again."
            )
        inside = self.folder.resolve()
        if path.is_symlink() or not path.resolve().is_relative_to(inside):
            raise CorruptArtifactError(
                f"{name} to be a file of the folder", "a link", "Restore or log it again."
            )
        content = path.read_bytes()
        if _sha256(content) != self.manifest["files"][name]:
            raise CorruptArtifactError(
                f"{name} as it was sealed",
                "other content: its sha256 differs from the manifest's",
                "The file is damaged or was changed; restore or log it again.",
            )
        return content

    def arrays(self, name: str, *, bounded: bool = False) -> dict[str, AnyArray]:
        """Return the arrays of an npz file, as `packed.read` does."""
        return packed.read(name, self.read(name), bounded=bounded)

    def text(self, name: str) -> str:
        """Return a UTF-8 text file."""
        try:
            return self.read(name).decode()
        except UnicodeDecodeError as error:
            raise CorruptArtifactError(
                f"{name} to be text in UTF-8", "something else", "Log it again."
            ) from error


def open_sealed(
    path: str | Path, kind: str | None, fetch: Callable[[str], None] | None = None
) -> Sealed:
    """Open a sealed folder of the given kind.

    Parameters
    ----------
    path : str or Path
        The folder.
    kind : str or None
        ``"explanation"`` or ``"scoring-explainer"``; None opens either.
    fetch : callable, optional
        Brings the other files into the folder when they are read; the manifest lies there.

    Raises
    ------
    ArtifactNotFoundError
        There is no manifest.
    FormatVersionError
        It was written by a newer version of the package.
    CorruptArtifactError
        The manifest cannot be read or is of another kind.
    """
    folder = Path(path)
    try:
        content = (folder / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ArtifactNotFoundError(
            f"{MANIFEST} of {_named(kind)} in {folder}",
            "none",
            "Check the path; a folder without its manifest was never finished.",
        ) from None
    manifest = _parsed(content)
    version = manifest["format_version"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise CorruptArtifactError("a format version of 1 or more", repr(version), "Log it again.")
    if version > FORMAT_VERSION:
        raise FormatVersionError(
            f"a format version up to {FORMAT_VERSION}",
            f"{version}, written by {manifest.get('written_by', 'an unknown version')}",
            f"Upgrade mlflow-explain (this is {__version__}).",
        )
    if kind is not None and manifest.get("kind") != kind:
        raise CorruptArtifactError(
            _named(kind), f"kind {manifest.get('kind')}", "Check what the path leads to."
        )
    return Sealed(folder, manifest, _sha256(content), fetch)


def _named(kind: str | None) -> str:
    if kind is None:
        return "an explanation or explainer"
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(content)
        well = isinstance(manifest["files"], dict) and "format_version" in manifest
    except (ValueError, KeyError, TypeError, RecursionError):
        well = False
    if not well:
        raise CorruptArtifactError(
            f"a {MANIFEST} in JSON that lists its files", "something else", "Log it again."
        )
    for name in manifest["files"]:
        _check_name(name)
    parsed: dict[str, Any] = manifest
    return parsed


def _check_name(name: str) -> None:
    """Refuse a name that could lead outside the folder."""
    path = PurePosixPath(name)
    if (
        path.is_absolute()
        or not path.parts
        or ".." in path.parts
        or any(char in name for char in "\\\0:%")
    ):
        raise CorruptArtifactError(
            "names of files inside the folder", repr(name), "The manifest was tampered with."
        )
