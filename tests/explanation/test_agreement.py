"""Figures of agreement, held against scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import ndcg_score

from mlflow_explain.explanation import agreement

# Few different values, so that many tie.
_NUMBERS = st.integers(0, 6).map(float)
PAIRS = st.integers(2, 40).flatmap(
    lambda n: st.tuples(*[st.lists(_NUMBERS, min_size=n, max_size=n).map(np.array)] * 2)
)


def tau(a, b, left_out=None):
    return agreement.kendall_tau(np.asarray(a, float), np.asarray(b, float)[None], left_out)[0]


@given(PAIRS)
def test_kendall_is_that_of_scipy_whatever_ties(pair):
    a, b = pair
    ours = tau(a, b)
    np.testing.assert_allclose(ours, stats.kendalltau(a, b).statistic, atol=1e-12)
    np.testing.assert_allclose(ours, tau(b, a), atol=1e-12)
    if not np.isnan(ours):
        assert -1 <= ours <= 1
        assert tau(a, a) == pytest.approx(1)
        assert tau(a, -a) == pytest.approx(-1)


def test_kendall_of_many_features_and_many_orders():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=700), rng.integers(0, 50, size=(5, 700)).astype(float)
    theirs = [stats.kendalltau(a, each).statistic for each in b]
    np.testing.assert_allclose(agreement.kendall_tau(a, b), theirs, atol=1e-12)


def test_kendall_by_hand():
    assert tau([3, 2, 1], [9, 5, 7]) == pytest.approx(1 / 3)
    assert tau([2, 1, 1], [2, 1, 0]) == pytest.approx(2 / np.sqrt(2 * 3))
    assert np.isnan(tau([1, 1], [1, 2]))
    assert np.isnan(tau([1], [2]))


@given(PAIRS)
def test_pairs_of_what_was_left_out_are_not_counted(pair):
    a, b = pair
    left_out = (a < 3, b < 0)  # of `a` whatever is small, of `b` nothing
    cut = np.where(left_out[0], 0.0, a)
    counted = [
        (np.sign(cut[i] - cut[j]), np.sign(b[i] - b[j]))
        for i in range(len(a)) for j in range(i) if not (left_out[0][i] and left_out[0][j])
    ]  # fmt: skip
    x, y = np.array(counted, dtype=float).reshape(-1, 2).T
    norm = np.sqrt((x**2).sum() * (y**2).sum())
    expected = (x * y).sum() / norm if norm else np.nan
    np.testing.assert_allclose(tau(cut, b, left_out), expected, atol=1e-12)


@given(PAIRS)
def test_ndcg_is_that_of_scikit_learn_whatever_ties(pair):
    relevance, scores = pair
    ours = agreement.ndcg(relevance, scores)
    if relevance.sum() == 0:
        assert np.isnan(ours)
        return
    assert ours == pytest.approx(ndcg_score([relevance], [scores]), abs=1e-12)
    assert 0 <= ours <= 1
    assert agreement.ndcg(relevance, relevance) == pytest.approx(1)


@given(PAIRS)
def test_all_figures_are_symmetric_bounded_and_1_of_the_same(pair):
    a, b = pair
    one, other = agreement.of(a, b, 3), agreement.of(b, a, 3)
    for name in ("kendall_tau", "ndcg", "top_k_overlap"):
        assert getattr(one, name) == pytest.approx(getattr(other, name))
        same = getattr(agreement.of(a, a, 3), name)
        assert same is None or same == pytest.approx(1)
    assert one.ndcg_a == other.ndcg_b
    assert one.top_k_overlap is None or 0 <= one.top_k_overlap <= 1


def test_overlap_counts_features_with_importance_only():
    a, b = np.array([5.0, 3.0, 0.0, 0.0]), np.array([5.0, 0.0, 0.0, 2.0])
    assert agreement.overlap(a, b, 1) == 1
    assert agreement.overlap(a, b, 4) == 0.5
    assert agreement.overlap(a, -b, 3) == 0
    assert np.isnan(agreement.overlap(-a, -b, 3))
