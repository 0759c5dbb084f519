"""Background rows: a sample of real rows, or the rows nearest to the centres of clusters."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from mlflow_explain.data.background import background_of
from mlflow_explain.data.clusters import as_numbers, nearest_to_centres
from mlflow_explain.data.table import table_of
from mlflow_explain.errors import InvalidInputError


def test_background_is_at_most_a_hundred_real_rows():
    rows = np.arange(500.0).reshape(250, 2)
    table, background = background_of(table_of(rows))
    again, _ = background_of(table_of(rows))
    assert (len(table), background.n_rows, background.method) == (100, 100, "sample")
    assert {tuple(row) for row in table.data} <= {tuple(row) for row in rows}
    np.testing.assert_array_equal(table.data, again.data)
    assert background_of(table_of(rows[:5]))[1].method == "all"
    with pytest.raises(InvalidInputError, match="at least one row"):
        background_of(table_of(rows[:0]))


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame, sparse.csr_matrix, sparse.csr_array])
def test_each_cluster_has_the_real_row_in_its_middle(rng, kind):
    centres = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 9], [9, 9, 0]])
    rows = np.concatenate([centre + rng.normal(0, 0.3, (50, 3)) for centre in centres])
    chosen = nearest_to_centres(kind(rows), 4, seed=0)
    assert sorted(chosen // 50) == [0, 1, 2, 3]
    for position in chosen:
        own = rows[position // 50 * 50 :][:50]
        distance = ((own - own.mean(axis=0)) ** 2).sum(axis=1)
        assert distance[position % 50] == distance.min()


def test_rows_of_other_words_are_as_far_apart_as_numbers():
    words = pd.DataFrame({"w": pd.Series(list("abcabc"), dtype="str"), "n": [0.0] * 6})
    chosen = nearest_to_centres(words, 3, seed=0)
    assert set(words["w"].iloc[chosen]) == set("abc")
    # Codes of words are no distances: each two words differ alike.
    numbers = as_numbers(words)
    apart = ((numbers[:, None] - numbers[None]) ** 2).sum(axis=2)
    np.testing.assert_allclose(apart[0, [1, 2]], 2)
    np.testing.assert_allclose(apart[0, 3], 0)


def test_columns_of_every_type_become_finite_numbers():
    days = pd.date_range("2024-01-01", periods=6)
    rows = pd.DataFrame(
        {
            "inf": [1.0, np.inf, -np.inf, np.nan, 2.0, 3.0],
            "none": [None] * 6,
            "nan": [np.nan] * 6,
            "int": pd.array([1, None, 3, 4, 5, 6], dtype="Int64"),
            "flag": pd.array([True, None, False, True, True, False], dtype="boolean"),
            "kind": pd.Categorical(["x", None, "y", "x", "y", "y"]),
            "day": days.where(days.day != 2),
            "zone": days.tz_localize("UTC"),
            "span": days - days[0],
            "period": days.to_period("D"),
            "list": [[1], [2], [1], [2], [1], None],
        }
    )
    before = rows.copy()
    numbers = as_numbers(rows)
    assert np.isfinite(numbers).all()
    assert len(numbers) == 6
    assert len(nearest_to_centres(rows, 3, 0)) == 3
    assert len(nearest_to_centres(rows.to_numpy(), 3, 0)) == 3
    pd.testing.assert_frame_equal(rows, before)
    # Equal steps in time are equal steps in numbers.
    steps = np.diff(as_numbers(rows[["zone"]])[:, 0])
    np.testing.assert_allclose(steps, steps[0])
    assert nearest_to_centres(rows[["none"]], 2, 0).tolist() == [0]


def test_sparse_rows_are_scaled_as_dense_ones():
    rows = sparse.random(60, 5, density=0.4, random_state=0, format="csr")
    rows.data[3] = np.nan
    full = np.where(np.isnan(rows.toarray()), 0, rows.toarray())
    scaled = as_numbers(rows)
    np.testing.assert_allclose(
        scaled.toarray() - scaled.toarray().mean(axis=0), as_numbers(full), atol=1e-12
    )
    assert np.isnan(rows.data[3])


def test_many_rows_are_clustered_within_a_memory(rng):
    rows = np.zeros((1_000_000, 8), dtype=np.float32)
    rows[::3] += 1
    where = rng.integers(20_000, size=(2, 40_000))
    wide = sparse.csr_matrix((np.ones(40_000), tuple(where)), shape=(20_000, 20_000))
    for given in (rows, wide):
        tracemalloc.start()
        chosen = nearest_to_centres(given, 10, seed=0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert 1 < len(chosen) <= 10
        assert peak < 80 * 2**20
