"""A request to a served model, checked before anything is computed, and its reply as a table."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from mlflow_explain.data import time_limit
from mlflow_explain.data.texts.cells import texts_in
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.errors import ExplainError, InvalidInputError
from mlflow_explain.scoring.options import PARAMS, ReplyOptions, checked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from mlflow_explain._typing import Rows
    from mlflow_explain.scoring.scorer import Scorer
    from mlflow_explain.tracking.models.settings import Serving

# Importances that a reply may hold, some hundred bytes each until it is sent.
_MOST_VALUES = 5_000_000
_MOST_ROWS = 100_000
# Tokens of texts that a reply may tell of, which take five times as much each.
_MOST_TOKENS = 500_000


@contextmanager
def bad_requests() -> Iterator[None]:
    """Turn an error about the request into MLflow's, which its server answers with 400."""
    try:
        yield
    except ExplainError as error:
        raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from error


def check_given(given: Mapping[str, Any]) -> None:
    """Refuse parameters that are null, which MLflow lets pass for any type."""
    for name in PARAMS:
        if name in given and given[name] is None:
            raise InvalidInputError(
                f"a value of `{name}`", "null", "Leave it out, or give it a value."
            )


def options_of(given: Mapping[str, Any], scorer: Scorer, serving: Serving) -> ReplyOptions:
    """Return what a request asks for, or refuse what cannot be answered."""
    ours: dict[str, Any] = {"budget_ms": serving.budget_ms}
    ours |= {name: given[name] for name in PARAMS if name in given}
    return checked(ReplyOptions(**ours | {"explain": True}), scorer)


def check_size(rows: Rows, scorer: Scorer, options: ReplyOptions, serving: Serving) -> None:
    """Refuse more rows than a reply may hold."""
    most = serving.max_explained_rows
    if most is None:
        width = len(scorer.names(raw=options.raw))
        width *= len(scorer.output_names) if options.output == "all" else 1
        most = min(_MOST_ROWS, max(1, _MOST_VALUES // max(1, width)))
    if rows.shape[0] > most:
        raise InvalidInputError(
            f"at most {most} rows in a request with importances (max_explained_rows)",
            f"{rows.shape[0]}",
            "Send fewer, ask with explain=false, or score them with explain_batch.",
        )


def check_texts(rows: Rows, scorer: Scorer, options: ReplyOptions) -> None:
    """Refuse texts of more tokens than a reply may hold.

    Parameters
    ----------
    rows : DataFrame
        As the estimator takes them.
    scorer : Scorer
        Knows the column of texts.
    options : ReplyOptions
        What is asked for: `top_k` tokens of each text, say.
    """
    if scorer.texts is None:
        return
    texts = texts_in(rows, scorer.texts.name)
    n_outputs = 1 + (len(scorer.output_names) if options.output == "all" else 0)
    most = _MOST_TOKENS // n_outputs
    # A token has a character at least.
    if sum(map(len, texts)) <= most:
        return
    counts = np.bincount(tokens_of(texts).row, minlength=len(texts))
    n_tokens = int((np.minimum(counts, options.top_k) if options.top_k else counts).sum())
    if n_tokens > most:
        raise InvalidInputError(
            f"texts of at most {most} tokens in a request with importances",
            f"{n_tokens}",
            "Send fewer, ask for the top_k, or with explain=false.",
        )


def bounded(options: ReplyOptions) -> AbstractContextManager[Any]:
    """Bound the time of a request, if it asks for that."""
    return time_limit.within(options.budget_ms / 1e3) if options.budget_ms else nullcontext()


def table(columns: Mapping[str, list[Any]], rows: Rows) -> pd.DataFrame:
    """Return a reply's columns as objects: None stays None, and dicts stay dicts.

    Parameters
    ----------
    columns : mapping of str to list
        One cell per row.
    rows : DataFrame or ndarray
        The request's, whose index the reply has.
    """
    cells = np.empty((rows.shape[0], len(columns)), dtype=object)
    for j, values in enumerate(columns.values()):
        cells[:, j] = np.fromiter(values, dtype=object, count=len(values))
    index = getattr(rows, "index", None)
    return _Table(cells, index=index, columns=list(columns), dtype=object, copy=False)


class _Table(pd.DataFrame):
    """A table of objects whose rows are read off at once: pandas' own way takes longer.

    MLflow's server writes a reply by ``to_dict(orient="records")``.
    """

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def to_dict(self, orient: Any = "dict", **options: Any) -> Any:
        """As of pandas."""
        if orient != "records" or options:
            return super().to_dict(orient, **options)
        names = list(self.columns)
        return [dict(zip(names, row, strict=True)) for row in self.to_numpy(dtype=object).tolist()]
