"""Rows as files of 10,000 each: DataFrames as parquet, arrays as npz, csr matrices as three arrays.

A slice of many rows reads the files it lies in, and no others. Version 0.1.0 wrote a DataFrame, and
a csr matrix, as one file; those are read, too.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

from mlflow_explain.artifact.objects import refused, restore, with_gaps
from mlflow_explain.artifact.sealed import write_arrays
from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.views import is_plain, plain_labels
from mlflow_explain.errors import CorruptArtifactError, InvalidInputError
from mlflow_explain.explanation._arrays import plain

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow_explain._typing import Rows
    from mlflow_explain.artifact.sealed import Sealed

# A slice of a large explanation reads only its blocks.
BLOCK_ROWS = 10_000

_CSR = ("data", "indices", "indptr")
# What pyarrow raises on columns it knows no type for.
_NO_TABLE = (TypeError, ValueError, NotImplementedError, OverflowError)


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows are read, and the blocks they lie in.

    Parameters
    ----------
    blocks : slice
        Of the list of blocks.
    inside : slice
        Of the rows of these blocks.
    rows : slice
        Of all rows.
    """

    blocks: slice
    inside: slice
    rows: slice

    @property
    def first_row(self) -> int:
        """Position of the first row of the first block."""
        return (self.blocks.start or 0) * BLOCK_ROWS


EVERYTHING = Window(slice(None), slice(None), slice(None))


def window(rows: slice | None, n_rows: int) -> Window:
    """Return the window of a slice of rows.

    Raises
    ------
    InvalidInputError
        It is no slice, or one that goes backwards.
    """
    if rows is None:
        return EVERYTHING
    if not _goes_forward(rows):
        raise InvalidInputError(
            "`rows`, a slice that goes forward", repr(rows), "Pass slice(start, stop)."
        )
    chosen = range(*rows.indices(n_rows))
    start, stop = (chosen[0], chosen[-1] + 1) if chosen else (0, 0)
    first, end = start // BLOCK_ROWS, max(stop - 1, 0) // BLOCK_ROWS + 1
    offset = first * BLOCK_ROWS
    return Window(
        slice(first, end),
        slice(start - offset, stop - offset, chosen.step),
        slice(start, stop, chosen.step),
    )


def _goes_forward(rows: Any) -> bool:
    if not isinstance(rows, slice):
        return False
    given = [part for part in (rows.start, rows.stop, rows.step) if part is not None]
    return all(isinstance(part, Integral) for part in given) and (
        rows.step is None or rows.step > 0
    )


def write_table(folder: Path, name: str, rows: Rows) -> dict[str, Any]:
    """Write rows under a name and return what the reader needs to know of them."""
    if is_frame(rows):
        return _write_frame(folder, name, rows)
    if is_sparse(rows):
        csr = rows.tocsr()
        for number, block in enumerate(blocks(csr)):
            parts = {part: getattr(block, part) for part in _CSR}
            write_arrays(folder, f"{name}-{number:05d}.npz", parts)
        return {"container": "csr", "shape": list(csr.shape)}
    if rows.dtype == object:
        return _write_frame(folder, name, pd.DataFrame(rows, dtype=object)) | {
            "container": "object-array"
        }
    for number, block in enumerate(blocks(rows)):
        write_arrays(folder, f"{name}-{number:05d}.npz", {"rows": block})
    return {"container": "array"}


def read_table(
    sealed: Sealed, name: str, about: dict[str, Any], window: Window = EVERYTHING
) -> Rows:
    """Return rows as they were written, those of a window only."""
    container = about["container"]
    if container in {"frame", "object-array"}:
        frame = _read_frame(sealed, name, window)
        for column, kept in about.get("categories", {}).items():
            dtype = pd.CategoricalDtype(kept["values"], ordered=kept["ordered"])
            frame[column] = frame[column].astype(dtype)
        restore(frame, about)
        labels = about.get("labels")
        if labels is not None:
            frame.columns = pd.Index(labels)
        return frame if container == "frame" else frame.to_numpy(dtype=object)
    if container == "csr" and sealed.has(f"{name}.npz"):
        return _csr(sealed, f"{name}.npz", about)[window.rows]
    names = sealed.names(f"{name}-")[window.blocks]
    if container == "csr":
        parts = [_csr(sealed, part, about) for part in names]
        return sparse.vstack(parts, format="csr")[window.inside]
    return np.concatenate([sealed.arrays(part)["rows"] for part in names])[window.inside]


