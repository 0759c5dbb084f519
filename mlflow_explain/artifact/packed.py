"""Arrays as npz, and zip files that say they hold far more than they are: none of ours does."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.errors import CorruptArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlflow_explain._typing import AnyArray

# So much is read without harm, and beyond it numbers are hardly ever packed so tight.
_MOST_BYTES = 2**26
_MOST_RATIO = 100


def write(path: Path, arrays: Mapping[str, AnyArray], *, bounded: bool = False) -> None:
    """Write arrays as npz; object arrays are refused by numpy, for they would be pickled.

    Parameters
    ----------
    path : Path
        The file.
    arrays : mapping of str to ndarray
        What to write.
    bounded : bool, default=False
        Leave uncompressed what `read` would refuse as packed too tight, as many zeros are.
    """
    _write(path, arrays, zipfile.ZIP_DEFLATED)
    if bounded and _is_inflated(path.read_bytes()):
        _write(path, arrays, zipfile.ZIP_STORED)


def read(name: str, content: bytes, *, bounded: bool = False) -> dict[str, AnyArray]:
    """Return the arrays of an npz file; pickled ones are refused.

    Parameters
    ----------
    name : str
        The file's, for messages.
    content : bytes
        Whose digest was verified.
    bounded : bool, default=False
        Refuse what would fill far more bytes than the file has, before it is unpacked.

    Raises
    ------
    CorruptArtifactError
        It is no such file, or a refused one.
    """
    try:
        if bounded:
            check_not_inflated(name, content)
        with np.load(io.BytesIO(content), allow_pickle=False) as loaded:
            return {key: loaded[key] for key in loaded.files}
    except CorruptArtifactError:
        raise
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise CorruptArtifactError(
            f"{name} to hold plain arrays",
            f"content numpy refuses ({error})",
            "Objects are never unpickled; log it again.",
        ) from error


def check_not_inflated(name: str, content: bytes) -> None:
    """Refuse a zip file that says to hold too much, and far more than its own bytes."""
    if _is_inflated(content):
        raise CorruptArtifactError(
            f"{name} to hold about as much as it is long",
            f"a file that would fill more than {_MOST_RATIO} times as many bytes",
            "It was not written by mlflow-explain; save it again.",
        )


def _is_inflated(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        total = sum(entry.file_size for entry in file.infolist())
    return total > max(_MOST_BYTES, _MOST_RATIO * len(content))


def _write(path: Path, arrays: Mapping[str, AnyArray], compression: int) -> None:
    # As `savez_compressed` does, which has no `allow_pickle` in numpy 1.26 and would write an array
    # of that name.
    with zipfile.ZipFile(path, "w", compression) as file:
        for member, array in arrays.items():
            with file.open(f"{member}.npy", "w", force_zip64=True) as part:
                np.lib.format.write_array(part, np.asanyarray(array), allow_pickle=False)
