"""Texts in a page, with the importances of their tokens, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.dashboard.payload import masks
from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.data.kinds import is_frame

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, IntArray
    from mlflow_explain.dashboard.payload.block import Arrays
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.explanation.tokens import TokenImportance

# Characters beyond these are two units of a browser's strings.
_LAST_OF_ONE_UNIT = 0xFFFF


def written(
    explanation: Explanation, rows: IntArray, arrays: Arrays, options: PageOptions
) -> dict[str, Any]:
    """Return the `Texts` of the payload, if the explanation is of texts, and add its arrays.

    Parameters
    ----------
    explanation : Explanation
        Of all rows.
    rows : ndarray
        Positions of the embedded rows.
    arrays : Arrays
        Where the arrays go.
    options : PageOptions
        What is left out.
    """
    found_words = words_of(explanation)
    if found_words is None:
        return {}
    names = None if found_words.column is None else {found_words.column}
    column = found_words.column or "text"
    found = {"column": column}
    tokens = None if explanation.local is None else explanation.local.tokens
    data: Any = explanation.eval_data
    if not options.include_data:
        why = "The page was made without the cells of the rows: texts are not in it."
    elif masks.is_hidden(names, options):
        why = f"The texts of the column {column} were left out when the page was made."
    elif tokens is None:
        why = "The explanation holds no importances of single texts."
    elif not is_frame(data) or tokens.column not in data.columns:
        why = "The explanation was kept without its texts."
    else:
        texts = data[tokens.column].iloc[rows].tolist()
        return {"texts": found | _arrays(tokens, texts, rows, arrays)}
    return {"texts": found | {"absent": why}}


def _arrays(
    tokens: TokenImportance, texts: list[str], rows: IntArray, arrays: Arrays
) -> dict[str, Any]:
    """Return the names of the arrays of some rows' texts and tokens."""
    first = np.searchsorted(tokens.row, rows)
    counts = np.searchsorted(tokens.row, rows, side="right") - first
    ends = np.cumsum(counts)
    # Positions of the rows' tokens among all, one row after the other.
    at = np.arange(counts.sum()) + np.repeat(first - (ends - counts), counts)
    encoded = [text.encode("utf-8", "replace") for text in texts]
    bytes_ = np.frombuffer(b"".join(encoded), np.uint8)
    lengths = np.array([len(each) for each in encoded], dtype=np.int64)
    places = np.repeat(np.arange(len(rows)), counts)
    start = _units(texts, places, tokens.start[at], ends - counts)
    end = _units(texts, places, tokens.end[at], ends - counts)
    added = {
        "bytes": bytes_,
        "lengths": _unsigned(lengths),
        "counts": _unsigned(counts),
        "start": _unsigned(start),
        "length": _unsigned(end - start),
        "sentence": _unsigned(tokens.sentence[at]),
        "values": tokens.values[at].T.astype(np.float32),
        "rest": tokens.rest[rows].T.astype(np.float32),
    }
    return {name: arrays.add(f"texts/{name}", array) for name, array in added.items()}


def _units(texts: list[str], places: IntArray, offsets: IntArray, first: IntArray) -> IntArray:
    """Return places in code points as places in UTF-16 units, which browsers count in.

    Parameters
    ----------
    texts : list of str
        The texts.
    places, offsets : ndarray of int, (n_tokens,)
        Which text each token is in, and where, in code points.
    first : ndarray of int, (n_texts,)
        Position of each text's first token.
    """
    found = offsets.copy()
    last = np.append(first[1:], len(places))
    for i, text in enumerate(texts):
        if text and ord(max(text)) > _LAST_OF_ONE_UNIT:
            points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
            beyond = np.concatenate([[0], np.cumsum(points > _LAST_OF_ONE_UNIT)])
            own = slice(int(first[i]), int(last[i]))
            found[own] += beyond[offsets[own]]
    return found


def _unsigned(values: IntArray) -> AnyArray:
    """Return whole numbers from 0 in the smallest type that holds them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))
