"""Fewer evaluation rows that stand for all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from mlflow_explain.data.sampling import MAX_SAMPLED, SamplingPolicy, sampled
from mlflow_explain.data.table import table_of
from mlflow_explain.errors import InvalidInputError

ON = SamplingPolicy(allow_eval_sampling=True)


@pytest.fixture
def clustered(rng):
    centres = rng.normal(0, 20, size=(4, 6))
    sizes = [1500, 900, 500, 100]
    rows = [c + rng.normal(size=(n, 6)) for c, n in zip(centres, sizes, strict=True)]
    frame = pd.DataFrame(np.concatenate(rows), columns=list("abcdef"))
    frame["word"] = np.repeat(list("wxyz"), sizes)
    frame.index = rng.permutation(np.arange(10_000, 13_000))
    return frame


@pytest.mark.parametrize("policy", [None, False, SamplingPolicy(), SamplingPolicy(seed=3)])
def test_nothing_is_sampled_unless_it_is_allowed(clustered, policy):
    table, record = sampled(table_of(clustered), policy)
    assert table.data is clustered
    assert record is None


def test_few_rows_are_all_kept(clustered):
    table, record = sampled(table_of(clustered.head(MAX_SAMPLED)), True)
    assert len(table) == MAX_SAMPLED
    assert (record.n_evaluation_rows, record.n_sampled_rows) == (500, 500)
    assert record.quality == {"n_evaluation_rows": 500.0, "n_sampled_rows": 500.0}


@pytest.mark.parametrize("policy", [True, ON, SamplingPolicy(True, 3), SamplingPolicy(True, 1)])
def test_clusters_are_found_and_drawn_from_in_proportion(clustered, policy):
    table, record = sampled(table_of(clustered), policy)
    assert (record.n_evaluation_rows, record.n_sampled_rows) == (3000, 500)
    # Real rows, in the order and with the ids they had.
    places = clustered.index.get_indexer(table.ids)
    assert (np.diff(places) > 0).all()
    pd.testing.assert_frame_equal(table.data, clustered.loc[table.ids])
    if policy is True or policy.max_dim_clustering > 1:
        assert record.n_clusters == 4
        share = table.data["word"].value_counts().reindex(list("wxyz"))
        np.testing.assert_allclose(share, [250, 150, 83, 17], atol=1)


def test_what_is_drawn_is_the_seeds(clustered):
    first, again = (sampled(table_of(clustered), ON)[0].ids for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = sampled(table_of(clustered), SamplingPolicy(True, seed=1))[0].ids
    assert set(first) != set(other)


def test_means_over_the_sample_are_those_of_all_rows_with_less_noise(clustered):
    values = clustered[list("abcdef")].abs()
    errors = {}
    for method in ("kmeans", "random"):
        policies = [SamplingPolicy(True, 50, method, seed) for seed in range(8)]
        ids = [sampled(table_of(clustered), policy)[0].ids for policy in policies]
        errors[method] = np.mean([(values.loc[i].mean() - values.mean()).abs() for i in ids])
    assert errors["kmeans"] < errors["random"] / 3
    _, record = sampled(table_of(clustered), SamplingPolicy(True, sampling_method="random"))
    assert (record.n_evaluation_rows, record.n_sampled_rows) == (3000, 500)


def test_rows_of_any_kind_are_sampled():
    wide = sparse.random(2000, 400, density=0.02, random_state=0, format="csr")
    for rows in (wide, sparse.csr_array(wide), wide.toarray(), np.zeros((900, 2))):
        table, record = sampled(table_of(rows), True)
        assert type(table.data) is type(rows)
        assert len(table) == record.n_sampled_rows == 500
        assert record.n_clusters >= 1
    many = np.arange(24_000.0).reshape(8_000, 3)
    assert sampled(table_of(many), True)[1].n_evaluation_rows == 8_000
    few_columns = pd.DataFrame({"word": np.resize(["a", None], 800)})
    assert sampled(table_of(few_columns), True)[1].n_sampled_rows == 500


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sampling_method": "hdbscan"}, "one of kmeans, random"),
        ({"max_dim_clustering": 0}, "at least 1"),
        ({"max_dim_clustering": "50"}, "at least 1"),
        ({"allow_eval_sampling": "yes"}, "True or False"),
        ({"seed": None}, "whole number"),
    ],
)
def test_a_policy_is_checked_at_birth(settings, message):
    with pytest.raises(InvalidInputError, match=message):
        SamplingPolicy(**settings)


def test_anything_else_is_no_policy():
    with pytest.raises(InvalidInputError, match="a SamplingPolicy, True or None"):
        sampled(table_of(np.zeros((3, 2))), "kmeans")


def test_rows_that_are_all_the_same_are_sampled_too():
    table, record = sampled(table_of(np.ones((600, 60))), True)
    assert (len(table), record.n_sampled_rows) == (500, 500)
