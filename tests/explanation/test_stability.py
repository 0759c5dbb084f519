"""Stability under resampling: against a loop over resamples, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mlflow_explain.explanation import LocalImportance, stability
from mlflow_explain.explanation.stability import N_RESAMPLES, _resampled


def local(values):
    values = np.asarray(values, dtype=float)
    values = values[:, :, None] if values.ndim == 2 else values
    return LocalImportance(values, np.zeros(values.shape[2]))


def noisy(n_rows=80, n_features=6, n_outputs=2):
    rng = np.random.default_rng(1)
    return local(
        rng.normal(size=(n_rows, n_features, n_outputs)) * np.linspace(1, 1.3, n_features)[:, None]
    )


def test_it_is_the_mean_tau_of_a_loop_over_resamples():
    values = noisy()
    rows = np.abs(values.values).mean(axis=2)
    rng = np.random.default_rng(7)
    taus = [
        stats.kendalltau(rows.mean(axis=0), rows[rng.integers(80, size=80)].mean(axis=0)).statistic
        for _ in range(2000)
    ]
    many = stability.stability(values, n_resamples=2000)
    assert many == pytest.approx(np.mean(taus), abs=4 * np.std(taus) * np.sqrt(2 / 2000))
    assert stability.stability(values) == pytest.approx(many, abs=0.08)


def test_it_is_the_same_each_time_and_of_another_seed_another():
    assert stability.stability(noisy()) == stability.stability(noisy())
    assert stability.stability(noisy()) != stability.stability(noisy(), seed=1)


def test_more_rows_and_larger_differences_are_more_stable():
    figures = [stability.stability(noisy(n)) for n in (20, 200, 2000)]
    assert figures == sorted(figures)
    rng = np.random.default_rng(0)
    assert stability.stability(local(rng.normal(size=(50, 3)) * [1, 10, 100])) == 1.0


@pytest.mark.parametrize(
    "values",
    [np.ones((1, 3)), np.ones((5, 1)), np.ones((0, 3)), np.zeros((5, 3)), np.ones((5, 3)),
     np.array([[1.0, np.nan], [2.0, 3.0]])],
)  # fmt: skip
def test_there_is_none_where_nothing_can_be_ordered(values):
    assert stability.stability(local(values)) is None


def test_features_that_are_no_numbers_are_left_out():
    values = noisy().values.copy()
    values[3, 2], values[4, 5] = np.nan, np.inf
    known = np.delete(values, [2, 5], axis=1)
    assert stability.stability(local(values)) == pytest.approx(
        stability.stability(local(known)), abs=0.05
    )


def test_equal_features_tie_in_every_resample():
    row = np.abs(np.random.default_rng(0).normal(size=400))
    # However a matrix product adds them up, seven equal columns do not change places.
    values = np.stack([*[row] * 7, 3 * row], axis=1)
    assert stability.stability(local(values)) == 1.0


def test_many_rows_are_drawn_in_blocks_and_each_resample_is_of_all_of_them(monkeypatch):
    monkeypatch.setattr(stability, "_CELLS", 1 << 11)
    values = np.stack([np.full(1000, 2.0), np.arange(1000) % 2.0], axis=1)
    whole, resampled = _resampled(local(values), N_RESAMPLES, 0)
    np.testing.assert_allclose(whole, [2.0, 0.5])
    np.testing.assert_allclose(resampled[:, 0], 2.0)
    # The mean of a thousand tosses of a coin.
    assert resampled[:, 1].mean() == pytest.approx(0.5, abs=0.01)
    assert resampled[:, 1].std() == pytest.approx(0.5 / np.sqrt(1000), rel=0.25)
