"""A page without script, of importances alone: for where the whole page cannot be made."""

from __future__ import annotations

import base64
import hashlib
import html
from typing import TYPE_CHECKING

from mlflow_explain.dashboard import table, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain.explanation import Explanation

_STYLE = (
    "body{margin:1.2rem;background:#fff}h1{font:600 1.25rem system-ui,sans-serif}"
    "h2{font:600 1rem system-ui,sans-serif;margin-top:1.6rem}"
    "@media (prefers-color-scheme:dark){body{background:#1a202c}h1,h2{color:#e2e8f0}}" + table.STYLE
)


def render(explanation: Explanation) -> str:
    """Return the page.

    Parameters
    ----------
    explanation : Explanation
        Any explanation; names are escaped, whatever they hold.

    Returns
    -------
    str
        HTML with a content security policy that allows its own style sheet and nothing else.
    """
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    # Bar widths are style attributes, which a hash cannot name.
    policy = (
        f"default-src 'none'; style-src-elem 'sha256-{style}'; style-src-attr 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )
    sections = [table.importance_table(explanation)]
    if explanation.engineered is not None:
        sections.append(table.importance_table(explanation.engineered))
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<meta name='viewport' content='width=device-width'>"
        "<meta name='color-scheme' content='light dark'>"
        f"<title>Explanation {html.escape(explanation.id[:8])}</title>"
        f"<style>{_STYLE}</style></head><body><main class='mlx'>"
        "<h1>Why the model predicts what it predicts</h1>"
        f"<p>{html.escape(words.headline(explanation))}</p>"
        f"{''.join(sections)}"
        f"<h2>How it was made</h2>{_facts(words.facts(explanation))}"
        f"<p class='note'>{html.escape(words.CAUTION)}</p>"
        "</main></body></html>"
    )


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
        for name, value in facts.items()
    )
    return f"<table><tbody>{rows}</tbody></table>"