def blocks(array: Any) -> list[Any]:
    """Return an array in blocks of rows; one empty block when there are none."""
    n_rows = array.shape[0]
    return [array[i : i + BLOCK_ROWS] for i in range(0, max(n_rows, 1), BLOCK_ROWS)]


def _csr(sealed: Sealed, name: str, about: dict[str, Any]) -> Any:
    parts = sealed.arrays(name)
    shape = (len(parts["indptr"]) - 1, about["shape"][1])
    return sparse.csr_matrix(tuple(parts[part] for part in _CSR), shape=shape)


def _write_frame(folder: Path, name: str, frame: pd.DataFrame) -> dict[str, Any]:
    labels = [plain(label) for label in frame.columns]
    are_words = all(isinstance(label, str) for label in labels)
    words = _distinct(labels)
    renamed = frame if are_words else frame.set_axis(words, axis=1)
    categories = _categories(renamed)
    table, about = with_gaps(_arrow(renamed), renamed)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, max(len(renamed), 1), BLOCK_ROWS)):
        pq.write_table(table.slice(start, BLOCK_ROWS), folder / f"{name}-{number:05d}.parquet")
    about |= {"container": "frame", "categories": categories}
    return about | ({"labels": labels} if not are_words and all(map(is_plain, labels)) else {})


def _distinct(labels: list[Any]) -> list[Any]:
    """Return labels as words, each once."""
    words = plain_labels([str(label) for label in labels], "names of columns") or []
    doubled = sorted(word for word, count in Counter(words).items() if count > 1)
    if doubled:
        raise InvalidInputError(
            "columns with distinct names",
            f"{', '.join(doubled)} more than once",
            "Rename or drop the duplicates.",
        )
    return words


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as an Arrow table, or name the columns that make none."""
    # Where there is no column the index tells how many rows there are.
    keep_index = None if frame.shape[1] else True
    try:
        return pa.Table.from_pandas(frame, preserve_index=keep_index)
    except _NO_TABLE as error:
        kind = type(error).__name__
    columns = (frame.iloc[:, [i]] for i in range(frame.shape[1]))
    raise refused([str(each.columns[0]) for each in columns if not _makes_a_table(each)], kind)


def _makes_a_table(frame: pd.DataFrame) -> bool:
    try:
        pa.Table.from_pandas(frame, preserve_index=False)
    except _NO_TABLE:
        return False
    return True


def _categories(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the categories of categorical columns: parquet keeps only those its rows use."""
    found = {}
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.CategoricalDtype):
            values = dtype.categories.tolist()
            if not all(map(is_plain, values)):
                raise InvalidInputError(
                    "categories that are text, numbers or truth values",
                    f"others in column {name}",
                    "Convert them to text, or keep the explanation without its rows "
                    "(include_data=False).",
                )
            found[str(name)] = {"values": values, "ordered": bool(dtype.ordered)}
    return found


def _read_frame(sealed: Sealed, name: str, window: Window) -> pd.DataFrame:
    if sealed.has(f"{name}.parquet"):
        whole: pd.DataFrame = _parquet(sealed, f"{name}.parquet").to_pandas()
        return whole.iloc[window.rows]
    names = sealed.names(f"{name}-")[window.blocks]
    table = pa.concat_tables([_parquet(sealed, part) for part in names])
    frame: pd.DataFrame = table.unify_dictionaries().to_pandas(integer_object_nulls=True)
    # An index of consecutive numbers is kept as its description, which is that of all rows.
    index = (table.schema.pandas_metadata or {}).get("index_columns", [])
    if len(index) == 1 and isinstance(index[0], dict):
        start, step = index[0]["start"] + window.first_row * index[0]["step"], index[0]["step"]
        kept = pd.RangeIndex(start, start + len(frame) * step, step, name=index[0]["name"])
        frame.index = kept
    return frame.iloc[window.inside]


def _parquet(sealed: Sealed, name: str) -> Any:
    content = sealed.read(name)
    try:
        return pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError) as error:
        raise CorruptArtifactError(
            f"{name} to be a parquet file", "something else", "Log it again."
        ) from error
