"""Rows made up to tell a teacher by: like the real ones, and none of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from mlflow_explain.surrogates import probe
from mlflow_explain.surrogates.probe import N_ROWS, made_up


def seeded() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def frame():
    random = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=400, freq="h")
    made = pd.DataFrame({
        "size": random.normal(size=400).astype(np.float32),
        "share": pd.array(random.random(400), dtype="Float64"),
        "number": random.permutation(400) * 10,
        "code": random.choice([2, 5], 400),
        "day": days,
        "there": days.tz_localize("Europe/Paris", nonexistent="shift_forward"),
        "span": days - days[0],
        "word": random.choice(["Aa", "Bb"], 400),
        "grade": pd.Categorical(random.choice(["low", "high"], 400)),
        "truth": random.random(400) < 0.5,
        "object": np.array([1.5, "x"] * 200, dtype=object),
        "lost": np.full(400, np.nan),
    })  # fmt: skip
    made.loc[made.index[:9], ["size", "share", "day", "word"]] = None
    return made


def test_cells_are_within_the_range_or_known(frame):
    before = frame.copy(deep=True)
    made = made_up(frame, seeded())
    pd.testing.assert_frame_equal(frame, before)
    assert len(made) == N_ROWS
    assert made.dtypes.equals(frame.dtypes)
    for name in ("size", "share", "number", "day", "there", "span"):
        assert made[name].between(frame[name].min(), frame[name].max()).all()
        assert not set(made[name]) <= set(frame[name])
    for name in ("code", "word", "grade", "truth", "object"):
        assert set(made[name]) <= set(frame[name].dropna())
    assert made["lost"].isna().all()
    assert len(made.merge(frame, on=list(frame.columns[:-1]))) == 0
    pd.testing.assert_frame_equal(made, made_up(frame, seeded()))


def test_arrays(frame, monkeypatch):
    numbers = frame[["size", "number", "code"]].to_numpy(np.float32)
    made = made_up(numbers, seeded())
    assert made.dtype == np.float32
    assert (made[:, 1] % 1 == 0).all()
    objects = made_up(frame[["size", "word"]].to_numpy(object), seeded())
    assert set(objects[:, 1]) == {"Aa", "Bb"}
    assert made_up(numbers[:1], seeded()).shape == (N_ROWS, 3)
    monkeypatch.setattr(probe, "MAX_CELLS", 12)
    assert len(made_up(numbers, seeded())) == 4


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array])
def test_sparse_rows(kind):
    rows = kind(np.random.default_rng(0).poisson(0.4, size=(30, 80)))
    made = made_up(rows, seeded())
    assert type(made) is kind
    assert made.shape == (N_ROWS, 80)
    assert made.dtype == rows.dtype
    assert set(made.data) <= set(range(1, rows.max() + 1))
    assert made_up(kind((3, 5)), seeded()).nnz == 0
