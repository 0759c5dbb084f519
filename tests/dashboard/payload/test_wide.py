"""Whole numbers beyond those a browser has are kept apart, and models that read them are right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mlflow_explain import ExplanationDashboard, TabularExplainer
from tests.read_page import ReadPage


@pytest.mark.parametrize(("model", "is_exact"), [
    (LGBMClassifier(n_estimators=10, verbose=-1), True),
    (DecisionTreeClassifier(max_depth=4), True),
    (make_pipeline(StandardScaler(), LogisticRegression()), False),
])  # fmt: skip
def test_wide_whole_numbers_are_kept_apart(rng, model, is_exact):
    rows = pd.DataFrame({"account": 10**17 + rng.permutation(300), "a": rng.normal(size=300)})
    model.fit(rows, rows["a"] + (rows["account"] - 10**17) / 300 > 0.5)
    explanation = TabularExplainer(model, rows).explain_global(rows)
    beside = rows[["account"]].rename(columns={"account": "beside"})
    found = ReadPage(ExplanationDashboard(explanation, model, cohort_data=beside).html)
    wanted = [str(value) for value in rows["account"]]
    assert found.texts(found.column("account")) == wanted
    assert found.texts(found.payload["rows"]["others"][0]) == wanted
    known = found.payload["model"]
    assert (known is not None and known["mode"] == "exact") is is_exact


def test_ids_of_bytes_are_told_as_texts():
    rows = pd.DataFrame({"a": [1.0, 2.0, 4.0]}, index=[b"x", b"y", b"z"])
    model = DecisionTreeClassifier().fit(rows, [0, 1, 1])
    explanation = TabularExplainer(model, rows).explain_global(rows)
    found = ReadPage(ExplanationDashboard(explanation, model).html)
    assert np.array_equal(found.texts(found.payload["rows"]["ids"]), ["x", "y", "z"])
