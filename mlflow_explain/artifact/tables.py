"""Rows as files of 10,000 each: DataFrames as parquet, arrays as npz, csr matrices as three arrays.

A slice of many rows reads the files it lies in, and no others. Version 0.1.0 wrote a DataFrame, and
a csr matrix, as one file; those are read, too.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_object_dtype
from scipy import sparse

from mlflow_explain.artifact.sealed import write_arrays
from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.errors import CorruptArtifactError, InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow_explain._typing import Rows
    from mlflow_explain.artifact.sealed import Sealed

# A slice of a large explanation reads only its blocks.
BLOCK_ROWS = 10_000

_JSON = (str, int, float, bool)
_CSR = ("data", "indices", "indptr")


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
        The slice goes backwards.
    """
    if rows is None:
        return EVERYTHING
    if not isinstance(rows, slice) or (rows.step or 1) < 1:
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
        labelled = pd.DataFrame(rows).infer_objects()
        return _write_frame(folder, name, labelled) | {"container": "object-array"}
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
        for column in about.get("objects", ()):
            frame[column] = frame[column].astype(object)
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
    labels = [label.item() if isinstance(label, np.generic) else label for label in frame.columns]
    plain = all(isinstance(label, str) for label in labels)
    renamed = frame if plain else frame.set_axis([str(label) for label in labels], axis=1)
    categories = _categories(renamed)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    try:
        table = pa.Table.from_pandas(renamed)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise InvalidInputError(
            "columns of one type each, dense and known to parquet",
            f"a column that is not ({type(error).__name__})",
            "Convert it, or keep the explanation without its rows (include_data=False).",
        ) from error
    for number, start in enumerate(range(0, max(len(renamed), 1), BLOCK_ROWS)):
        pq.write_table(table.slice(start, BLOCK_ROWS), folder / f"{name}-{number:05d}.parquet")
    objects = [str(name) for name, dtype in renamed.dtypes.items() if is_object_dtype(dtype)]
    about = {"container": "frame", "categories": categories, "objects": objects}
    keeps = all(isinstance(label, _JSON) for label in labels)
    return about | ({} if plain or not keeps else {"labels": labels})


def _categories(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the categories of categorical columns: parquet keeps only those its rows use."""
    found = {}
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.CategoricalDtype):
            values = dtype.categories.tolist()
            if not all(isinstance(value, _JSON) for value in values):
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
    frame: pd.DataFrame = table.unify_dictionaries().to_pandas()
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
