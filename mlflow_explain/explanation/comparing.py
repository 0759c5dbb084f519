"""`compared`: puts two explanations side by side, features matched by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.errors import FeatureError, InvalidInputError
from mlflow_explain.explanation import agreement, sampling_error
from mlflow_explain.explanation._arrays import descending, frozen
from mlflow_explain.explanation.comparison import Comparison, Side
from mlflow_explain.explanation.ranking import kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, IntArray
    from mlflow_explain.explanation.value import Explanation

# Features that count as the first ones, where nobody says how many.
TOP_K = 5


def compared(
    a: Explanation,
    b: Explanation,
    *,
    names: Sequence[str] | None = None,
    top_k: int | None = None,
    engineered: bool = False,
) -> Comparison:
    """Return two explanations side by side.

    Parameters
    ----------
    a, b : Explanation
        The explanations.
    names : sequence of two str, optional
        What they are called; by default by model and id.
    top_k : int, optional
        How many features count as the first; by default 5, and 0 means all.
    engineered : bool, default=False
        Compare engineered features, where there are any.

    Raises
    ------
    FeatureError
        No feature has the same name in both, and none was left out.
    InvalidInputError
        One is of raw columns, the other of engineered features that cannot be folded to them.

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain.explanation import Explanation, LocalImportance, aggregate
    >>> def of(*values):
    ...     local = LocalImportance(np.array([[[v] for v in values]]), np.zeros(1))
    ...     return Explanation(
    ...         features=("age", "income"), method="linear", model_task="regression",
    ...         model_type="Ridge", output_space="raw", feature_perturbation="interventional",
    ...         global_=aggregate(local), local=local)
    >>> comparison = compared(of(1.0, -3.0), of(2.0, -2.0))
    >>> comparison.features, comparison.share_difference
    (('income', 'age'), array([-0.25,  0.25]))
    """
    views = [_view(each, engineered) for each in (a, b)]
    if views[0].kind != views[1].kind:
        raise InvalidInputError(
            "two explanations of raw columns, or two of engineered features",
            f"{views[0].kind} and {views[1].kind}",
            "Pass `engineered=True`, or the explanations that explainers return.",
        )
    features, positions = _matched(views)
    labels = names or [f"{each.model_type} {each.id[:8]}" for each in views]
    sides = [
        _side(view, own, name, len(features))
        for view, own, name in zip(views, positions, labels, strict=True)
    ]
    first = min(TOP_K if top_k is None else kept(top_k) or len(features), *map(len, positions))
    agrees = agreement.of(sides[0].importance, sides[1].importance, first)
    same_unit, same_rows = _same_unit(*views), _same_rows(*views)
    errors = sampling_error.of_difference(views, positions, len(features), paired=same_rows)
    return Comparison(
        a=sides[0],
        b=sides[1],
        features=features,
        kendall_tau=agrees.kendall_tau,
        ndcg=agrees.ndcg,
        ndcg_a=agrees.ndcg_a,
        ndcg_b=agrees.ndcg_b,
        top_k=first,
        top_k_overlap=agrees.top_k_overlap,
        only_a=_lacking(features, sides[1]),
        only_b=_lacking(features, sides[0]),
        same_unit=same_unit,
        same_rows=same_rows,
        difference_standard_error=_where_known(errors.importance, sides) if same_unit else None,
        share_difference_standard_error=errors.share,
    )


def _matched(views: Sequence[Explanation]) -> tuple[tuple[str, ...], list[IntArray]]:
    """Return all features, largest mean share first, and where those of each explanation stand."""
    keys = [_keys(each.features) for each in views]
    if not any(view.num_left_out for view in views):
        _check_shared(*keys)
    union = list(dict.fromkeys([*keys[0], *keys[1]]))
    place = {key: number for number, key in enumerate(union)}
    positions = [np.array([place[key] for key in each], dtype=np.int64) for each in keys]
    shares = [
        _spread(_shares(view), own, len(union)) for view, own in zip(views, positions, strict=True)
    ]
    order = descending(shares[0] + shares[1])
    places = np.argsort(order)
    return tuple(union[i][0] for i in order), [places[own] for own in positions]


def _where_known(errors: FloatArray | None, sides: Sequence[Side]) -> FloatArray | None:
    if errors is None:
        return None
    return np.where(np.isnan(sides[0].importance + sides[1].importance), np.nan, errors)


def _lacking(features: Sequence[str], side: Side) -> tuple[str, ...]:
    """Return the features an explanation does not have; none that may be among those left out."""
    unknown = np.isnan(side.importance)
    return tuple(
        name
        for name, rank, is_unknown in zip(features, side.rank, unknown, strict=True)
        if rank == 0 and not is_unknown
    )


def _view(explanation: Explanation, engineered: bool) -> Explanation:
    """Return the raw or the engineered side of an explanation, if it has it."""
    if engineered:
        return explanation.engineered or explanation
    folds = explanation.feature_map is not None and explanation.local is not None
    return explanation.get_raw_explanation() if folds else explanation


def _keys(features: Sequence[str]) -> list[tuple[str, int]]:
    """Return names with how often they came before, so that doubled ones are matched in order."""
    seen: dict[str, int] = {}
    keys = []
    for name in features:
        keys.append((name, seen.get(name, 0)))
        seen[name] = seen.get(name, 0) + 1
    return keys


def _check_shared(a: Sequence[tuple[str, int]], b: Sequence[tuple[str, int]]) -> None:
    if set(a) & set(b):
        return
    firsts = " and ".join(", ".join(name for name, _ in keys[:3]) for keys in (a, b))
    raise FeatureError(
        "two explanations with a feature of the same name",
        f"{len(a)} and {len(b)} others ({firsts})",
        "Name the features alike, as by `features=` of the explainers.",
    )


def _side(explanation: Explanation, positions: IntArray, name: str, n_all: int) -> Side:
    values, left_out = explanation.global_.values, explanation.num_left_out
    importance = np.full(n_all, np.nan if left_out else 0.0)
    importance[positions] = np.where(np.isfinite(values), values, np.nan)
    rank = np.zeros(n_all, dtype=np.int64)
    rank[positions[descending(values)]] = np.arange(1, len(values) + 1)
    shares = _shares(explanation)
    share = np.where(np.isnan(importance), np.nan, _spread(shares, positions, n_all))
    errors = sampling_error.of_importance(explanation, positions, n_all)
    return Side(
        name=name,
        explanation_id=explanation.id,
        model_type=explanation.model_type,
        method=explanation.method,
        measure=explanation.global_measure,
        feature_perturbation=explanation.feature_perturbation,
        num_features=explanation.num_features,
        num_left_out=left_out,
        num_examples=explanation.num_examples,
        other_share=max(0.0, 1.0 - float(shares.sum())) if left_out and shares.any() else 0.0,
        importance=frozen(importance),
        share=frozen(share),
        rank=frozen(rank),
        standard_error=errors.importance,
        share_standard_error=errors.share,
    )


def _shares(explanation: Explanation) -> FloatArray:
    """Return each feature's part of all importance above 0, with what was left out; or zeros."""
    values = explanation.global_.values
    positive = np.where(np.isfinite(values), np.maximum(values, 0.0), 0.0)
    total = float(positive.sum()) + max(0.0, explanation.other_importance or 0.0)
    return positive / total if total > 0 else positive


def _spread(values: FloatArray, positions: IntArray, n_all: int) -> FloatArray:
    spread = np.zeros(n_all)
    spread[positions] = values
    return spread


def _same_unit(a: Explanation, b: Explanation) -> bool:
    """Whether importances are of one measure and unit; scores of two kinds of models are not."""
    one_score = a.output_space != "margin" or a.model_type == b.model_type
    return one_score and a.global_measure == b.global_measure


def _same_rows(a: Explanation, b: Explanation) -> bool:
    """Whether both explain the same rows, as far as it can be told from what was kept of them."""
    first, second = a.rows, b.rows
    if first is None or second is None or not np.array_equal(first.ids, second.ids):
        return False
    return first.data is second.data or _same_columns(first.data, second.data)


def _same_columns(a: Any, b: Any) -> bool:
    """Whether what two tables have in common is the same."""
    if hasattr(a, "columns") and hasattr(b, "columns"):
        shared = [name for name in a.columns if name in b.columns]
        return bool(shared) and bool(a[shared].equals(b[shared]))
    # Cells that are not equal to themselves are missing in both.
    plain = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape
    return plain and bool(((a == b) | ((a != a) & (b != b))).all())  # noqa: PLR0124
