"""What users pass as texts, as a table with a column of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlflow_explain.data.kinds import full_name, is_a, is_frame
from mlflow_explain.data.pyfuncs import only_input
from mlflow_explain.data.reading import two_dimensional
from mlflow_explain.data.table import check_present
from mlflow_explain.data.texts.cells import as_table, with_texts
from mlflow_explain.data.texts.models import TextFunction, TextModel, of_table, takes_texts
from mlflow_explain.errors import FeatureError, InvalidInputError

# Name of the column of texts that were passed as a list.
COLUMN = "text"
# Columns that an error lists, at most.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Which column of a table holds the texts, and how the model is given them.

    Parameters
    ----------
    name : str
        Its name.
    as_list : bool
        The model takes a list of texts; otherwise the table.
    """

    name: str
    as_list: bool

    def table(self, given: Any) -> pd.DataFrame:
        """Return texts, or rows with a column of them, as a table.

        Parameters
        ----------
        given : str, sequence of str, Series or DataFrame
            Texts where the model takes a list of them, of which a table's only column may have
            any name; a Series is one row where it takes a table.

        Raises
        ------
        InvalidInputError
            They are no texts; one of them is missing.
        FeatureError
            There is no such column.
        """
        frame = two_dimensional(given) if hasattr(given, "to_pandas") else given
        if self.as_list and is_frame(frame) and frame.shape[1] == 1:
            # What a list is called says nothing: a request may have another name for it.
            called = str(frame.columns[0])
            return _checked(frame.set_axis([called], axis=1), called).set_axis([self.name], axis=1)
        if not is_frame(frame) and (self.as_list or isinstance(given, str) or are_texts(given)):
            return _checked(_column(given, self.name), self.name)
        if isinstance(given, pd.Series):
            frame = given.to_frame().T
        if not is_frame(frame):
            raise InvalidInputError(
                f"a DataFrame with the column {self.name}, as the model takes it",
                full_name(given),
                "Pass rows like the initialization examples.",
            )
        if self.name not in frame.columns:
            raise FeatureError(
                f"rows with the column {self.name}, which holds the texts",
                f"rows with the columns {', '.join(map(str, frame.columns[:_SHOWN]))}",
                "Name the column of texts: `text_column=`. Rows need all columns of the "
                "initialization examples.",
            )
        check_present([self.name], frame)
        return _checked(frame[[self.name]] if self.as_list else frame, self.name)

    def asked(self, model: Any, *, is_function: bool = False) -> Any:
        """Return the user's model as engines ask it: one of a list of texts as one of a table.

        Parameters
        ----------
        model : object
            The user's own; one that is of a table already is returned as it is.
        is_function : bool
            Call the object itself, even if it has a `predict`.
        """
        if not self.as_list or isinstance(model, TextModel | TextFunction):
            return model
        return of_table(model, self.name, is_function=is_function)


def are_texts(given: Any) -> bool:
    """Whether an object is a sequence of texts: a list, a Series or a one-dimensional array."""
    if isinstance(given, str | bytes) or is_frame(given):
        return False
    if isinstance(given, pd.Series | pd.Index | np.ndarray):
        return given.ndim == 1 and len(given) > 0 and all(isinstance(t, str) for t in given[:100])
    listed = isinstance(given, list | tuple) and len(given) > 0
    return listed and all(isinstance(text, str) for text in given)


def text_column(model: Any, examples: Any, name: str | None = None) -> TextColumn:
    """Return where the texts of initialization examples are.

    Parameters
    ----------
    model : object
        The user's model.
    examples : sequence of str, Series or DataFrame
        Initialization examples.
    name : str, optional
        The column; by default that of a Series, or the only column of words in a DataFrame.

    Raises
    ------
    InvalidInputError
        There are no texts, or they are in no column, or in several.
    """
    if name is not None and not isinstance(name, str):
        raise InvalidInputError("`text_column`: the name of a column", full_name(name), "Name it.")
    if isinstance(examples, str):
        raise InvalidInputError(
            "initialization examples: several texts", "one", "Pass a list of them."
        )
    if not is_frame(examples):
        own = examples.name if isinstance(examples, pd.Series) else None
        asked = only_input(model) if is_a(model, "mlflow", "PyFuncModel") else None
        found = name or asked or (own if isinstance(own, str) and own else COLUMN)
        return TextColumn(found, as_list=asked is None)
    labels = [label for label in examples.columns if not isinstance(label, str)]
    if labels:
        raise InvalidInputError(
            "columns whose labels are text",
            f"{len(labels)} of {', '.join(sorted({type(label).__name__ for label in labels}))}",
            "Rename them, or pass a list of the texts.",
        )
    if name is None:
        wordy = [str(n) for j, n in enumerate(examples.columns) if _is_text(examples.iloc[:, j])]
        if len(wordy) != 1:
            raise InvalidInputError(
                "one column of texts",
                f"{len(wordy)}: {', '.join(wordy)}" if wordy else "none",
                "Name it: `text_column=`.",
            )
        name = wordy[0]
    elif name not in examples.columns:
        raise FeatureError(
            f"initialization examples with the column {name}",
            f"the columns {', '.join(map(str, examples.columns[:_SHOWN]))}",
            "Name the column of texts: `text_column=`.",
        )
    return TextColumn(name, as_list=takes_texts(model))


def _is_text(column: pd.Series) -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype) or not (
        column.dtype == object or pd.api.types.is_string_dtype(column.dtype)
    ):
        return False
    some = column.dropna()
    words = [cell for cell in some.iloc[:1_000] if isinstance(cell, str)]
    # Words that repeat are categories.
    return len(words) == min(len(some), 1_000) > 0 and sum(" " in w for w in words) * 2 > len(words)


def _column(given: Any, name: str) -> pd.DataFrame:
    """Return one text or many as a table of one column."""
    if isinstance(given, str):
        given = [given]
    index = given.index if isinstance(given, pd.Series) else None
    if not isinstance(given, Sequence | pd.Series | pd.Index | np.ndarray) or np.ndim(given) != 1:
        raise InvalidInputError(
            "texts: a list, a Series or a one-dimensional array of strings",
            f"{full_name(given)} of shape {np.shape(given)}"
            if np.ndim(given)
            else full_name(given),
            "Pass a list.",
        )
    made = as_table(list(given), name)
    return made if index is None else made.set_axis(index, axis=0)


def _checked(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table whose texts are Python's own strings; refuse cells that are no text."""
    cells = frame[name].astype(object).tolist()
    odd = [i for i, cell in enumerate(cells) if not isinstance(cell, str)]
    if odd:
        kinds = sorted({type(cells[i]).__name__ for i in odd})
        raise InvalidInputError(
            f"text in every row of column {name}",
            f"{len(odd)} cells of {', '.join(kinds)}, the first in row {odd[0]}",
            "Pass '' for a text that is missing, and str() of what is no text.",
        )
    # Of numpy's strings, and other kinds of `str`, their characters; not how they are shown.
    return with_texts(frame, name, list(map(str.__str__, cells)))
