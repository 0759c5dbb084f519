"""Two explanations side by side: how far their orders agree, and what differs by how much."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.explanation._compared import ComparisonConveniences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FeaturePerturbation, FloatArray, IntArray

# A difference of so many standard errors is not taken for chance.
_BEYOND = 2.0


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Side:
    """One of the two explanations, its features in the order of the comparison.

    Parameters
    ----------
    name : str
        What it is called.
    explanation_id : str
        Id of the explanation.
    model_type, method, measure : str
        Class of the model, what made the values, and what they are, with their unit.
    feature_perturbation : str or None
        The game.
    num_features, num_left_out, num_examples : int
        Features with values of their own, those left out by `top_k`, rows.
    other_share : float
        Share of the features left out.
    importance : ndarray of shape (n_features,)
        0 of a feature it does not have; NaN where it is not known, as it was left out.
    share : ndarray of shape (n_features,)
        Part of all importance above 0, those left out included: from 0 to 1.
    rank : ndarray of shape (n_features,)
        1 is the most important; 0 where it has no such feature.
    standard_error, share_standard_error : ndarray of shape (n_features,), optional
        How much importance and share depend on the rows that were explained.
    """

    name: str
    explanation_id: str
    model_type: str
    method: str
    measure: str
    feature_perturbation: FeaturePerturbation | None
    num_features: int
    num_left_out: int
    num_examples: int
    other_share: float
    importance: FloatArray
    share: FloatArray
    rank: IntArray
    standard_error: FloatArray | None
    share_standard_error: FloatArray | None


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Comparison(ComparisonConveniences):
    """How far two explanations agree, and what differs: ``b`` less ``a`` throughout.

    Features are matched by name. One that an explanation does not have counts as 0 there, as a
    model without it makes no use of it; one that was left out by ``top_k`` is not known: it is
    ranked with 0, and has no difference.

    Parameters
    ----------
    a, b : Side
        The two explanations.
    features : tuple of str
        All features of both, by the mean of their shares, largest first.
    kendall_tau : float or None
        Kendall's tau-b of the two orders: every pair of features counts alike, but for those of
        which both were left out. 1 the same, -1 the reverse.
        https://doi.org/10.1093/biomet/33.3.239
    ndcg : float or None
        Mean of `ndcg_a` and `ndcg_b`, from 0 to 1: what is important counts most.
        https://doi.org/10.1145/582415.582418
    ndcg_a, ndcg_b : float or None
        Gain of the order of ``b`` where the importance in ``a`` is the relevance; and the reverse.
    top_k : int
        How many features count as the first.
    top_k_overlap : float or None
        Which part of the first ones is the same; features without importance are none of them.
    only_a, only_b : tuple of str
        Features only one has. What may be among those another left out is in neither.
    same_unit : bool
        Whether importances have one unit. If not, only shares and ranks are compared.
    same_rows : bool
        Whether both explain the same rows, so that chance is common to both.
    difference_standard_error, share_difference_standard_error : ndarray, optional
        How much differences depend on the rows that were explained; None without local values.
    id : str
        Made at birth.
    """

    a: Side
    b: Side
    features: Sequence[str]
    kendall_tau: float | None
    ndcg: float | None
    ndcg_a: float | None
    ndcg_b: float | None
    top_k: int
    top_k_overlap: float | None
    only_a: Sequence[str]
    only_b: Sequence[str]
    same_unit: bool
    same_rows: bool
    difference_standard_error: FloatArray | None
    share_difference_standard_error: FloatArray | None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def num_known(self) -> int:
        """How many features have a value, or 0, in both: of the others one was left out."""
        return int((~np.isnan(self.a.importance + self.b.importance)).sum())

    @property
    def difference(self) -> FloatArray:
        """Importance in ``b`` less that in ``a``, (n_features,); NaN where units differ."""
        difference = self.b.importance - self.a.importance
        return difference if self.same_unit else np.full_like(difference, np.nan)

    @property
    def share_difference(self) -> FloatArray:
        """Share in ``b`` less that in ``a``, (n_features,)."""
        return self.b.share - self.a.share

    @property
    def rank_change(self) -> IntArray:
        """Places gained from ``a`` to ``b``, (n_features,); 0 for what only one has."""
        both = (self.a.rank > 0) & (self.b.rank > 0)
        return np.where(both, self.a.rank - self.b.rank, 0)

    @property
    def beyond_noise(self) -> AnyArray | None:
        """Whether shares differ by more than twice the standard error; None if that is not known.

        The error is that of drawing rows. How much training again would change is no part of it.
        """
        errors = self.share_difference_standard_error
        if errors is None:
            return None
        # Rounding is no difference.
        return np.abs(self.share_difference) > np.maximum(_BEYOND * errors, 1e-12)
