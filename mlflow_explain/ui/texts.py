"""Texts of a what-if: how much of them is answered, and how their tokens are told to a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.data.views import listed
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.tokens import missing

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows
    from mlflow_explain.explanation import LocalImportance

# Of a text that is predicted, and of all texts that are explained at once: each character may be
# a token, with a number for every output.
MOST_CHARACTERS = 100_000
# Of a reply: some 10 MB, of which 20 classes of a text of so many characters need 4 in 5.
MOST_VALUES = 500_000


def check_length(rows: Rows, column: str, *, together: bool) -> None:
    """Refuse texts that are too long.

    Parameters
    ----------
    rows : DataFrame
        Of a request.
    column : str
        That of the texts.
    together : bool
        All texts count as one.

    Raises
    ------
    InvalidInputError
        There are more characters.
    """
    lengths = list(map(len, _texts(rows, column)))
    longest = sum(lengths) if together else max(lengths, default=0)
    if longest > MOST_CHARACTERS:
        raise InvalidInputError(
            f"texts of at most {MOST_CHARACTERS:,} characters {'together' if together else 'each'}",
            f"{longest:,}",
            "Shorten the text, or explain it in Python.",
        )


def check_values(rows: Rows, column: str, n_outputs: int) -> None:
    """Refuse texts whose tokens would be told by too many numbers; no model is asked for that.

    Parameters
    ----------
    rows : DataFrame
        Of a request.
    column : str
        That of the texts.
    n_outputs : int
        Each token has a number for every output.

    Raises
    ------
    InvalidInputError
        There are more.
    """
    texts = _texts(rows, column)
    # A token has a character at least.
    if sum(map(len, texts)) * n_outputs <= MOST_VALUES:
        return
    n_values = len(tokens_of(texts).row) * n_outputs
    if n_values > MOST_VALUES:
        raise InvalidInputError(
            f"texts of at most {MOST_VALUES:,} values (tokens times outputs) together",
            f"{n_values:,}, as each token has {n_outputs:,}",
            "Shorten the text, or explain it in Python.",
        )


def _texts(rows: Rows, column: str) -> list[str]:
    """Return the texts of a request; cells of other kinds are refused later."""
    return [cell for cell in rows[column] if isinstance(cell, str)]


def told(local: LocalImportance) -> list[dict[str, Any]]:
    """Return the tokens of each row, as lists of the same length.

    Places count Unicode code points from 0; `values` are [output][token], and `rest`, which no
    token of the row is attributed, is [output].

    Raises
    ------
    InvalidInputError
        The engine told nothing of them.
    """
    tokens = local.tokens
    if tokens is None:
        raise missing()
    found = []
    for row in range(tokens.n_rows):
        at = tokens.of_row(row)
        places = {name: getattr(tokens, name)[at].tolist() for name in ("start", "end", "sentence")}
        found.append(
            {**places, "values": listed(tokens.values[at].T), "rest": listed(tokens.rest[row])}
        )
    return found
