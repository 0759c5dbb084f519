"""Made-up cells of the columns beside texts: categories that a model's encoders know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import is_a
from mlflow_explain.data.names import chosen_positions
from mlflow_explain.data.texts.made_up import parts_of
from mlflow_explain.data.texts.models import inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def with_known(rows: pd.DataFrame, model: Any) -> pd.DataFrame:
    """Return made-up rows with cells that a model's encoders were fitted on, in turn.

    Parameters
    ----------
    rows : DataFrame of shape (n_rows, n_columns)
        Of the model's columns and types.
    model : object
        The user's own, or as a model of a table; None for one that is not at hand.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        Columns without an encoder, or with one of other cells than the column has, as they were.

    Examples
    --------
    >>> from sklearn.compose import make_column_transformer
    >>> from sklearn.preprocessing import OneHotEncoder
    >>> shops = pd.DataFrame({"shop": ["b", "a", "b"]})
    >>> model = make_column_transformer((OneHotEncoder(), ["shop"])).fit(shops)
    >>> with_known(pd.DataFrame({"shop": ["?", "?", "?"]}), model).shop.tolist()
    ['a', 'b', 'a']
    """
    known: dict[Any, pd.Series] = {}
    for part in parts_of(inside(model)):
        if is_a(part, "sklearn", "ColumnTransformer"):
            for name, cells in _encoded(part, tuple(rows.columns)):
                column = _column(cells, rows[name])
                if column is not None:
                    known.setdefault(name, column)
    return rows.assign(**known) if known else rows


def _encoded(transformer: Any, columns: tuple[Any, ...]) -> Iterator[tuple[Any, Sequence[Any]]]:
    """Yield columns that a ColumnTransformer encodes, and the cells that it knows of them."""
    labels = tuple(getattr(transformer, "feature_names_in_", columns))
    if set(labels) - set(columns) or getattr(transformer, "n_features_in_", 0) != len(labels):
        # It is given what another step made.
        return
    for _, member, chosen in getattr(transformer, "transformers_", ()):
        names = [labels[i] for i in chosen_positions(chosen, labels)]
        for part in parts_of(member):
            categories = getattr(part, "categories_", ())
            if len(categories) == len(names):
                yield from zip(names, (cells.tolist() for cells in categories), strict=True)


def _column(cells: Sequence[Any], column: pd.Series) -> pd.Series | None:
    """Return a column of some of the cells, of the type it had; None where they are of another."""
    cells = [cell for cell in cells if not pd.isna(cell)]
    if not cells:
        return None
    order = np.arange(len(column)) % len(cells)
    try:
        made = pd.Series([cells[i] for i in order], index=column.index).astype(column.dtype)
    except (TypeError, ValueError):
        return None
    return None if made.isna().any() else made
