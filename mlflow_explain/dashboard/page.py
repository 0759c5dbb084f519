"""`report.html`: one self-contained page with data and model inside, that needs nothing else."""

from __future__ import annotations

import html
import logging
from typing import TYPE_CHECKING, Any

from mlflow_explain.dashboard import plain, table, words
from mlflow_explain.dashboard.template import Template, element, template
from mlflow_explain.errors import InvalidInputError, in_one_line, warn_or_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.explanation import Explanation

_logger = logging.getLogger(__name__)

DATA_ID = "mlx-data"


def render(
    explanation: Explanation,
    source: Source | None = None,
    *,
    cohorts: Any = None,
    beside: Sequence[Explanation] = (),
    options: PageOptions | None = None,
    labels: Sequence[Any] | None = None,
) -> str:
    """Return the page.

    Parameters
    ----------
    explanation : Explanation
        Any explanation; names are data or escaped, whatever they hold.
    source : Source, optional
        The model it explains: it goes into the page, for what-if, ICE and PDP.
    cohorts : list of dict, dict or None
        Named groups of rows; see `ExplanationDashboard`.
    beside : sequence of Explanation
        Others of the same features, shown beside it.
    options : PageOptions, optional
        How much of it the page holds.
    labels : sequence, optional
        What the classes were called before the explanation was given other names for them; the
        model's own labels are known where `source` has it.

    Returns
    -------
    str
        HTML whose policy allows its own script and style sheet and no request at all. The same
        input makes the same page.

    Raises
    ------
    InvalidInputError
        An option, a cohort or a column that is named cannot be used.
    """
    from mlflow_explain.dashboard.payload import build
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.dashboard.payload.veils import veiled
    from mlflow_explain.dashboard.source import Source

    chosen = options or PageOptions()
    title = _text(chosen.title or f"Explanation of {explanation.model_type}")
    empty = template()
    rest = _fallback(veiled(explanation, chosen))
    size = sum(map(len, (*empty, title, rest)))
    block = build.block_of(
        build.Asked(explanation, source or Source(), cohorts, beside, labels), chosen, used=size
    )
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(empty, chosen)}">'
        f"<title>{title}</title>"
    )
    return empty.filled(head, element(DATA_ID, block) + rest)


def _policy(empty: Template, chosen: PageOptions) -> str:
    """Return the policy of a page; one that is served may ask its own server."""
    if chosen.live is None:
        return empty.policy
    return empty.policy.replace("connect-src 'none'", "connect-src 'self'")


def render_or_plain(explanation: Explanation, source: Source | None, options: PageOptions) -> str:
    """Return the page, or a plain one with a warning: a page never costs an explanation.

    Parameters
    ----------
    explanation : Explanation
        Any explanation.
    source : Source or None
        Its model.
    options : PageOptions
        How much of it the page holds.
    """
    try:
        return render(explanation, _agreeing(explanation, source), options=options)
    except Exception as error:
        # Whatever a column or a model does here, what was computed is kept.
        warn_or_log(
            f"mlflow_explain: report.html is a plain table of the importances. "
            f"{in_one_line(error)}",
            _logger,
            level=2,
        )
        _logger.debug("The page of an explanation failed.", exc_info=True)
    from mlflow_explain.dashboard.payload.veils import veiled

    return plain.render(veiled(explanation, options))


def _agreeing(explanation: Explanation, source: Source | None) -> Source | None:
    """Return a model for a page; with a warning none, if it is not the one explained."""
    from mlflow_explain.dashboard import contradicted

    if source is None or not source.may_ask:
        return source
    source = source.of_tables(explanation).unwrapped(explanation.eval_data)
    try:
        contradicted.check(explanation, source)
    except InvalidInputError as error:
        warn_or_log(
            f"mlflow_explain: report.html is made without the model. {in_one_line(error)}",
            _logger,
            level=3,
        )
        return source._replace(model=None, refused=contradicted.REFUSED)
    return source


def _fallback(explanation: Explanation) -> str:
    """Return what a reader without scripts sees: the most important features as a table."""
    rows = "".join(
        f"<tr><th scope='row'>{_text(name)}</th><td>{value:.4g}</td></tr>"
        for name, value in explanation.get_feature_importance_dict(table.TOP_K).items()
    )
    return (
        "<noscript><main><h1>Why the model predicts what it predicts</h1>"
        f"<p>{_text(words.headline(explanation))}</p>"
        f"<table><caption>Global importance, {words.kind(explanation)}</caption>"
        f"<thead><tr><th scope='col'>Column</th>"
        f"<th scope='col'>{_text(explanation.global_measure)}</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        f"<p>{_text(words.CAUTION)}</p>"
        "<p>The whole page needs a browser that runs its script.</p></main></noscript>"
    )


def _text(text: str) -> str:
    """Return text for HTML, with a question mark for halves of characters that UTF-8 lacks."""
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"))
