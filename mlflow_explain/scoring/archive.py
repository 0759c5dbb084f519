"""A scoring explainer kept by itself: a sealed folder, or one file that holds such a folder.

It is what `store` writes and, beside it, fitted objects as skops: `preprocess.skops`, the
transformers before the estimator, and `model.skops`, for engines that ask the model. What lies at a
path is complete or not there: it is written beside it and renamed.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow_explain.artifact.sealed import MANIFEST, check_free, listed_files, open_sealed
from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import (
    ArtifactError,
    ArtifactExistsError,
    ArtifactNotFoundError,
    CorruptArtifactError,
    InvalidInputError,
    StoreAccessError,
    StoreError,
)
from mlflow_explain.scoring import store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow_explain.scoring.scorer import Scorer

FOLDER = "scoring_explainer"

# What is in an archive, and how much of it: nothing else is taken out.
_NAMES = re.compile(
    r"manifest\.json|engine\.npz|engine-[\w.-]{1,100}\.txt|feature_map\.npz|template[\w.-]{0,20}"
    r"|(preprocess|model)\.skops",
    re.ASCII,
)
_MOST_BYTES = 8 * 2**30
_MOST_OF_MANIFEST = 2**26
# Of a file's times nothing is kept: two archives of one explainer differ in their content only.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
# What zipfile raises on damaged files.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, ArithmeticError, LookupError,
    RuntimeError, ValueError,
)  # fmt: skip
# Of an operating system that was asked for a place before the beginning, as damaged files do.
_OF_CONTENT = {None, errno.EINVAL}


def write_folder(scorer: Scorer, made_as: str, directory: str | Path, *, exist_ok: bool) -> Path:
    """Write a scoring explainer to a folder of its own in a directory, and return that.

    Parameters
    ----------
    scorer : Scorer
        What to write.
    made_as : str
        Name of the public class around it.
    directory : str or Path
        Made where it is missing.
    exist_ok : bool
        Replace one that lies there.
    """
    target = _path(directory, "directory") / FOLDER
    check_free(target, exist_ok=exist_ok)
    with _staged(target) as stage:
        store.save(scorer, stage / "new", made_as=made_as, with_fitted=True)
        if target.exists():
            target.replace(stage / "former")
        (stage / "new").replace(target)
    return target


def write_file(scorer: Scorer, made_as: str, path: str | Path, *, exist_ok: bool) -> Path:
    """Write a scoring explainer to one file, and return its path; parameters as above."""
    target = _path(path, "path")
    _check_file(target, exist_ok=exist_ok)
    with _staged(target) as stage:
        store.save(scorer, stage / "new", made_as=made_as, with_fitted=True)
        _pack(stage / "new", stage / "packed")
        (stage / "packed").replace(target)
    return target


def read(path: str | Path) -> tuple[Scorer, str | None]:
    """Return what was written to a folder or a file, and the name of its public class.

    Parameters
    ----------
    path : str or Path
        A file, a folder, or a directory with such a folder in it.

    Raises
    ------
    ArtifactNotFoundError
        Nothing lies there.
    CorruptArtifactError
        It is damaged, was changed, or is something else.
    FormatVersionError
        It was written by a newer version of the package.
    """
    given = _path(path, "path")
    if given.is_dir():
        inside = given / FOLDER
        is_directory = not (given / MANIFEST).is_file() and (inside / MANIFEST).is_file()
        return _opened(inside if is_directory else given)
    if not given.is_file():
        raise ArtifactNotFoundError("a scoring explainer", f"nothing at {given}", "Check the path.")
    with ExitStack() as until_read:
        with _reading(given):
            folder = Path(until_read.enter_context(tempfile.TemporaryDirectory()))
            _unpack(given, folder)
        return _opened(folder)


def _path(given: Any, name: str) -> Path:
    """Return a path as such, or refuse what is none."""
    found = os.fspath(given) if isinstance(given, str | os.PathLike) else None
    if not isinstance(found, str) or "\0" in found:
        raise InvalidInputError(f"{name} to be a path", shown(given), "Pass a str or a Path.")
    return Path(found)


def _opened(folder: Path) -> tuple[Scorer, str | None]:
    sealed = open_sealed(folder, store.KIND)
    return store.opened(sealed), sealed.manifest.get("made_as")


def _check_file(target: Path, *, exist_ok: bool) -> None:
    """Refuse a path that is taken, by anything but an archive that may be replaced."""
    if not target.exists():
        return
    if not exist_ok:
        raise ArtifactExistsError(
            "a new file", f"{target}, which exists", "Choose another path, or pass exist_ok=True."
        )
    try:
        with zipfile.ZipFile(target) as archive:
            _content(archive, target)
    except (OSError, ArtifactError, *_UNREADABLE) as error:
        raise ArtifactExistsError(
            "a file written by mlflow-explain, to replace it",
            f"{target}, which is something else",
            "Choose another path.",
        ) from error


@contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """Yield a folder beside the target, of this user alone, that is removed whatever happens."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}-"))
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except ArtifactError:
        raise
    except OSError as error:
        raise _failed(
            error, f"a disk that takes {target}",
            "Nothing was written; choose another place, or make room.",
        ) from error  # fmt: skip


