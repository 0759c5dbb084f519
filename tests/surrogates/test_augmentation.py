"""Synthetic rows: between real ones, and real where that has no meaning."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from mlflow_explain.surrogates import augmentation
from mlflow_explain.surrogates.augmentation import synthetic


def seeded(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def frame():
    random = np.random.default_rng(0)
    made = pd.DataFrame({
        "size": random.normal(size=40).astype(np.float32),
        "rooms": random.integers(1, 6, 40),
        "whole": random.integers(1, 6, 40).astype(float),
        "town": random.choice(["Aa", "Bb"], 40),
        "grade": pd.Categorical(random.choice(["low", "high"], 40), ["low", "high", "never"]),
        "share": pd.array(random.random(40), dtype="Float64"),
        "code": random.choice([0.5, 1.5], 40),
        "truth": random.random(40) < 0.5,
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 99, 40), unit="D"),
        "span": pd.to_timedelta(random.random(40), unit="h"),
    }, index=np.arange(40) * 3)  # fmt: skip
    made.loc[made.index[:5], "share"] = pd.NA
    made.loc[made.index[:4], "town"] = None
    return made


def test_frames_keep_their_types_and_values(frame):
    before = frame.copy(deep=True)
    made = pd.concat(list(synthetic(frame, 200, {6}, seeded(0))))
    pd.testing.assert_frame_equal(frame, before)
    assert len(made) == 200
    assert made.dtypes.equals(frame.dtypes)
    for name in ("rooms", "whole", "code", "truth", "day", "span"):
        assert set(made[name]) <= set(frame[name])
    for name in ("town", "grade"):
        assert set(made[name].dropna()) <= set(frame[name].dropna())
        assert made[name].isna().any() == frame[name].isna().any()
    for name in ("size", "share"):
        assert made[name].min() >= frame[name].min()
        assert made[name].max() <= frame[name].max()
        assert not set(made[name].dropna()) <= set(frame[name].dropna())
    assert made["share"].isna().any()


def test_arrays_of_numbers_and_of_objects(frame):
    numbers = frame[["size", "rooms"]].to_numpy(np.float32)
    made = np.concatenate(list(synthetic(numbers, 100, (), seeded(0))))
    assert made.dtype == np.float32
    assert set(made[:, 1]) <= set(numbers[:, 1])
    assert len(set(made[:, 0])) > 90
    words = frame[["size", "town"]].to_numpy(object)
    objects = np.concatenate(list(synthetic(words, 100, (), seeded(0))))
    assert set(map(str, objects[:, 1])) <= set(map(str, words[:, 1]))


def test_what_varies_together_still_does():
    random = np.random.default_rng(0)
    first = random.normal(size=500)
    rows = np.column_stack([first, first + 0.1 * random.normal(size=500)])
    made = np.concatenate(list(synthetic(rows, 2000, (), seeded(0))))
    assert np.corrcoef(made.T)[0, 1] > 0.98


def test_missing_and_infinite_numbers():
    rows = np.array([[0.5, 1.5], [np.nan, 2.5], [1.25, np.inf], [2.0, 0.25]])
    made = np.concatenate(list(synthetic(rows, 60, (), seeded(0))))
    assert np.isnan(made[:, 0]).sum() == 15
    assert set(made[:, 1]) <= set(rows[:, 1])


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array])
def test_sparse_rows_stay_sparse(kind):
    rows = kind(np.random.default_rng(0).poisson(0.4, size=(30, 8)))
    made = list(synthetic(rows, 90, (), seeded(0)))
    assert all(type(part) is kind for part in made)
    whole = sparse.vstack(made).toarray()
    assert whole.shape == (90, 8)
    assert made[0].dtype == rows.dtype
    for column in range(8):
        assert set(whole[:, column]) <= set(rows.toarray()[:, column])
    assert len({tuple(row) for row in whole} - {tuple(row) for row in rows.toarray()}) > 20


def test_batches_are_bounded_and_seeded(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(20, 4))
    monkeypatch.setattr(augmentation, "MAX_BYTES", 7 * 4 * 8)
    parts = list(synthetic(rows, 50, (), seeded(3)))
    assert max(len(part) for part in parts) == 7
    again = list(synthetic(rows, 50, (), seeded(3)))
    np.testing.assert_array_equal(np.concatenate(parts), np.concatenate(again))
    other = np.concatenate(list(synthetic(rows, 50, (), seeded(4))))
    assert (np.concatenate(parts) != other).any()
    assert list(synthetic(rows, 0, (), seeded(0))) == []
