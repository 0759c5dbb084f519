"""Sentences a reader of the page has to know: what is approximate, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.dashboard import words
from mlflow_explain.dashboard.payload import masks

if TYPE_CHECKING:
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.dashboard.payload.views import PreparedView
    from mlflow_explain.explanation import Explanation


def of(explanation: Explanation, views: list[PreparedView], options: PageOptions) -> list[str]:
    """Return the sentences about an explanation and what is shown of it."""
    found = [*_made(explanation), *_parts(explanation)]
    for view in views:
        found += _features(view)
    if not options.include_data:
        found.append("The page was made without data: it holds no cells, predictions or outcomes.")
    if options.drop_columns:
        found.append(f"Left out of the page: cells of {words.listed(options.drop_columns)}.")
    if options.mask:
        found.append(f"Masked in the page: cells of {words.listed(options.mask)}.")
    return [*found, *_told(explanation, views, options)]


def _told(explanation: Explanation, views: list[PreparedView], options: PageOptions) -> list[str]:
    """Return what a page tells of cells it does not show, and what it leaves out as it would."""
    found = []
    if options.hides and explanation.local is not None and any(len(view.kept) for view in views):
        found.append(
            "Attributions per row of columns whose cells are not shown are there: of a linear "
            "model they are those cells on another scale, of others they tell much of them."
        )
    renamed = [
        view for view in views if view.names != [view.member.features[i] for i in view.shown]
    ]
    if any(view.words_are_numbered for view in views):
        found.append(
            "Words of texts that are not shown are numbered and have no attributions per row: they "
            "would tell the texts."
        )
    if not all(view.words.any() for view in renamed):
        found.append(
            "Engineered features of columns whose cells are not shown are numbered and have no "
            "attributions per row: their names are labels."
        )
    if options.include_data and masks.ids_are_hidden(explanation, options):
        found.append("Rows are called by their positions: their ids are cells that are not shown.")
    return found


def _made(explanation: Explanation) -> list[str]:
    """Return what is approximate in the values themselves."""
    found = []
    if explanation.local is not None and not explanation.is_additive:
        found.append(
            "Attributions are approximate: with the base value they do not sum to the model's own "
            "output."
        )
    if explanation.method in words.SURROGATES:
        found.append("A surrogate of the model is explained; its fidelity says how near it is.")
    sampled = explanation.quality.get("n_sampled_rows")
    given = explanation.quality.get("n_evaluation_rows")
    if sampled is not None and given is not None and sampled < given:
        found.append(f"Explained are {sampled:,.0f} rows drawn from {given:,.0f}.")
    return found


def _parts(explanation: Explanation) -> list[str]:
    """Return which parts the explanation lacks, and what cannot be shown for it."""
    found = []
    if explanation.local is None:
        found.append(
            "The explanation is global: attributions of single rows, their distributions and the "
            "individual view are not there."
        )
    if explanation.rows is None:
        found.append(
            "The explanation holds no rows: cohorts, model performance, the dataset and what-if "
            "are not there."
        )
    elif explanation.rows.true_y is None:
        found.append("Observed outcomes are not known: there are no figures of performance.")
    if explanation.num_left_out:
        found.append(
            f"{explanation.num_left_out:,} features were left out before, and are one sum."
        )
    return found


def _features(view: PreparedView) -> list[str]:
    found = []
    kind, n_features = words.kind(view.member), view.member.num_features
    if len(view.shown) < n_features:
        found.append(f"Listed are {len(view.shown):,} of {n_features:,} {kind}, the first ones.")
    if view.member.local is not None and 0 < len(view.kept) < len(view.shown):
        found.append(
            f"{len(view.kept):,} of {n_features:,} {kind} have attributions of single rows; those "
            "of the others are one sum."
        )
    return found
