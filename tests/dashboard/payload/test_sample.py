from __future__ import annotations

import numpy as np

from mlflow_explain.dashboard.payload import sample


def test_a_sample_has_as_large_a_share_of_each_stratum(rng):
    strata = rng.choice(4, 10_000, p=[0.7, 0.2, 0.09, 0.01])
    chosen = sample.stratified(strata, 1000, seed=3)
    assert len(chosen) == len(np.unique(chosen)) == 1000
    assert (np.diff(chosen) > 0).all()
    counts = np.bincount(strata[chosen], minlength=4)
    np.testing.assert_allclose(counts, np.bincount(strata) / 10, atol=1)


def test_it_is_drawn_by_its_seed_alone(rng):
    strata = rng.integers(0, 3, 5000)
    first, again, other = (sample.stratified(strata, 500, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_rare_strata_are_not_lost_and_small_samples_are_as_large_as_asked():
    strata = np.array([0] * 9990 + list(range(1, 11)))
    assert set(strata[sample.stratified(strata, 100, seed=0)]) == set(range(11))
    for wanted in (0, 1, 5, 11, 12, 9999):
        assert len(sample.stratified(strata, wanted, seed=0)) == wanted
    np.testing.assert_array_equal(sample.stratified(strata, 20_000, seed=0), np.arange(10_000))


def test_values_are_stratified_by_quantile(rng):
    values = rng.lognormal(size=20_000)
    values[:100] = np.nan
    strata = sample.by_prediction(values, len(values), is_class=False)
    counts = np.bincount(strata)
    assert len(counts) == 21
    assert counts[20] == 100
    np.testing.assert_allclose(counts[:20], 995, atol=1)
    assert not sample.by_prediction(None, 5, is_class=True).any()
    assert not sample.quantiles(np.full(5, np.nan)).any()
