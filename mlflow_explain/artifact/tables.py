"""Rows as files: DataFrames as parquet, arrays as npz blocks, csr matrices as three arrays."""

from __future__ import annotations

import io
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


def write_table(folder: Path, name: str, rows: Rows) -> dict[str, Any]:
    """Write rows under a name and return what the reader needs to know of them."""
    if is_frame(rows):
        return _write_frame(folder, name, rows)
    if is_sparse(rows):
        csr = rows.tocsr()
        write_arrays(folder, f"{name}.npz", {part: getattr(csr, part) for part in _CSR})
        return {"container": "csr", "shape": list(csr.shape)}
    if rows.dtype == object:
        labelled = pd.DataFrame(rows).infer_objects()
        return _write_frame(folder, name, labelled) | {"container": "object-array"}
    for number, block in enumerate(blocks(rows)):
        write_arrays(folder, f"{name}-{number:05d}.npz", {"rows": block})
    return {"container": "array"}


def read_table(sealed: Sealed, name: str, about: dict[str, Any]) -> Rows:
    """Return rows as they were written."""
    container = about["container"]
    if container in {"frame", "object-array"}:
        frame = _read_frame(sealed, name)
        for column, kept in about.get("categories", {}).items():
            dtype = pd.CategoricalDtype(kept["values"], ordered=kept["ordered"])
            frame[column] = frame[column].astype(dtype)
        for column in about.get("objects", ()):
            frame[column] = frame[column].astype(object)
        labels = about.get("labels")
        if labels is not None:
            frame.columns = pd.Index(labels)
        return frame if container == "frame" else frame.to_numpy(dtype=object)
    if container == "csr":
        parts = sealed.arrays(f"{name}.npz")
        return sparse.csr_matrix(tuple(parts[part] for part in _CSR), shape=about["shape"])
    return np.concatenate([sealed.arrays(n)["rows"] for n in sealed.names(f"{name}-")])


def blocks(array: Any) -> list[Any]:
    """Return an array in blocks of rows; one empty block when there are none."""
    return [array[i : i + BLOCK_ROWS] for i in range(0, max(len(array), 1), BLOCK_ROWS)]


def _write_frame(folder: Path, name: str, frame: pd.DataFrame) -> dict[str, Any]:
    labels = [label.item() if isinstance(label, np.generic) else label for label in frame.columns]
    plain = all(isinstance(label, str) for label in labels)
    renamed = frame if plain else frame.set_axis([str(label) for label in labels], axis=1)
    categories = _categories(renamed)
    path = folder / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        pq.write_table(pa.Table.from_pandas(renamed), path, row_group_size=BLOCK_ROWS)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise InvalidInputError(
            "columns of one type each, dense and known to parquet",
            f"a column that is not ({type(error).__name__})",
            "Convert it, or keep the explanation without its rows (include_data=False).",
        ) from error
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


def _read_frame(sealed: Sealed, name: str) -> pd.DataFrame:
    content = sealed.read(f"{name}.parquet")
    try:
        frame: pd.DataFrame = pq.read_table(io.BytesIO(content)).to_pandas()
    except (pa.ArrowInvalid, OSError) as error:
        raise CorruptArtifactError(
            f"{name}.parquet to be a parquet file", "something else", "Log it again."
        ) from error
    return frame
