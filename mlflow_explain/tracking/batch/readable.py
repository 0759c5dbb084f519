"""Files that cannot be read, as this package's errors."""

from __future__ import annotations

import lzma
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from mlflow_explain.errors import ExplainError, InvalidInputError, MissingLibraryError
from mlflow_explain.tracking.runs.failures import typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What readers raise of a file that is damaged, cut, or not what its name says.
_DAMAGED = (ValueError, OSError, EOFError, lzma.LZMAError, zlib.error, pa.ArrowException)


@contextmanager
def readable(path: Path | str) -> Iterator[None]:
    """Say which file cannot be read; the reader's own words may hold values of rows.

    Raises
    ------
    InvalidInputError
        It is damaged, or not what its name says.
    MissingLibraryError
        Nothing that is installed decompresses it.
    StoreError
        The disk failed, or does not let it be read.
    """
    try:
        yield
    except ExplainError:
        raise
    except ImportError as error:
        raise MissingLibraryError(
            f"a library that decompresses {path}",
            f"none ({error.name or 'zstandard'})",
            "pip install zstandard, or decompress the file first.",
        ) from error
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.errno is not None:
            with typed(f"give {path}"):
                raise
        raise InvalidInputError(
            "a file of rows with the names of its columns, in the types of the model's signature",
            f"{path}, which is not read ({type(error).__name__})",
            "The ending of the name tells what it is; types are those of the signature.",
        ) from error
