from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.dashboard.payload import masks
from mlflow_explain.dashboard.payload.cells import cells_of
from mlflow_explain.dashboard.payload.options import PageOptions
from mlflow_explain.errors import FeatureError, InvalidInputError


def test_masked_numbers_are_ranges_that_tell_no_cell(rng):
    values = rng.normal(50_000, 9000, 1000)
    values[3], values[4] = 987_654.0, np.nan
    shown = masks.masked(cells_of(pd.Series(values)))
    assert shown.type == "category"
    assert len(shown.labels) == 10
    assert np.isnan(shown.values[4])
    assert np.bincount(shown.values[~np.isnan(shown.values)].astype(int)).min() >= 99
    assert shown.labels[0].startswith("below ")
    assert shown.labels[-1].endswith(" or more")
    assert not any("987" in label for label in shown.labels)
    assert shown.values[3] == 9


def test_masked_times_are_ranges_and_labels_are_not_shown():
    times = masks.masked(cells_of(pd.Series(pd.date_range("2026-01-01", periods=100))))
    assert times.labels[0] == "below 2026-01-10T21:36:00"
    assert masks.masked(cells_of(pd.Series(["Ann", "Bob"]))).absent == "Its cells are masked."
    assert masks.masked(cells_of(pd.Series([True, False]))).absent == "Its cells are masked."
    assert masks.masked(cells_of(pd.Series([np.nan, np.nan]))).labels == ("any",)


def test_options_are_checked():
    with pytest.raises(FeatureError, match="agee"):
        masks.check_known(PageOptions(mask=["agee"]), {"age"})
    masks.check_known(PageOptions(mask=["age"], drop_columns=("age",)), {"age"})
    with pytest.raises(InvalidInputError, match="drop_columns: a list"):
        PageOptions(drop_columns="age")
    for bad in (10, True, 2.5):
        with pytest.raises(InvalidInputError, match="max_bytes"):
            PageOptions(max_bytes=bad)


@pytest.mark.parametrize(("values", "wanted"), [
    (np.arange(6.0), 1), (np.arange(9.0), 1), (np.arange(23.0), 4),
    (np.repeat([0.0, 1.0, 7.0], [95, 3, 2]), 1), (np.repeat([0.0, 5.0, 9.0], [2, 80, 18]), 2),
    (np.repeat([1.0, 2.0], [6, 6]), 2),
])  # fmt: skip
def test_masked_ranges_hold_five_rows_at_least(values, wanted):
    shown = masks.masked(cells_of(pd.Series(values)))
    counts = np.bincount(shown.values.astype(int), minlength=len(shown.labels))
    assert counts.min() >= min(5, len(values))
    assert len(shown.labels) == len(counts)
    assert len(shown.labels) == wanted


@pytest.mark.parametrize(
    ("values", "first", "second"),
    [
        (np.linspace(20_000, 40_000, 1001), "below 22,000", "22,000 to 24,000"),
        (np.linspace(27_871, 27_872, 1001), "below 27,871.1", "27,871.1 to 27,871.2"),
        (np.linspace(1990, 2020, 1001), "below 1993", "1993 to 1996"),
        (np.linspace(0, 1e-9, 1001), "below 1e-10", "1e-10 to 2e-10"),
        (np.linspace(-3e6, 0, 1001), "below -2,700,000", "-2,700,000 to -2,400,000"),
    ],
)
def test_masked_ranges_are_written_for_readers(values, first, second):
    shown = masks.masked(cells_of(pd.Series(values)))
    assert shown.labels[:2] == (first, second)
    assert len(set(shown.labels)) == len(shown.labels) == 10
