"""The texts MLflow's pages of runs, logged models and model versions show of explanations.

Pure functions: what is kept goes in, Markdown comes out. `show` and `registry` read and write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from unicodedata import category
from urllib.parse import quote

from mlflow_explain.dashboard import markdown, words
from mlflow_explain.tracking.pages import notes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.runs.entries import Entry

# Rows of the table and lines of other explanations: as many as fit beside the user's own words.
_SIZES = ((10, 10), (5, 5), (5, 0))
_SPACE = "\N{NO-BREAK SPACE}" * 3
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Page:
    """What our part of a page is made of.

    Parameters
    ----------
    what : {"run", "model", "version"}
        Whose page it is.
    entries : sequence of Entry
        Explanations, newest first.
    newest : Explanation, optional
        The first of them, shown in full; its global values are enough.
    links : sequence of str
        Sentences of Markdown that lead to other pages.
    """

    what: Literal["run", "model", "version"]
    entries: Sequence[Entry]
    newest: Explanation | None = None
    links: Sequence[str] = ()


def model_page(experiment_id: str, model_id: str) -> str:
    """Return the link to a logged model's page."""
    return f"#/experiments/{experiment_id}/models/{model_id}"


def version_page(name: str, version: str) -> str:
    """Return the link to a registered version's page."""
    return f"#/models/{quote(name, safe='')}/versions/{version}"


def version_link(name: str, version: str) -> str:
    """Return a Markdown link to a registered version."""
    return f"[{markdown.escaped(name)} version {version}]({version_page(name, version)})"


def run_note(
    existing: str | None, entries: Sequence[Entry], newest: Explanation | None = None
) -> str:
    """Return a run's note, with our part made of all its explanations; of none, without it."""
    return noted(existing, Page("run", entries, newest))


def noted(existing: str | None, page: Page) -> str:
    """Return the text of a page with our part in it, as full as there is room for.

    Parameters
    ----------
    existing : str or None
        The text as it is; the user's words in it stay.
    page : Page
        What our part shows. Nothing: our part is removed.
    """
    if not page.entries and not page.links:
        return notes.merged(existing, "")
    return notes.fitted(existing, _forms(page))


def _forms(page: Page) -> Iterator[str]:
    """Yield our part, from its fullest form to its shortest."""
    sentence = _sentence(page)
    caution = [words.CAUTION] if page.entries else []
    for n_features, n_others in _SIZES:
        shown = [*_importances(page, n_features), *_others(page, n_others)]
        yield _part(sentence, [*_opening(page), *shown, *page.links, *caution])
    yield _part(sentence, [*_opening(page), *page.links])
    # Names of columns and models may be of any length: this form holds none.
    yield _part(_counted(page), [f"[Open the explanation]({e.report})" for e in page.entries[:1]])


def _part(sentence: str, blocks: Sequence[str]) -> str:
    return notes.part(_storable(sentence), _storable("\n\n".join(blocks)))


def _sentence(page: Page) -> str:
    if page.newest is not None:
        return markdown.escaped(words.headline(page.newest))
    return _counted(page) if page.entries or len(page.links) != 1 else page.links[0]


def _counted(page: Page) -> str:
    number = len(page.entries)
    if not number:
        return "See other models."
    return f"{number} explanation{'s' if number != 1 else ''} of this {page.what}."


def _opening(page: Page) -> list[str]:
    return [
        f"[Open the explanation]({entry.report}) ({markdown.escaped(entry.about)})"
        for entry in page.entries[:1]
    ]


def _importances(page: Page, top_k: int) -> list[str]:
    newest = page.newest
    if newest is None:
        return []
    shown = min(top_k, newest.num_features)
    space = newest.output_space
    unit = "" if space is None else f", in {space}"
    kind = words.kind(newest)
    title = f"The {shown} most important of {newest.num_features} {kind}{unit}:"
    # A run's page shows the first lines only, until it is asked for more.
    picture = [] if page.what == "run" else [f"![Global importance]({page.entries[0].picture})"]
    return [*picture, title, _spaced(markdown.importance_table(newest, top_k)), "<br>"]


def _spaced(table: str) -> str:
    """Return a table whose columns stand apart: MLflow's pages put no space between cells."""
    head, rest = table.split("\n", 1)
    return head.replace(" | ", f"{_SPACE} | {_SPACE}") + f"\n{rest}"


def _others(page: Page, most: int) -> list[str]:
    others = page.entries[1:]
    if not others:
        return []
    lines = [f"- [{markdown.escaped(entry.about)}]({entry.report})" for entry in others[:most]]
    left = len(others) - len(lines)
    lines += [f"- {left} more, among the artifacts"] if left and lines else []
    if not lines:
        return [f"{left} more explanation{'s' if left != 1 else ''} among the artifacts."]
    return [f"Other explanations of this {page.what}, newest first:", "\n".join(lines)]


def _storable(text: str) -> str:
    """Return text without the characters that databases and encodings refuse."""
    return "".join(c if c == "\n" or category(c) not in {"Cc", "Cs"} else _UNKNOWN for c in text)
