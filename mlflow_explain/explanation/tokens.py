"""`TokenImportance`: what each token of a text is attributed, with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation._arrays import frozen, frozen_floats
from mlflow_explain.explanation.remade import Remade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray

# Of a token that is counted under no feature of its own.
NO_FEATURE = -1


@dataclass(frozen=True, eq=False, slots=True)
class TokenImportance(Remade):
    """Attributions of the tokens of one column of texts.

    Tokens are in the order of the rows, and within a row in that of the text. The values of a row's
    tokens and its `rest` add up to what the whole text is attributed.

    Parameters
    ----------
    column : str
        Name of the column of texts.
    row : ndarray of int, shape (n_tokens,)
        Position of the row whose text the token stands in.
    start, end : ndarray of int, shape (n_tokens,)
        Place in the text: from character `start` to before `end`, in Unicode code points.
    sentence : ndarray of int, shape (n_tokens,)
        Number of its sentence in the text, from 0.
    feature : ndarray of int, shape (n_tokens,)
        Position of the feature the token is counted under; -1 for none.
    values : ndarray of shape (n_tokens, n_outputs)
        Attributions, in units of the output space.
    rest : ndarray of shape (n_rows, n_outputs)
        What the text is attributed and none of its tokens is: the words it does not have, say.
    standard_errors : ndarray of the shape of `values`, optional
        Of values estimated from a sample; None where they are exact.
    """

    column: str
    row: IntArray
    start: IntArray
    end: IntArray
    sentence: IntArray
    feature: IntArray
    values: FloatArray
    rest: FloatArray
    standard_errors: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in PLACES:
            whole = np.asarray(getattr(self, name), dtype=np.int64)
            object.__setattr__(self, name, frozen(whole))
        for name in ("values", "rest"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))
        shape = (len(self.row), *self.rest.shape[1:])
        if self.standard_errors is not None:
            object.__setattr__(self, "standard_errors", frozen_floats(self.standard_errors))
        errors = self.values if self.standard_errors is None else self.standard_errors
        lengths = {len(getattr(self, name)) for name in PLACES}
        if self.rest.ndim != 2 or {self.values.shape, errors.shape} != {shape} or len(lengths) > 1:
            raise InvalidInputError(
                "tokens with places of shape (n_tokens,), values (n_tokens, n_outputs) and rest "
                "(n_rows, n_outputs)",
                f"{sorted(lengths)}, {self.values.shape} and {self.rest.shape}",
                "Give each token a place and one value per output.",
            )
        if len(self.row) and (
            (np.diff(self.row) < 0).any() or self.row[0] < 0 or self.row[-1] >= self.n_rows
        ):
            raise InvalidInputError(
                f"tokens in the order of {self.n_rows} rows", "another order", "Sort them by row."
            )

    @property
    def n_rows(self) -> int:
        """Number of rows, some of which may have no token."""
        return len(self.rest)

    @property
    def n_tokens(self) -> int:
        """Number of tokens of all rows."""
        return len(self.row)

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return int(self.rest.shape[1])

    def of_row(self, row: int) -> slice:
        """Return where the tokens of a row are."""
        first, last = np.searchsorted(self.row, [row, row + 1])
        return slice(int(first), int(last))

    def totals(self) -> FloatArray:
        """Return what each text as a whole is attributed, (n_rows, n_outputs)."""
        whole = self.rest.copy()
        np.add.at(whole, self.row, self.values)
        return whole

    def by_feature(self, n_features: int) -> FloatArray:
        """Return sums over the tokens of each feature, (n_rows, n_features, n_outputs)."""
        return self._summed(self.values, n_features)

    def errors_by_feature(self, n_features: int) -> FloatArray | None:
        """Return standard errors of these sums: at most the sum of those of the parts."""
        errors = self.standard_errors
        return None if errors is None else self._summed(errors, n_features)

    def take(self, rows: slice) -> TokenImportance:
        """Return the tokens of consecutive rows, which are counted from 0 then."""
        first, last, _ = rows.indices(self.n_rows)
        last = max(first, last)
        of = slice(*np.searchsorted(self.row, [first, last]).tolist())
        parts = {name: part[of] for name, part in self.arrays().items() if name != "rest"}
        parts["row"] = parts["row"] - first
        return TokenImportance(self.column, **parts, rest=self.rest[first:last])

    def only(self, features: IntArray) -> TokenImportance:
        """Return the same tokens, counted under some features, numbered anew, or under none."""
        # One longer than the features are: the last place is that of none.
        most = max(int(self.feature.max(initial=-1)), int(np.max(features, initial=-1)))
        place = np.full(most + 2, NO_FEATURE)
        place[features] = np.arange(len(features))
        return self.counted(place[self.feature])

    def counted(self, features: IntArray) -> TokenImportance:
        """Return the same tokens, counted under other features, (n_tokens,)."""
        return replace(self, feature=features)

    def arrays(self) -> dict[str, AnyArray]:
        """Return all parts but the column's name by theirs, to store them."""
        parts = {name: getattr(self, name) for name in (*PLACES, "values", "rest")}
        errors = self.standard_errors
        return parts if errors is None else parts | {"standard_errors": errors}

    def _summed(self, values: FloatArray, n_features: int) -> FloatArray:
        found = np.zeros((self.n_rows, n_features, self.n_outputs))
        at = self.feature != NO_FEATURE
        np.add.at(found, (self.row[at], self.feature[at]), values[at])
        return found


PLACES = ("row", "start", "end", "sentence", "feature")


def joined(parts: Sequence[TokenImportance]) -> TokenImportance:
    """Return the tokens of several parts, whose rows follow one another."""
    if len(parts) == 1:
        return parts[0]
    first = np.cumsum([0, *(part.n_rows for part in parts)])
    each = [part.arrays() for part in parts]
    for arrays, at in zip(each, first, strict=False):
        arrays["row"] = arrays["row"] + at
    # Standard errors are known of all, or of none.
    names = [name for name in each[0] if all(name in arrays for arrays in each)]
    whole = {name: np.concatenate([arrays[name] for arrays in each]) for name in names}
    return TokenImportance(parts[0].column, **whole)