def _failed(error: OSError, expected: str, fix: str) -> StoreError:
    refused = isinstance(error, PermissionError)
    kind = StoreAccessError if refused else StoreError
    return kind(expected, f"{type(error).__name__}: {error.strerror}", fix)


def _pack(folder: Path, path: Path) -> None:
    """Put the files of a folder into one, the manifest first."""
    names = sorted(listed_files((folder / MANIFEST).read_bytes()))
    with zipfile.ZipFile(path, "w") as archive:
        for name in (MANIFEST, *names):
            # Arrays and fitted objects are compressed already.
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = _ways(name)[-1]
            entry.file_size = (folder / name).stat().st_size
            with (folder / name).open("rb") as file, archive.open(entry, "w") as part:
                shutil.copyfileobj(file, part)


def _unpack(path: Path, folder: Path) -> None:
    """Take the listed files out of an archive, and no others."""
    with zipfile.ZipFile(path) as archive:
        for name in _content(archive, path):
            with archive.open(name) as part, (folder / name).open("wb") as file:
                shutil.copyfileobj(part, file)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Tell what is wrong with an archive from what is wrong with a disk."""
    try:
        yield
    except ArtifactError:
        raise
    except (OSError, *_UNREADABLE) as error:
        if isinstance(error, OSError) and error.errno not in _OF_CONTENT:
            raise _failed(
                error, f"{path} to be read, and a temporary folder to unpack it in",
                "Check who may read it, and the room in the folder for temporary files.",
            ) from error  # fmt: skip
        raise CorruptArtifactError(
            f"{path} as it was saved",
            f"what cannot be unpacked ({type(error).__name__})",
            "It is damaged, cut off or something else; save it again.",
        ) from error


def _content(archive: zipfile.ZipFile, path: Path) -> list[str]:
    """Return the names of an archive's files, which are those its manifest lists."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    size = sum(entry.file_size for entry in entries)
    known = len(set(names)) == len(names) and all(map(_NAMES.fullmatch, names))
    # As they were packed: what is compressed in itself is not compressed twice.
    plain = all(entry.compress_type in _ways(entry.filename) for entry in entries)
    if not (known and plain) or size > _MOST_BYTES or MANIFEST not in names:
        raise _odd(path)
    if archive.getinfo(MANIFEST).file_size > _MOST_OF_MANIFEST:
        raise _odd(path)
    if set(names) != {MANIFEST, *listed_files(archive.read(MANIFEST))}:
        raise _odd(path)
    return names


def _ways(name: str) -> tuple[int, ...]:
    """Return how a file may be packed, and last how it is."""
    is_text = name.endswith((".json", ".txt"))
    return (zipfile.ZIP_STORED, *([zipfile.ZIP_DEFLATED] if is_text else []))


def _odd(path: Path) -> CorruptArtifactError:
    return CorruptArtifactError(
        f"the files of one scoring explainer in {path}, each once",
        "others, fewer, or of a size that none has",
        "It is no such file, or was changed; save it again.",
    )
