"""`Given`: attributions computed elsewhere, in the axes this package uses."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import full_name, is_frame, is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.errors import FeatureError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, OutputSpace, Rows

# Where classes may stand among the axes of one array, and the axis of each.
_READINGS = {
    "(n_classes, n_rows, n_features)": (0, 1, 2),
    "(n_rows, n_features, n_classes)": (2, 0, 1),
}


@dataclass(frozen=True, eq=False, slots=True)
class Known:
    """What is known of the sizes before the attributions are looked at; None where nothing is."""

    n_rows: int | None = None
    n_features: int | None = None
    n_classes: int | None = None

    def fits(self, n_rows: int, n_features: int, n_outputs: int) -> bool:
        """Whether sizes agree with what is known; one output may stand for two classes."""
        return (
            self.n_rows in {None, n_rows}
            and self.n_features in {None, n_features}
            and (self.n_classes in {None, n_outputs} or (n_outputs == 1 and self.n_classes == 2))
        )

    def __str__(self) -> str:
        """Name the sizes, for messages."""
        sizes = {"rows": self.n_rows, "features": self.n_features, "classes": self.n_classes}
        told = [f"{size} {name}" for name, size in sizes.items() if size is not None]
        return ", ".join(told) or "no size known"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Given:
    """Attributions another library made, and what it tells about them.

    Parameters
    ----------
    outputs : tuple of ndarray or csr_matrix, each of shape (n_rows, n_features)
        Attributions to each output.
    base_values : ndarray of shape (n_outputs,)
        NaN where they are not known.
    features, classes : sequence, optional
        Names of the columns, labels of the outputs.
    data : DataFrame, ndarray or csr_matrix, optional
        The rows.
    predicted, probabilities : ndarray, optional
        The model's own predictions of the rows.
    is_classification : bool, optional
        None where the library does not tell.
    output_space : str, optional
        Unit of the attributions.
    model_type : str, optional
        Class of the model.
    """

    outputs: tuple[Any, ...]
    base_values: FloatArray
    features: Sequence[str] | None = None
    classes: Sequence[Any] | None = None
    data: Rows | None = None
    predicted: AnyArray | None = None
    probabilities: FloatArray | None = None
    is_classification: bool | None = None
    output_space: OutputSpace | None = None
    model_type: str | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.outputs[0].shape[0])

    @property
    def n_features(self) -> int:
        """Number of features."""
        return int(self.outputs[0].shape[1])

    def values(self, rows: slice) -> FloatArray:
        """Return the attributions of some rows, (n_rows, n_features, n_outputs), in a new array."""
        return np.stack([dense(part[rows], np.float64) for part in self.outputs], axis=2)


def of_arrays(values: Any, expected_values: Any, known: Known) -> Given:
    """Read attributions that come as arrays.

    Parameters
    ----------
    values : ndarray, csr_matrix or list of them
        One output: (n_rows, n_features), or (n_features,) of one row. Several: a list of such
        arrays, or one array with the classes as its first or last axis.
    expected_values : float or array, optional
        Base values: one, one per output, or the same for each row.
    known : Known
        Sizes that tell which axis is which.

    Raises
    ------
    InvalidInputError
        The shapes do not fit each other or what is known, or leave open which axis is which.
    """
    outputs = _outputs(values, known)
    shapes = {tuple(part.shape) for part in outputs}
    if len(shapes) > 1:
        raise InvalidInputError(
            "one array of the same shape (n_rows, n_features) per class",
            f"arrays of shapes {', '.join(map(str, sorted(shapes)))}",
            "Pass the importances of the same rows for each class.",
        )
    n_rows, n_features = shapes.pop()
    if not known.fits(n_rows, n_features, len(outputs)):
        raise _other_sizes(f"{len(outputs)} array(s) of shape ({n_rows}, {n_features})", known)
    return Given(outputs=outputs, base_values=base_values_of(expected_values, n_rows, len(outputs)))


def is_vector(values: Any) -> bool:
    """Whether the values have one axis: one number per feature."""
    if isinstance(values, list | tuple):
        return all(isinstance(value, Real) for value in values)
    return getattr(values, "ndim", None) == 1 and not is_sparse(values)


def base_values_of(expected: Any, n_rows: int, n_outputs: int) -> FloatArray:
    """Return base values (n_outputs,) of one number, one per output, or one per row and output.

    Two that mirror each other stand for one output of two classes. None gives NaN: not known.
    """
    if expected is None:
        return np.full(n_outputs, np.nan)
    base = np.asarray(expected, dtype=np.float64)
    if base.size == n_outputs and base.shape != (n_rows, 1):
        return base.reshape(-1)
    per_row = base.reshape(-1, 1) if base.ndim == 1 and n_outputs == 1 else base
    if per_row.shape == (n_rows, n_outputs) and n_rows and _is_same(per_row):
        return np.asarray(per_row[0])
    if n_outputs == 1 and base.shape == (2,) and base[0] == -base[1]:
        return base[1:]
    raise InvalidInputError(
        f"expected_values of shape ({n_outputs},), one per output and the same for all rows",
        f"an array of shape {base.shape}"
        + (", which differ between rows" if per_row.shape == (n_rows, n_outputs) else ""),
        "An explanation has one base value per output: explain against one background, and pass "
        "the importances of all classes or those of the second of two.",
    )


def by_name(values: Any, columns: Sequence[str] | None) -> tuple[Any, Sequence[str] | None]:
    """Return importances in the order of the columns, and the names they have of their own.

    Parameters
    ----------
    values : DataFrame, list of DataFrames or any other form
        Only what has columns is put in order.
    columns : sequence of str, optional
        Names of the features; None where nothing tells them.

    Raises
    ------
    FeatureError
        The importances have other columns.
    """
    if isinstance(values, list | tuple) and values and all(is_frame(part) for part in values):
        each = [by_name(part, columns or [str(n) for n in values[0].columns]) for part in values]
        return [part for part, _ in each], each[0][1] if columns is None else None
    if not is_frame(values):
        return values, None
    names = [str(name) for name in values.columns]
    if columns is None:
        return values.to_numpy(), names
    if names == [str(i) for i in range(len(names))]:
        return values.to_numpy(), None
    if sorted(names) != sorted(columns):
        raise FeatureError(
            f"importances of the columns {', '.join(columns)}",
            f"those of {', '.join(names)}",
            "Name them alike, or pass importances without names, in the order of the columns.",
        )
    return values.iloc[:, [names.index(name) for name in columns]].to_numpy(), None


def _outputs(values: Any, known: Known) -> tuple[Any, ...]:
    """Return one (n_rows, n_features) matrix per output."""
    if is_sparse(values):
        return (values.tocsr(),)
    if isinstance(values, list | tuple) and values and all(_is_matrix(part) for part in values):
        return tuple(part.tocsr() if is_sparse(part) else _numbers(part) for part in values)
    array = _numbers(values)
    if array.ndim == 3:
        return _of_cube(array, known)
    if array.ndim not in {1, 2}:
        raise InvalidInputError(
            "importances of two or three axes", f"{array.ndim} axes", "See the shapes accepted."
        )
    return (array.reshape(1, -1) if array.ndim == 1 else array,)


def _of_cube(cube: FloatArray, known: Known) -> tuple[FloatArray, ...]:
    """Return one matrix per output of an array whose first or last axis are the classes."""
    moved = {name: cube.transpose(axes) for name, axes in _READINGS.items()}
    fitting = [
        array for array in moved.values() if known.fits(array.shape[1], array.shape[2], len(array))
    ]
    if not fitting:
        raise _other_sizes(f"an array of shape {cube.shape}", known)
    if len(fitting) > 1:
        raise InvalidInputError(
            f"importances laid out {' or '.join(_READINGS)}, told apart by their sizes",
            f"shape {cube.shape}, which both readings fit ({known})",
            "Pass a list with one (n_rows, n_features) array per class; or evaluation_examples, "
            "features and classes that leave one reading.",
        )
    return tuple(fitting[0])


def _other_sizes(got: str, known: Known) -> InvalidInputError:
    return InvalidInputError(
        f"importances of shape (n_rows, n_features), {', '.join(_READINGS)} with {known}",
        got,
        "Pass the importances of these very rows, features and classes.",
    )


def _is_matrix(part: Any) -> bool:
    return is_sparse(part) or (isinstance(part, np.ndarray) and part.ndim == 2)


def _numbers(values: Any) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        # The cause repeats values, so it is not chained.
        raise InvalidInputError(
            "importances as arrays of numbers, a csr matrix, a list of one per class, a "
            "shap.Explanation, or a local explanation of interpret",
            full_name(values),
            "Pass arrays of shape (n_rows, n_features).",
        ) from None


def _is_same(per_row: FloatArray) -> bool:
    """Whether all rows hold the same base values, up to rounding."""
    return bool(np.allclose(per_row, per_row[0], rtol=1e-6, atol=1e-9, equal_nan=True))
