"""The two parts of an explanation: local values per row, global values per feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation._arrays import frozen_floats
from mlflow_explain.explanation.remade import Remade
from mlflow_explain.explanation.tokens import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.explanation.tokens import TokenImportance


@dataclass(frozen=True, eq=False, slots=True)
class LocalImportance(Remade):
    """Attributions of single rows.

    For an exact engine ``base_values + values.sum(axis=1)`` is the model's output in the
    engine's output space.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features, n_outputs)
        Attribution of each feature to each output, in units of the output space.
    base_values : ndarray of shape (n_outputs,)
        The output expected without any feature known.
    standard_errors : ndarray of the shape of `values`, optional
        Of values estimated from a sample of coalitions; None where they are exact.
    rest : ndarray of shape (n_rows, n_outputs), optional
        Sum of the attributions of features that were left out; None where none was.
    tokens : TokenImportance, optional
        Of texts: what the attributions of a column of texts, or of words, are made of.
    """

    values: FloatArray
    base_values: FloatArray
    standard_errors: FloatArray | None = None
    rest: FloatArray | None = None
    tokens: TokenImportance | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen_floats(self.values))
        object.__setattr__(self, "base_values", frozen_floats(self.base_values))
        if self.values.ndim != 3 or self.base_values.shape != self.values.shape[2:]:
            raise InvalidInputError(
                "values (n_rows, n_features, n_outputs) and base_values (n_outputs,)",
                f"{self.values.shape} and {self.base_values.shape}",
                "Give one base value per output, and values with three axes.",
            )
        self._check("standard_errors", self.values.shape, "Give one standard error per value.")
        self._check("rest", (self.n_rows, self.n_outputs), "Give one sum per row and output.")

    def _check(self, name: str, shape: tuple[int, ...], fix: str) -> None:
        """Freeze an optional part, and refuse it in another shape."""
        part = getattr(self, name)
        if part is None:
            return
        object.__setattr__(self, name, frozen_floats(part))
        if np.shape(part) != shape:
            raise InvalidInputError(f"{name} of shape {shape}", f"{np.shape(part)}", fix)

    @property
    def n_rows(self) -> int:
        """Number of rows explained."""
        return int(self.values.shape[0])

    @property
    def n_features(self) -> int:
        """Number of features."""
        return int(self.values.shape[1])

    @property
    def n_outputs(self) -> int:
        """Number of outputs of the model."""
        return int(self.values.shape[2])

    def outputs(self) -> FloatArray:
        """Return base value plus attributions: the explained output, (n_rows, n_outputs)."""
        whole = self.base_values + self.values.sum(axis=1)
        return np.asarray(whole if self.rest is None else whole + self.rest)

    def only(self, positions: IntArray) -> LocalImportance:
        """Return the attributions of some features; those of the others are summed as `rest`."""
        left_out = np.delete(self.values, positions, axis=1).sum(axis=1)
        errors = self.standard_errors
        return LocalImportance(
            self.values[:, positions],
            self.base_values,
            None if errors is None else errors[:, positions],
            left_out if self.rest is None else left_out + self.rest,
            None if self.tokens is None else self.tokens.only(positions),
        )

    def take(self, rows: slice) -> LocalImportance:
        """Return the attributions of consecutive rows."""
        errors, rest, tokens = self.standard_errors, self.rest, self.tokens
        return LocalImportance(
            self.values[rows],
            self.base_values,
            None if errors is None else errors[rows],
            None if rest is None else rest[rows],
            None if tokens is None else tokens.take(rows),
        )


def concatenated(parts: Sequence[LocalImportance]) -> LocalImportance:
    """Return the attributions of several batches of rows, one after the other.

    Standard errors are those of all, or of none.
    """
    if len(parts) == 1:
        return parts[0]
    errors = [part.standard_errors for part in parts if part.standard_errors is not None]
    rest = [part.rest for part in parts if part.rest is not None]
    tokens = [part.tokens for part in parts if part.tokens is not None]
    return LocalImportance(
        np.concatenate([part.values for part in parts]),
        parts[0].base_values,
        np.concatenate(errors) if len(errors) == len(parts) else None,
        np.concatenate(rest) if len(rest) == len(parts) else None,
        joined(tokens) if len(tokens) == len(parts) else None,
    )


# What the global importance of local attributions is.
MEAN_ABSOLUTE = "mean |importance|"


@dataclass(frozen=True, eq=False, slots=True)
class GlobalImportance(Remade):
    """Importance of each feature over all rows.

    Parameters
    ----------
    values : ndarray of shape (n_features,)
        Mean over outputs of `per_output`.
    per_output : ndarray of shape (n_features, n_outputs)
        Mean over rows of the absolute attributions, or what else `measure` names.
    standard_deviations : ndarray of shape (n_features,), optional
        Of `values` over repetitions, where they were drawn at random.
    measure : str
        What the values are, in words: ``"mean |importance|"``, ``"increase of log_loss"``.
    rest : ndarray of shape (n_outputs,), optional
        Sum of the importances of features that were left out; None where none was.
    n_rest : int
        How many those are.
    """

    values: FloatArray
    per_output: FloatArray
    standard_deviations: FloatArray | None = None
    measure: str = MEAN_ABSOLUTE
    rest: FloatArray | None = None
    n_rest: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen_floats(self.values))
        object.__setattr__(self, "per_output", frozen_floats(self.per_output))
        if self.rest is not None:
            object.__setattr__(self, "rest", frozen_floats(self.rest))
        if self.per_output.ndim != 2 or self.per_output.shape[:1] != self.values.shape:
            raise InvalidInputError(
                "values of shape (n_features,) and per_output of shape (n_features, n_outputs)",
                f"{self.values.shape} and {self.per_output.shape}",
                "Give one value per feature in both.",
            )
        if self.standard_deviations is None:
            return
        object.__setattr__(self, "standard_deviations", frozen_floats(self.standard_deviations))
        if self.standard_deviations.shape != self.values.shape:
            raise InvalidInputError(
                f"standard deviations of the shape of the values, {self.values.shape}",
                f"{self.standard_deviations.shape}",
                "Give one standard deviation per feature.",
            )

    def only(self, positions: IntArray) -> GlobalImportance:
        """Return the importance of some features; that of the others is summed as `rest`."""
        left_out = np.delete(self.per_output, positions, axis=0).sum(axis=0)
        spread = self.standard_deviations
        return GlobalImportance(
            self.values[positions],
            self.per_output[positions],
            None if spread is None else spread[positions],
            self.measure,
            left_out if self.rest is None else left_out + self.rest,
            self.n_rest + len(self.values) - len(positions),
        )


def aggregate(local: LocalImportance) -> GlobalImportance:
    """Return the global importance of local values: the mean of their absolute values.

    Parameters
    ----------
    local : LocalImportance
        Attributions of the rows to average over; no rows at all give zeros.

    Returns
    -------
    GlobalImportance
        Mean over rows per output, then the mean over outputs.
    """
    if local.n_rows == 0:
        per_output = np.zeros(local.values.shape[1:])
    else:
        per_output = np.abs(local.values).mean(axis=0)
    return GlobalImportance(values=per_output.mean(axis=1), per_output=per_output)
