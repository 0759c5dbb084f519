"""From an explanation, a model and options to the compressed block of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mlflow_explain.dashboard.payload import budget, modelled, sample
from mlflow_explain.dashboard.payload.content import content_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import IntArray
    from mlflow_explain.dashboard.payload.block import Arrays
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.explanation import Explanation


class Asked(NamedTuple):
    """What a page is to show.

    Parameters
    ----------
    explanation : Explanation
        Of all rows.
    source : Source
        The model it explains.
    cohorts : list of dict, dict or None
        Named groups of rows.
    beside : sequence of Explanation
        Others, shown beside it.
    labels : sequence or None
        What the classes were called before they were given other names.
    """

    explanation: Explanation
    source: Source
    cohorts: Any = None
    beside: Sequence[Explanation] = ()
    labels: Sequence[Any] | None = None


def block_of(asked: Asked, options: PageOptions, *, used: int = 0) -> bytes:
    """Return the compressed block.

    Parameters
    ----------
    asked : Asked
        What is shown.
    options : PageOptions
        How much of it.
    used : int
        Characters of the page beside the block.
    """
    explanation, source = asked.explanation, asked.source
    found = (modelled.labels_of(explanation, source), asked.labels)
    labels = [names for names in found if names is not None]
    content = content_of(explanation, options, asked.cohorts, asked.beside, labels)
    strata = content.strata
    candidates = sample.stratified(strata, options.max_rows, options.seed)
    of_model = modelled.modelled(explanation, source, options, candidates, content.columns)
    # Four characters of base64 stand for three bytes.
    room = (options.max_bytes - used) * 3 // 4 - 3

    def made(chosen: IntArray) -> tuple[dict[str, Any], Arrays]:
        return content.payload(candidates[chosen], of_model)

    return budget.fitted(made, strata[candidates], room, options.seed).block
