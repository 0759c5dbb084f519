"""From the inner axes (n_rows, n_features, n_outputs) to the layouts users see."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.explanation.importance import LocalImportance


def is_mirrored(n_outputs: int, n_classes: int | None) -> bool:
    """Whether one output stands for two classes: the first is the second with a minus sign."""
    return n_classes == 2 and n_outputs == 1


def default_output(n_outputs: int) -> int:
    """Return the output shown when none is asked for: the last of two, the first of more."""
    return n_outputs - 1 if n_outputs <= 2 else 0


def per_class(local: LocalImportance, n_classes: int | None) -> FloatArray:
    """Return local values as users see them.

    Parameters
    ----------
    local : LocalImportance
        Attributions of shape (n_rows, n_features, n_outputs).
    n_classes : int or None
        Number of classes; None for regression.

    Returns
    -------
    ndarray
        Classification: (n_classes, n_rows, n_features), a single margin mirrored to ``[-v, v]``.
        Regression: (n_rows, n_features).
    """
    values = np.moveaxis(local.values, 2, 0)
    if n_classes is None:
        return values[0] if len(values) == 1 else values
    return np.concatenate([-values, values]) if is_mirrored(local.n_outputs, n_classes) else values


def errors_per_class(errors: FloatArray, n_classes: int | None) -> FloatArray:
    """Return standard errors (n_rows, n_features, n_outputs) in the layout of the values."""
    each = np.moveaxis(errors, 2, 0)
    if n_classes is None:
        return each[0] if len(each) == 1 else each
    return np.concatenate([each, each]) if is_mirrored(len(each), n_classes) else each


def rest_per_class(rest: FloatArray, n_classes: int | None) -> FloatArray:
    """Return sums of what was left out (n_rows, n_outputs): (n_classes, n_rows) or (n_rows,)."""
    each = rest.T
    if n_classes is None:
        return each[0] if len(each) == 1 else each
    return np.concatenate([-each, each]) if is_mirrored(len(each), n_classes) else each


def base_per_class(base_values: FloatArray, n_classes: int | None) -> FloatArray:
    """Return base values as users see them: one per class, or one for a regression."""
    if is_mirrored(len(base_values), n_classes):
        return np.concatenate([-base_values, base_values])
    return base_values


def of_output(
    local: LocalImportance, output: int, n_classes: int | None
) -> tuple[FloatArray, float]:
    """Return the attributions (n_rows, n_features) and the base value of one class or target."""
    sign, column = _column_of(local, output, n_classes)
    return sign * local.values[:, :, column], sign * float(local.base_values[column])


def tokens_of_output(
    local: LocalImportance, output: int, n_classes: int | None
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Return of one class or target the attributions of tokens, the rests, and standard errors."""
    tokens = local.tokens
    assert tokens is not None  # noqa: S101 - the caller has seen them
    sign, column = _column_of(local, output, n_classes)
    errors = None if tokens.standard_errors is None else tokens.standard_errors[:, column]
    return sign * tokens.values[:, column], sign * tokens.rest[:, column], errors


def rest_of_output(local: LocalImportance, output: int, n_classes: int | None) -> FloatArray:
    """Return what was left out of one class or target, (n_rows,); zeros where nothing was."""
    sign, column = _column_of(local, output, n_classes)
    return np.zeros(local.n_rows) if local.rest is None else sign * local.rest[:, column]


def _column_of(local: LocalImportance, output: int, n_classes: int | None) -> tuple[int, int]:
    """Return the sign and the position of a class or target among the outputs."""
    if is_mirrored(local.n_outputs, n_classes):
        return (1 if output == 1 else -1), 0
    return 1, output


def check_names(names: Sequence[str], n_features: int) -> None:
    """Refuse a list of names that is not as long as there are features."""
    if len(names) != n_features:
        raise InvalidInputError(
            f"{n_features} feature names", f"{len(names)}", "Give one name per feature, in order."
        )


def check_figures(quality: Mapping[str, Any]) -> None:
    """Refuse figures of quality that are no numbers; NaN and infinity are."""
    odd = [str(name) for name, figure in quality.items() if not isinstance(figure, Real)]
    if odd:
        raise InvalidInputError(
            "`quality` of numbers by name",
            f"something else for {', '.join(odd)}",
            "Leave out what is not known.",
        )
